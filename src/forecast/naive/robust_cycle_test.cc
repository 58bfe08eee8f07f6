#include "forecast/naive/robust_cycle.h"

#include <gtest/gtest.h>

#include <cmath>

#include "forecast/series.h"

namespace epochcost::forecast {
namespace {

std::vector<Unit> UnitsOf(const std::vector<double>& costs) {
  std::vector<Unit> units;
  for (const double cost : costs) units.push_back({.cost = cost});
  return units;
}

Rest Ask(const std::vector<double>& costs, std::size_t ahead) {
  const std::vector<Unit> finished = UnitsOf(costs);
  const std::vector<PlannedUnit> planned(ahead);
  return RobustCycle().Forecast({.finished = finished, .ahead = planned}).value();
}

double RestOf(const std::vector<double>& costs, std::size_t ahead) {
  return Ask(costs, ahead).cost;
}

TEST(RobustCycle, GoesOnWithTheLevelAfterAShift) {
  EXPECT_NEAR(RestOf({30, 10, 10, 10, 10, 10, 12, 12, 12, 12, 12}, 10), 120, 1e-9);
}

TEST(RobustCycle, TakesAnOutlierForNoShift) {
  EXPECT_NEAR(RestOf({30, 10, 10, 10, 90, 10, 10, 10, 10, 10}, 10), 100, 1e-9);
}

TEST(RobustCycle, FindsThePeriodOfASlowEvaluation) {
  // Every fourth unit evaluates; four more units hold one evaluation.
  EXPECT_NEAR(RestOf({40, 10, 10, 10, 25, 10, 10, 10, 25, 10, 10, 10, 25}, 4), 55, 1e-9);
  EXPECT_NEAR(RestOf({40, 10, 10, 10, 25, 10, 10, 10, 25, 10, 10, 10, 25}, 3), 30, 1e-9);
}

TEST(RobustCycle, KeepsDeclaredEvaluationsApart) {
  std::vector<Unit> finished = UnitsOf({40, 10, 25, 10});
  finished[2].evaluates = true;
  const std::vector<PlannedUnit> planned = {{}, {.evaluates = true}, {}, {.evaluates = true}};
  EXPECT_NEAR(RobustCycle().Forecast({.finished = finished, .ahead = planned}).value().cost, 70,
              1e-9);
}

TEST(RobustCycle, ADeclaredScheduleThatIsNotWhatIsSeenDoesNotBreakIt) {
  // Declared to evaluate each time, and it costs nothing.
  const std::vector<Unit> finished = UnitsOf({10, 10, 10});
  const std::vector<PlannedUnit> planned(5, PlannedUnit{.evaluates = true});
  EXPECT_NEAR(RobustCycle().Forecast({.finished = finished, .ahead = planned}).value().cost, 50,
              1e-9);
}

TEST(RobustCycle, DoubtsOnlyWhatItsLevelsLeaveUnexplained) {
  EXPECT_NEAR(Ask({40, 10, 10, 10, 25, 10, 10, 10, 25, 10, 10, 10, 25}, 40).deviation, 0, 1e-9);
  EXPECT_NEAR(Ask({30, 10, 10, 10, 10, 10, 12, 12, 12, 12, 12}, 10).deviation, 0, 1e-9);
  std::vector<Unit> finished = UnitsOf({40, 10, 10, 10, 30, 10, 10, 10, 10, 30});
  finished[4].evaluates = finished[9].evaluates = true;
  std::vector<PlannedUnit> planned(90);
  for (std::size_t i = 4; i < planned.size(); i += 5) planned[i].evaluates = true;
  const Rest rest = RobustCycle().Forecast({.finished = finished, .ahead = planned}).value();
  EXPECT_NEAR(rest.cost, 72 * 10 + 18 * 30, 1e-9);
  EXPECT_NEAR(rest.deviation, 0, 1e-9);
}

TEST(RobustCycle, DoubtsTheSumLessThanAUnit) {
  // Units that are 2 % off either way: the level of 9 of them is off by a third of that, and 90
  // more units add a tenth.
  const Rest rest = Ask({30, 98, 102, 98, 102, 98, 102, 102, 98, 100}, 90);
  const double unit = 0.02 / 0.8 * std::sqrt(8.0 / 9) * rest.cost;
  EXPECT_NEAR(rest.deviation, unit * std::sqrt(1.0 / 9 + 1.0 / 90), 0.1 * rest.deviation);
}

TEST(RobustCycle, AKindThatNobodyHasSeenIsDoubted) {
  const std::vector<Unit> finished = UnitsOf({10, 10, 10});
  std::vector<PlannedUnit> planned(5);
  planned[4].evaluates = true;
  const Rest rest = RobustCycle().Forecast({.finished = finished, .ahead = planned}).value();
  EXPECT_NEAR(rest.deviation, 5, 1e-9);  // half of the one
}

TEST(PeriodOf, FindsNoneInNoiseAndInConstants) {
  EXPECT_FALSE(PeriodOf(std::vector<double>(30, 7.0)));
  EXPECT_FALSE(PeriodOf(std::vector<double>{1, 3, 2, 9, 4, 4, 8, 1, 2, 7, 5, 6}));
}

TEST(LevelSince, IsTheWholeSeriesWhereNothingShifts) {
  EXPECT_EQ(LevelSince(std::vector<double>{5, 5, 5, 5, 5, 5, 5, 5, 5}), 0U);
}

}  // namespace
}  // namespace epochcost::forecast
