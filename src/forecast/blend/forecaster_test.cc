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

TEST(Forecaster, AMillionUnitsAreNoTrouble) {
  const Forecaster forecaster(Learn(MadeUpRuns(10)));
  const auto outlook = Ask(forecaster, std::vector<double>(200'000, 2.0), 800'000);
  ASSERT_TRUE(outlook);
  EXPECT_NEAR(outlook->cost, 1.6e6, 1e3);
}

}  // namespace
}  // namespace epochcost::forecast
