#include "forecast/experience/profile.h"

#include <gtest/gtest.h>

namespace epochcost::forecast {
namespace {

CompletedRun RunOf(std::string system, const std::vector<double>& costs) {
  CompletedRun run{.workload = "bert", .system = std::move(system), .owner = "we", .unit = "epoch"};
  for (const double cost : costs) run.units.push_back({.cost = cost});
  return run;
}

TEST(Profile, IsTheMedianOfTheRunsOfOneSystem) {
  const std::vector<CompletedRun> runs = {RunOf("a", {9, 2, 2}), RunOf("a", {5, 1, 3}),
                                          RunOf("a", {7, 9, 4}), RunOf("b", {1, 1})};
  const auto profiles = Condense(runs);
  ASSERT_EQ(profiles.size(), 2U);
  EXPECT_EQ(profiles[0].rates, (std::vector<double>{7, 2, 3}));
  EXPECT_EQ(profiles[0].until, (std::vector<double>{7, 9, 12}));
}

TEST(Profile, ARunThatCountsItsWorkDifferentlyIsNoMillionfoldRun) {
  std::vector<CompletedRun> runs = {RunOf("a", {9, 2, 2}), RunOf("a", {9, 2, 2}),
                                    RunOf("a", {9, 2, 2})};
  for (Unit& unit : runs[1].units) unit.work = 150'000;
  EXPECT_EQ(Condense(runs)[0].rates, (std::vector<double>{9, 2, 2}));
}

TEST(Profile, LeavesOutARunThatTeachesNothing) {
  EXPECT_TRUE(Condense(std::vector<CompletedRun>{RunOf("a", {9})}).empty());
}

TEST(Profile, IsReadAsItWasWritten) {
  const auto profiles = Condense(std::vector<CompletedRun>{RunOf("a b", {8, 2, 2.5})});
  const auto read = ReadProfiles(WriteProfiles(profiles));
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 1U);
  EXPECT_EQ((*read)[0].system, "a b");
  EXPECT_EQ((*read)[0].rates, profiles[0].rates);
}

TEST(Profile, DamagedLinesAreNamedWithTheirNumber) {
  for (const std::string bad :
       {"bert\twe\ta\tepoch\t1\t8 x", "bert\twe\ta\tepoch\t1\t8", "bert\twe\ta\tepoch\t0\t8 9",
        "bert", "bert\twe\ta\tepoch\t1\t8 -1", "bert\twe\ta\tepoch\t1\tnan 2"}) {
    const auto read = ReadProfiles("# a comment\n" + bad + "\n");
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().code, ErrorCode::kCorrupt);
    EXPECT_NE(read.error().what.find("line 2"), std::string::npos) << read.error().what;
  }
}

TEST(PresentRate, LeavesTheFirstUnitOutAndForgetsTheDistant) {
  EXPECT_DOUBLE_EQ(PresentRate(std::vector<double>{99}), 99);
  EXPECT_DOUBLE_EQ(PresentRate(std::vector<double>{99, 2, 4}), 3);
  std::vector<double> rates(40, 1.0);
  for (std::size_t i = 20; i < rates.size(); ++i) rates[i] = 5;
  EXPECT_DOUBLE_EQ(PresentRate(rates), 5);
}

}  // namespace
}  // namespace epochcost::forecast
