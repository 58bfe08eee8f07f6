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
