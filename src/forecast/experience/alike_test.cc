#include "forecast/experience/alike.h"

#include <gtest/gtest.h>

#include <cmath>

namespace epochcost::forecast {
namespace {

CompletedRun RunOf(std::string owner, std::string workload, const std::vector<double>& costs) {
  CompletedRun run{
      .workload = std::move(workload), .system = "s", .owner = std::move(owner), .unit = "epoch"};
  for (const double cost : costs) run.units.push_back({.cost = cost});
  return run;
}

// Runs whose second half costs half as much again, and runs that go on as they began, in a pattern
// that tells them apart.
std::vector<Profile> Profiles() {
  std::vector<CompletedRun> runs;
  for (int i = 0; i < 5; ++i) {
    runs.push_back(RunOf("a" + std::to_string(i), "unet", {12, 10, 10.4, 10, 15, 15, 15, 15}));
    runs.push_back(RunOf("b" + std::to_string(i), "unet", {30, 10, 10, 10, 10, 10, 10, 10}));
  }
  return Condense(runs);
}

double ShiftOf(const std::vector<double>& costs, std::string apart = "") {
  const auto profiles = Profiles();
  std::vector<Unit> finished;
  for (const double cost : costs) finished.push_back({.cost = cost});
  const std::vector<PlannedUnit> ahead(8 - finished.size());
  const auto likeness = Alike(profiles).Compare({.workload = "unet",
                                                 .unit = "epoch",
                                                 .finished = finished,
                                                 .ahead = ahead,
                                                 .owner_apart = std::move(apart)});
  return likeness.value().shift;
}

TEST(Alike, FollowsTheRunsThatBeganLikeThisOne) {
  EXPECT_NEAR(ShiftOf({24, 20, 20.8, 20}), std::log(1.5), 1e-9);
  EXPECT_NEAR(ShiftOf({60, 20, 20, 20}), 0, 1e-9);
}

TEST(Alike, DiscountsTheFirstUnitBeforeThereIsASecond) { EXPECT_LT(ShiftOf({30}), -0.3); }

TEST(Alike, LooksAtNothingOfTheOwnerKeptApart) {
  const std::vector<CompletedRun> runs = {RunOf("a", "unet", {1, 1, 5, 5})};
  const auto profiles = Condense(runs);
  const std::vector<Unit> finished = {{.cost = 1}, {.cost = 1}};
  const std::vector<PlannedUnit> ahead(2);
  Known known{.workload = "unet", .unit = "epoch", .finished = finished, .ahead = ahead};
  EXPECT_TRUE(Alike(profiles).Forecast(known));
  known.owner_apart = "a";
  EXPECT_FALSE(Alike(profiles).Forecast(known));
  known.owner_apart = "";
  known.workload_apart = "unet";
  EXPECT_FALSE(Alike(profiles).Forecast(known));
}

TEST(Alike, DeclinesWhereNoRecordedRunIsLonger) {
  const auto profiles = Profiles();
  const std::vector<Unit> finished(9, Unit{.cost = 1});
  const std::vector<PlannedUnit> ahead(1);
  EXPECT_FALSE(Alike(profiles).Forecast({.finished = finished, .ahead = ahead}));
}

}  // namespace
}  // namespace epochcost::forecast
