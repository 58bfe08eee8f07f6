#include "forecast/backtest/trial.h"

#include <gtest/gtest.h>

namespace epochcost::forecast {
namespace {

CompletedRun RunOf(std::string id, std::string system, std::size_t units) {
  CompletedRun run{.id = std::move(id), .system = std::move(system), .before = 3};
  for (std::size_t i = 0; i < units; ++i) run.units.push_back({.cost = static_cast<double>(i + 1)});
  return run;
}

TEST(Trial, ATenthOfTenUnitsIsOne) {
  const CompletedRun run = RunOf("a", "s", 10);
  EXPECT_EQ(UnitsAt(run, 0.1), 1U);
  EXPECT_EQ(UnitsAt(run, 0.11), 2U);
  EXPECT_EQ(UnitsAt(run, 1.0), 10U);
}

TEST(Trial, TellsWhatWasKnownAndKeepsTheRestToItself) {
  const CompletedRun run = RunOf("a", "s", 4);
  const Trial trial(run, 3, {});
  const Known known = trial.Asked();
  EXPECT_EQ(known.finished.size(), 3U);
  EXPECT_EQ(known.ahead.size(), 1U);
  EXPECT_DOUBLE_EQ(trial.Rest(), 4);
  EXPECT_DOUBLE_EQ(trial.Total(), 13);
}

TEST(Trial, EarlierRunsAreThoseBeforeItOfTheSameSystem) {
  const std::vector<CompletedRun> runs = {RunOf("a", "s", 4), RunOf("b", "t", 4),
                                          RunOf("c", "s", 4), RunOf("d", "s", 4)};
  const auto earlier = EarlierOfEach(runs);
  EXPECT_TRUE(earlier[0].empty());
  EXPECT_TRUE(earlier[1].empty());
  ASSERT_EQ(earlier[3].size(), 2U);
  EXPECT_EQ(earlier[3][0]->id, "c");
  EXPECT_EQ(earlier[3][1]->id, "a");
}

}  // namespace
}  // namespace epochcost::forecast
