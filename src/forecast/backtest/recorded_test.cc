#include "forecast/backtest/recorded.h"

#include <gtest/gtest.h>

namespace epochcost::forecast {
namespace {

constexpr std::string_view kRuns =
    "run_id,benchmark,system,submitter,status\n"
    "a,digits,box,Ada,success\n"
    "b,\"digits, large\",box,Bob,aborted\n"
    "c,digits,\"box, red\",Cy,success\n";

Table Read(std::string_view text) { return Table::Parse(text, "a table").value(); }

TEST(Recorded, ReadsSuccessfulRunsAndCutsTheLastIncompleteUnitOff) {
  const Table units = Read(
      "run_id,cycle_s,t_start_s,work,complete\n"
      "a,20,3,100,1\na,10,23,100,1\na,4,33,100,0\nb,5,0,100,1\nb,5,5,100,1\n");
  const auto runs = RunsOf(Read(kRuns), units, {.least_units = 2, .least_seconds = 0});
  ASSERT_TRUE(runs);
  ASSERT_EQ(runs->size(), 1U);
  EXPECT_EQ(runs->front().workload, "digits");
  EXPECT_EQ(runs->front().unit, "epoch");
  EXPECT_EQ(runs->front().before, 3);
  ASSERT_EQ(runs->front().units.size(), 2U);
  EXPECT_EQ(runs->front().units[1].cost, 10);
}

TEST(Recorded, LeavesRunsOutWhoseCostsCannotBe) {
  for (const char* cost : {"0", "-1", "nan", "inf", "", "ten"}) {
    const Table units = Read("run_id,cycle_s\nc,10\nc," + std::string(cost) + "\n");
    const auto runs = RunsOf(Read(kRuns), units, {.least_units = 2, .least_seconds = 0});
    ASSERT_TRUE(runs);
    EXPECT_TRUE(runs->empty()) << cost;
  }
}

TEST(Recorded, NamesTheColumnThatIsMissing) {
  const auto runs = RunsOf(Read(kRuns), Read("run_id,seconds\na,1\n"));
  ASSERT_FALSE(runs);
  EXPECT_NE(runs.error().what.find("cycle_s"), std::string::npos);
}

TEST(Recorded, NamesTheRowThatIsTooShort) {
  const auto table = Table::Parse("run_id,cycle_s\na,1\na\n", "epochs.csv");
  ASSERT_FALSE(table);
  EXPECT_NE(table.error().what.find("epochs.csv: row 2"), std::string::npos);
}

}  // namespace
}  // namespace epochcost::forecast
