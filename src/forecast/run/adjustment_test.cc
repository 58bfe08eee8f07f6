#include "forecast/run/adjustment.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace epochcost::forecast {
namespace {

// A forecast of 100 s (80 %: 90 to 110, 95 %: 80 to 120) of a run that took `seconds`.
ForecastScore Took(const std::string& run, std::int64_t seconds) {
  const auto nanos = [](std::int64_t s) { return Nanos{s * 1'000'000'000}; };
  ForecastScore score;
  score.forecast.run = RunId{run};
  score.forecast.epochs_done = 1;
  score.forecast.epochs.expected = 10;
  score.forecast.duration = {nanos(100), nanos(80), nanos(90), nanos(110), nanos(120)};
  score.duration = nanos(seconds);
  return score;
}

TEST(Adjustment, IsNoneWhereNothingHasEnded) {
  const Adjustment adjustment = AdjustmentOf({});
  EXPECT_EQ(adjustment.times80, 1);
  EXPECT_EQ(adjustment.times95, 1);
  EXPECT_EQ(adjustment.runs, 0);
}

TEST(Adjustment, GrowsWithEachRunThatCameToLieOutside) {
  const std::vector<ForecastScore> past = {Took("a", 115), Took("b", 115)};
  const Adjustment adjustment = AdjustmentOf(past);
  EXPECT_EQ(adjustment.runs, 2);
  EXPECT_NEAR(adjustment.times80, std::exp(2 * 0.2 * 0.8), 1e-12);
  EXPECT_NEAR(adjustment.times95, std::exp(-2 * 0.2 * 0.05), 1e-12);
}

TEST(Adjustment, ARunCountsOnceHoweverManyForecastsItHas) {
  const std::vector<ForecastScore> past(50, Took("a", 200));
  EXPECT_NEAR(AdjustmentOf(past).times80, std::exp(0.2 * 0.8), 1e-12);
}

TEST(Adjustment, StaysWithinBoundsAndComesBack) {
  std::vector<ForecastScore> past;
  for (int i = 0; i < 30; ++i) past.push_back(Took("bad" + std::to_string(i), 500));
  EXPECT_EQ(AdjustmentOf(past).times80, 4);
  for (int i = 0; i < 200; ++i) past.push_back(Took("good" + std::to_string(i), 100));
  EXPECT_EQ(AdjustmentOf(past).times80, 0.5);
}

// Ranges that are half as wide as they should be hold in the long run as often as they say.
TEST(Adjustment, MakesRangesHoldThatAreTooNarrow) {
  std::vector<ForecastScore> past;
  unsigned dice = 1;
  int held = 0;
  constexpr int kRuns = 2000;
  for (int i = 0; i < kRuns; ++i) {
    const double times = AdjustmentOf(past).times80;
    dice = dice * 1664525U + 1013904223U;
    const double off = 40.0 * (static_cast<double>(dice >> 8U) / (1U << 24U) - 0.5);  // ±20
    ForecastScore score = Took("r" + std::to_string(i), 100);
    score.duration = Nanos{static_cast<std::int64_t>((100 + off) * 1e9)};
    score.forecast.duration.low80 = Nanos{static_cast<std::int64_t>((100 - 5 * times) * 1e9)};
    score.forecast.duration.high80 = Nanos{static_cast<std::int64_t>((100 + 5 * times) * 1e9)};
    held += std::abs(off) <= 5 * times ? 1 : 0;
    past.push_back(score);
  }
  EXPECT_NEAR(static_cast<double>(held) / kRuns, 0.8, 0.02);
}

}  // namespace
}  // namespace epochcost::forecast
