#include "forecast/experience/earlier.h"

#include <gtest/gtest.h>

namespace epochcost::forecast {
namespace {

CompletedRun RunOf(const std::vector<double>& costs, double work = 1) {
  CompletedRun run;
  for (const double cost : costs) run.units.push_back({.cost = cost, .work = work});
  return run;
}

TEST(EarlierRuns, ForecastsWithoutAFinishedUnit) {
  const CompletedRun before = RunOf({20, 10, 10, 15});
  const std::vector<const CompletedRun*> earlier = {&before};
  const std::vector<PlannedUnit> ahead(4);
  const auto rest = EarlierRuns("earlier", 8).Forecast({.ahead = ahead, .earlier = earlier});
  ASSERT_TRUE(rest);
  EXPECT_DOUBLE_EQ(rest->cost, 55);
}

TEST(EarlierRuns, ScalesTheProfileToHowThisRunGoes) {
  const CompletedRun before = RunOf({20, 10, 10, 15});
  const std::vector<const CompletedRun*> earlier = {&before};
  const std::vector<Unit> finished = {{.cost = 40}, {.cost = 20}};
  const std::vector<PlannedUnit> ahead(2);
  const Known known{.finished = finished, .ahead = ahead, .earlier = earlier};
  EXPECT_DOUBLE_EQ(EarlierRuns("as seen", 0).Forecast(known)->cost, 50);
  const double shrunk = EarlierRuns("shrunk", 8).Forecast(known)->cost;
  EXPECT_GT(shrunk, 25);
  EXPECT_LT(shrunk, 50);
}

TEST(EarlierRuns, AnEarlierRunThatBeganLikeThisOneTellsMoreThanOthers) {
  const CompletedRun slow = RunOf({20, 14, 14, 14, 14, 14, 20, 20});
  const CompletedRun fast = RunOf({20, 10, 10, 10, 10, 10, 10, 10});
  const std::vector<const CompletedRun*> earlier = {&slow, &fast, &slow};
  const std::vector<Unit> finished = {{20}, {10}, {10}, {10}, {10}, {10}};
  const std::vector<PlannedUnit> ahead(2);
  const Known known{.finished = finished, .ahead = ahead, .earlier = earlier};
  EXPECT_NEAR(EarlierRuns("e", 64).Forecast(known)->cost, 20, 1e-9);
}

TEST(EarlierRuns, AFewSlowUnitsAreNoShiftAndManyAre) {
  const CompletedRun before = RunOf(std::vector<double>(40, 10.0));
  const std::vector<const CompletedRun*> earlier = {&before};
  const std::vector<PlannedUnit> ahead(10);
  const EarlierRuns member("e", 64);
  const std::vector<Unit> three(3, Unit{.cost = 13});
  EXPECT_LT(member.Forecast({.finished = three, .ahead = ahead, .earlier = earlier})->cost, 103);
  const std::vector<Unit> twenty(20, Unit{.cost = 13});
  EXPECT_GT(member.Forecast({.finished = twenty, .ahead = ahead, .earlier = earlier})->cost, 127);
}

TEST(EarlierRuns, DoubtsItselfWhereTheEarlierRunsDisagree) {
  const CompletedRun slow = RunOf({20, 12, 12, 12});
  const CompletedRun fast = RunOf({20, 10, 10, 10});
  const std::vector<const CompletedRun*> alike = {&fast, &fast};
  const std::vector<const CompletedRun*> apart = {&fast, &slow};
  const std::vector<PlannedUnit> ahead(4);
  const EarlierRuns member("e", 64);
  EXPECT_EQ(member.Forecast({.ahead = ahead, .earlier = alike})->deviation, 0);
  EXPECT_GT(member.Forecast({.ahead = ahead, .earlier = apart})->deviation, 1);
}

TEST(EarlierRuns, GoesOnBehindTheEndOfTheEarlierOnes) {
  const CompletedRun before = RunOf({20, 10, 10, 10});
  const std::vector<const CompletedRun*> earlier = {&before};
  const std::vector<PlannedUnit> ahead(6);
  EXPECT_DOUBLE_EQ(EarlierRuns("e", 8).Forecast({.ahead = ahead, .earlier = earlier})->cost, 70);
}

TEST(EarlierRuns, ComparesUnitsWhereWorkIsCountedDifferently) {
  const CompletedRun before = RunOf({20, 10, 10, 10}, 150'000);
  const std::vector<const CompletedRun*> earlier = {&before};
  const std::vector<PlannedUnit> ahead(4);
  EXPECT_NEAR(EarlierRuns("e", 8).Forecast({.ahead = ahead, .earlier = earlier})->cost, 50, 1e-9);
}

TEST(EarlierRuns, DeclinesWithoutAny) {
  const std::vector<PlannedUnit> ahead(4);
  EXPECT_FALSE(EarlierRuns("e", 8).Forecast({.ahead = ahead}));
}

}  // namespace
}  // namespace epochcost::forecast
