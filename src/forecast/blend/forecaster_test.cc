#include "forecast/blend/forecaster.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "forecast/backtest/trial.h"
#include "forecast/blend/made_up_runs.h"
#include "forecast/blend/shipped.h"

namespace epochcost::forecast {
namespace {

void ExpectSound(const Outlook& outlook) {
  EXPECT_TRUE(std::isfinite(outlook.cost));
  EXPECT_GT(outlook.cost, 0);
  for (std::size_t i = 0; i < outlook.quantiles.size(); ++i) {
    EXPECT_TRUE(std::isfinite(outlook.quantiles[i]));
    EXPECT_GE(outlook.quantiles[i], i > 0 ? outlook.quantiles[i - 1] : 0);
  }
}

Result<Outlook> Ask(const Forecaster& forecaster, const std::vector<double>& costs,
                    std::size_t ahead) {
  std::vector<Unit> finished;
  for (const double cost : costs) finished.push_back({.cost = cost});
  const std::vector<PlannedUnit> planned(ahead);
  return forecaster.Forecast(
      {.workload = "digits", .unit = "epoch", .finished = finished, .ahead = planned});
}

TEST(Forecaster, ItsRangeHoldsOnRunsItHasNotSeen) {
  const auto all = MadeUpRuns(60);
  const std::span<const CompletedRun> runs(all);
  const Forecaster forecaster(Learn(runs.first(60)));
  int in80 = 0;
  int asked = 0;
  for (const CompletedRun& run : runs.subspan(60)) {
    const Trial trial(run, 2, {});
    const auto outlook = forecaster.Forecast(trial.Asked());
    ASSERT_TRUE(outlook);
    ExpectSound(*outlook);
    in80 += outlook->quantiles[1] <= trial.Rest() && trial.Rest() <= outlook->quantiles[3] ? 1 : 0;
    ++asked;
  }
  EXPECT_GE(in80, asked * 65 / 100);
}

TEST(Forecaster, WhatTheProgramBringsAlongCanBeRead) {
  const auto experience = ShippedExperience();
  ASSERT_TRUE(experience) << Describe(experience.error());
  EXPECT_GT(experience->profiles.size(), 500U);
  EXPECT_GT(experience->scores.size(), 100U);
}

TEST(Forecaster, OnePointTwoPointsAndConstantsHaveAnAnswer) {
  const Forecaster forecaster(Learn(MadeUpRuns(20)));
  for (const std::vector<double>& costs :
       {std::vector<double>{5}, {5, 4}, std::vector<double>(50, 1.0), {1e-9, 1e-9}, {1e15, 1e15}}) {
    const auto outlook = Ask(forecaster, costs, 10);
    ASSERT_TRUE(outlook);
    ExpectSound(*outlook);
  }
}

TEST(Forecaster, WithoutExperienceTheRangeIsWideAndTheAnswerThere) {
  const Forecaster forecaster(Experience{});
  const auto outlook = Ask(forecaster, {5, 4, 4}, 10);
  ASSERT_TRUE(outlook);
  ExpectSound(*outlook);
  EXPECT_LT(outlook->quantiles[1], 0.6 * outlook->cost);
  EXPECT_EQ(outlook->confidence, Confidence::kLow);
}

TEST(Forecaster, RefusesWhatIsNoCost) {
  const Forecaster forecaster(Experience{});
  for (const double bad : {0.0, -3.0, std::numeric_limits<double>::quiet_NaN(),
                           std::numeric_limits<double>::infinity()}) {
    const auto outlook = Ask(forecaster, {5, bad, 4}, 10);
    ASSERT_FALSE(outlook);
    EXPECT_EQ(outlook.error().code, ErrorCode::kInvalidInput);
  }
}

TEST(Forecaster, SaysWhenItCanForecastWhereNothingIsFinished) {
  const Forecaster forecaster(Experience{});
  const auto outlook = Ask(forecaster, {}, 10);
  ASSERT_FALSE(outlook);
  EXPECT_EQ(outlook.error().code, ErrorCode::kUnsupported);
  EXPECT_FALSE(outlook.error().why.empty());
}

// Units of 10 that wander by a percent; every `period`-th is followed by an evaluation of twice its
// length, declared.
struct Training {
  Training(std::size_t done, std::size_t planned, std::size_t period) {
    for (std::size_t i = 0; i < planned; ++i) {
      const bool evaluates = period > 0 && i % period == period - 1;
      const double wander = 1 + 0.01 * std::sin(static_cast<double>(i * i));
      const double cost = (i == 0 ? 13.0 : 10.0) * wander + (evaluates ? 20.0 : 0.0);
      if (i < done) {
        finished.push_back({.cost = cost, .evaluates = evaluates});
      } else {
        ahead.push_back({.evaluates = evaluates});
        rest += cost;
      }
    }
  }
  std::vector<Unit> finished;
  std::vector<PlannedUnit> ahead;
  double rest = 0;
};

TEST(Forecaster, EvaluationsThatRecurDoNotWidenTheRange) {
  auto experience = ShippedExperience();
  ASSERT_TRUE(experience);
  const Forecaster forecaster(*std::move(experience));
  for (const std::size_t period : {0, 5}) {
    for (const std::size_t done : {5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 75}) {
      const Training training(done, 100, period);
      const auto outlook = forecaster.Forecast({.workload = "never seen",
                                                .unit = "epoch",
                                                .finished = training.finished,
                                                .ahead = training.ahead});
      ASSERT_TRUE(outlook);
      ExpectSound(*outlook);
      EXPECT_LT((outlook->quantiles[3] - outlook->quantiles[1]) / 2, 0.2 * training.rest)
          << period << " " << done;
      if (done < 2 * period) continue;  // one evaluation does not tell what they cost
      EXPECT_NEAR(outlook->cost / training.rest, 1, 0.08) << period << " " << done;
      EXPECT_LE(outlook->quantiles[0], training.rest) << period << " " << done;
      EXPECT_GE(outlook->quantiles[4], training.rest) << period << " " << done;
    }
  }
}

TEST(Forecaster, NoDoubtOfItsMembersMakesARangeExplode) {
  auto experience = ShippedExperience();
  ASSERT_TRUE(experience);
  const Forecaster forecaster(*std::move(experience));
  for (const std::vector<double>& costs : {std::vector<double>{10, 1, 30, 2, 90, 1, 40, 2, 10},
                                           {1, 2, 4, 8, 16, 32, 64, 128},
                                           {10, 10, 10, 10, 90, 90, 90, 90, 90},
                                           {5, 50, 5, 50, 50, 5, 5, 50, 5, 50, 5}}) {
    const auto outlook = Ask(forecaster, costs, 90);
    ASSERT_TRUE(outlook);
    ExpectSound(*outlook);
    EXPECT_LT(outlook->quantiles[3], 20 * outlook->cost) << costs[1];
  }
}

TEST(ScaleOf, GrowsEverLess) {
  EXPECT_NEAR(ScaleOf(0), 0.002, 1e-12);
  EXPECT_NEAR(ScaleOf(0.001), 0.0029, 1e-4);
  EXPECT_GT(ScaleOf(0.1), ScaleOf(0.01));
  EXPECT_LT(ScaleOf(1e9), 0.0121);
}

TEST(Forecaster, AMillionUnitsAreNoTrouble) {
  const Forecaster forecaster(Learn(MadeUpRuns(10)));
  const auto outlook = Ask(forecaster, std::vector<double>(200'000, 2.0), 800'000);
  ASSERT_TRUE(outlook);
  EXPECT_NEAR(outlook->cost, 1.6e6, 1e3);
}

}  // namespace
}  // namespace epochcost::forecast
