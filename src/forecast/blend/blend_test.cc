#include "forecast/blend/blend.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "forecast/backtest/trial.h"
#include "forecast/blend/made_up_runs.h"

namespace epochcost::forecast {
namespace {

TEST(Blend, WeighsWhatWasRightOnSuchRunsAndSaysWhy) {
  const auto runs = MadeUpRuns(20);
  const Experience experience = Learn(runs);
  const Trial trial(runs[0], 1, {});
  const auto blend = BlendOf(trial.Asked(), experience, OwnMembers(experience.profiles));
  ASSERT_TRUE(blend);
  EXPECT_EQ(blend->parts[0].name, "runs that began alike");
  double weights = 0;
  for (const Part& part : blend->parts) {
    weights += part.weight;
    EXPECT_FALSE(part.why.empty()) << part.name;
  }
  EXPECT_NEAR(weights, 1, 1e-12);
  // A fifth to two fifths of warming up are not multiplied by nineteen.
  EXPECT_NEAR(blend->cost / trial.Rest(), 1, 0.1);
}

TEST(Blend, TrustsEveryMethodAlikeWhereNothingWasLearned) {
  const Experience nothing;
  const std::vector<Unit> finished(4, Unit{.cost = 10});
  const std::vector<PlannedUnit> ahead(6);
  const auto blend = BlendOf({.finished = finished, .ahead = ahead}, nothing, OwnMembers({}));
  ASSERT_TRUE(blend);
  EXPECT_NEAR(blend->cost, 60, 1e-9);
}

// Says what the last unit cost; counts how often it is asked.
class Told final : public Member {
 public:
  Told(bool takes_long, double factor) : takes_long_(takes_long), factor_(factor) {}
  [[nodiscard]] std::string_view Name() const override { return "told"; }
  [[nodiscard]] Result<Rest> Forecast(const Known& known) const override {
    ++asked;
    return Rest{.cost =
                    factor_ * known.finished.back().cost * static_cast<double>(known.ahead.size())};
  }
  [[nodiscard]] bool TakesLong() const override { return takes_long_; }
  mutable int asked = 0;

 private:
  bool takes_long_;
  double factor_;
};

TEST(Blend, AMemberThatTakesLongIsNotAskedWhereItWasFarOffOnSuchRuns) {
  const auto runs = MadeUpRuns(20);
  const auto slow = std::make_shared<Told>(true, 2);
  const Experience experience = Learn(runs, {slow});
  Members members = OwnMembers(experience.profiles);
  members.push_back(slow);
  const Trial trial(runs[0], 4, {});
  slow->asked = 0;
  const auto blend = BlendOf(trial.Asked(), experience, members);
  ASSERT_TRUE(blend);
  EXPECT_EQ(slow->asked, 0);
  const auto part = std::ranges::find(blend->parts, "told", &Part::name);
  ASSERT_NE(part, blend->parts.end());
  EXPECT_EQ(part->weight, 0);
  EXPECT_NE(part->why.find("not asked"), std::string::npos);
}

TEST(Blend, AMemberOfWhichNothingIsOnRecordHasNoSay) {
  const auto runs = MadeUpRuns(20);
  const Experience experience = Learn(runs);
  Members members = OwnMembers(experience.profiles);
  members.push_back(std::make_shared<Told>(false, 1));
  const Trial trial(runs[0], 4, {});
  const auto blend = BlendOf(trial.Asked(), experience, members);
  ASSERT_TRUE(blend);
  EXPECT_EQ(std::ranges::find(blend->parts, "told", &Part::name)->weight, 0);
}

TEST(Blend, AWorkloadOnRecordByFewOwnersHasRangesLikeOneThatNobodyTrained) {
  // One owner's runs hardly differ from each other; others' do.
  std::vector<CompletedRun> runs = MadeUpRuns(40);
  for (std::size_t i = 0; i < runs.size(); ++i) runs[i].workload += std::to_string(i / 2 % 5);
  for (CompletedRun run : MadeUpRuns(30)) {
    run.workload = "rare";
    run.owner = "alone";
    for (std::size_t i = 1; i < run.units.size(); ++i) run.units[i].cost = run.units[1].cost;
    runs.push_back(std::move(run));
  }
  const Experience experience = Learn(runs);
  const Class rare{.workload = "rare"};
  const Class unknown{.workload = std::string(kUnknownWorkload)};
  EXPECT_EQ(experience.scores.at(rare).owners, 1);
  const auto width = [](const Scores& scores) { return scores.quantiles[3] - scores.quantiles[1]; };
  EXPECT_GT(width(experience.scores.at(rare)), width(experience.scores.at(unknown)) / 2);
}

TEST(Blend, ErrorsAreReadAsTheyWereWritten) {
  const Experience experience = Learn(MadeUpRuns(12));
  Experience read;
  ASSERT_TRUE(ReadErrors(WriteErrors(experience), read));
  ASSERT_EQ(read.errors.size(), experience.errors.size());
  ASSERT_EQ(read.scores.size(), experience.scores.size());
  for (const auto& [of, members] : experience.errors) {
    for (const auto& [name, error] : members)
      EXPECT_NEAR(read.errors.at(of).at(name).error, error.error, 1e-3 * error.error);
  }
}

TEST(Blend, DamagedErrorsAreNamedWithTheirLine) {
  for (const std::string bad :
       {"error\t2\t*\t-1\t-1\tx\t1\t1", "error", "weights\t0",
        "scores\t0\t*\t-1\t-1\t9\t1\t0\t0\t1\t2", "error\t0\t*\t-1\t-1\tx\tnan\t1"}) {
    Experience read;
    const auto result = ReadErrors("#\n" + bad, read);
    ASSERT_FALSE(result) << bad;
    EXPECT_NE(result.error().what.find("line 2"), std::string::npos);
  }
}

}  // namespace
}  // namespace epochcost::forecast
