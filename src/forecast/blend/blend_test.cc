#include "forecast/blend/blend.h"

#include <gtest/gtest.h>

#include <cmath>

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
