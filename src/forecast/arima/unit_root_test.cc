#include "forecast/arima/unit_root.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "forecast/arima/made_up_series.h"
#include "forecast/arima/stl.h"

namespace epochcost::arima {
namespace {

std::vector<double> Seasonal(int count, int period, double size) {
  std::vector<double> out = MadeUpNoise(count, 5);
  for (int t = 0; t < count; ++t) {
    out[static_cast<std::size_t>(t)] += size * std::sin(2 * std::numbers::pi * t / period);
  }
  return out;
}

TEST(Kpss, IsTheStatisticByHandWithoutLags) {
  // n = 4: ⌊3·2/13⌋ = 0 lags. Residuals −1.5 −0.5 0.5 1.5; partial sums −1.5 −2 −1.5 0.
  EXPECT_NEAR(KpssStatistic(std::vector{1.0, 2.0, 3.0, 4.0}), (8.5 / 16) / (5.0 / 4), 1e-12);
}

TEST(Differences, NoiseNeedsNoneAWalkOneAndATwiceSummedSeriesTwo) {
  EXPECT_EQ(Differences(MadeUpNoise(300, 1), 2), 0);
  std::vector<double> walk = MadeUpWalk(300, 1);
  EXPECT_EQ(Differences(walk, 2), 1);
  for (std::size_t i = 1; i < walk.size(); ++i) walk[i] += walk[i - 1];
  EXPECT_EQ(Differences(walk, 2), 2);
  EXPECT_EQ(Differences(walk, 1), 1);
}

TEST(Differences, AConstantNeedsNone) {
  EXPECT_EQ(Differences(std::vector<double>(20, 7.0), 2), 0);
  EXPECT_EQ(Differences(std::vector{1.0}, 2), 0);
}

TEST(Stl, SeasonTrendAndRemainderAddUp) {
  const std::vector<double> y = Seasonal(120, 12, 5);
  const Decomposition parts = Decompose(y, 12);
  double season = 0;
  for (std::size_t t = 0; t < y.size(); ++t) {
    EXPECT_NEAR(parts.season[t] + parts.trend[t] + parts.remainder[t], y[t], 1e-12);
    season += parts.season[t] * parts.season[t];
  }
  // A sine of size 5 has a mean square of 12.5.
  EXPECT_NEAR(season / 120, 12.5, 1.5);
}

TEST(SeasonalStrength, TellsASeasonFromNoise) {
  EXPECT_GT(SeasonalStrength(Seasonal(120, 12, 5), 12), 0.8);
  EXPECT_LT(SeasonalStrength(Seasonal(120, 12, 0), 12), 0.5);
  EXPECT_EQ(SeasonalStrength(Seasonal(24, 12, 5), 12), 0);
  EXPECT_EQ(SeasonalDifferences(Seasonal(120, 12, 5), 12, 1), 1);
  EXPECT_EQ(SeasonalDifferences(Seasonal(120, 12, 0), 12, 1), 0);
}

}  // namespace
}  // namespace epochcost::arima
