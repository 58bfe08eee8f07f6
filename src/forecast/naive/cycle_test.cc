#include "forecast/naive/cycle.h"

#include <gtest/gtest.h>

namespace epochcost::forecast {
namespace {

const std::vector<Unit> kWarmingUp = {{.cost = 30}, {.cost = 10}, {.cost = 11}, {.cost = 12}};
const std::vector<PlannedUnit> kTwoAhead(2);

TEST(MedianCycle, LeavesTheFirstUnitOut) {
  const auto rest = MedianCycle().Forecast({.finished = kWarmingUp, .ahead = kTwoAhead});
  ASSERT_TRUE(rest);
  EXPECT_DOUBLE_EQ(rest->cost, 22);
}

TEST(MedianCycle, TakesTheFirstUnitWhereItIsTheOnlyOne) {
  const auto rest =
      MedianCycle().Forecast({.finished = std::span(kWarmingUp).first(1), .ahead = kTwoAhead});
  ASSERT_TRUE(rest);
  EXPECT_DOUBLE_EQ(rest->cost, 60);
}

TEST(FirstUnit, MultipliesTheFirstByTheWorkAhead) {
  const std::vector<PlannedUnit> half = {{.work = 0.5}};
  const auto rest = FirstUnit().Forecast({.finished = kWarmingUp, .ahead = half});
  ASSERT_TRUE(rest);
  EXPECT_DOUBLE_EQ(rest->cost, 15);
}

TEST(ElapsedByProgress, CountsTheSetupIn) {
  const auto rest =
      ElapsedByProgress().Forecast({.before = 17, .finished = kWarmingUp, .ahead = kTwoAhead});
  ASSERT_TRUE(rest);
  EXPECT_DOUBLE_EQ(rest->cost, 40);
}

TEST(CycleMembers, DeclineWhereNothingIsFinished) {
  const Known nothing{.ahead = kTwoAhead};
  EXPECT_FALSE(FirstUnit().Forecast(nothing));
  EXPECT_FALSE(ElapsedByProgress().Forecast(nothing));
  EXPECT_FALSE(LastUnit().Forecast(nothing));
  EXPECT_FALSE(MedianCycle().Forecast(nothing));
}

}  // namespace
}  // namespace epochcost::forecast
