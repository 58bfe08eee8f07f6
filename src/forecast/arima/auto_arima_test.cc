#include "forecast/arima/auto_arima.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "forecast/arima/made_up_series.h"

namespace epochcost::arima {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

void ExpectAllFinite(const Forecast& forecast) {
  for (const auto* values : {&forecast.mean, &forecast.sd, &forecast.sum_mean, &forecast.sum_sd}) {
    for (const double value : *values) EXPECT_TRUE(std::isfinite(value));
  }
}

Forecast Expect(const std::vector<double>& series, int steps, const Options& options = {}) {
  const auto fitted = FitAuto(series, options);
  EXPECT_TRUE(fitted.has_value()) << (fitted ? "" : fitted.error().what);
  if (!fitted) return {};
  const auto ahead = fitted->Ahead(steps);
  EXPECT_TRUE(ahead.has_value());
  if (!ahead) return {};
  ExpectAllFinite(*ahead);
  return *ahead;
}

TEST(FitAuto, OnePointIsRepeatedAndItsSpreadIsUnknown) {
  const Forecast forecast = Expect({42}, 3);
  EXPECT_DOUBLE_EQ(forecast.mean[2], 42);
  EXPECT_DOUBLE_EQ(forecast.sum_mean[2], 126);
  EXPECT_FALSE(forecast.spread_known);
}

TEST(FitAuto, TwoPointsGiveTheirMeanAndASpread) {
  const Forecast forecast = Expect({40, 44}, 2);
  EXPECT_DOUBLE_EQ(forecast.mean[0], 42);
  EXPECT_TRUE(forecast.spread_known);
  EXPECT_NEAR(forecast.sd[0], std::sqrt(8), 1e-9);
}

TEST(FitAuto, AConstantIsGoneOnWithWithoutSpread) {
  for (const double value : {5.0, 0.0, -3.0, 1e90, 1e-90}) {
    const Forecast forecast = Expect(std::vector<double>(30, value), 4);
    EXPECT_NEAR(forecast.mean[3], value, 1e-9 * std::abs(value));
    EXPECT_LE(forecast.sd[3], 1e-9 * std::abs(value));
  }
}

TEST(FitAuto, AStraightLineGoesOn) {
  std::vector<double> line;
  for (int t = 0; t < 40; ++t) line.push_back(3 + 2 * t);
  EXPECT_NEAR(Expect(line, 5).mean[4], 3 + 2 * 44, 1e-6);
}

TEST(FitAuto, EveryShortSeriesHasAFiniteAnswer) {
  for (int count = 1; count <= 40; ++count) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      Expect(MadeUpNoise(count, seed), 12);
      Expect(MadeUpWalk(count, seed), 12);
      Expect(MadeUpWalk(count, seed), 12, Options{.period = 4});
    }
  }
}

TEST(FitAuto, OddSeriesHaveFiniteAnswers) {
  std::vector<double> spike(50, 1.0);
  spike[30] = 1e60;
  Expect(spike, 10);
  std::vector<double> alternating;
  for (int t = 0; t < 60; ++t) alternating.push_back(t % 2 == 0 ? 1 : -1);
  Expect(alternating, 10);
  std::vector<double> step(60, 1.0);
  std::fill(step.begin() + 30, step.end(), 2.0);
  Expect(step, 10);
  std::vector<double> growing;
  for (int t = 0; t < 80; ++t) growing.push_back(std::exp(0.5 * t));
  Expect(growing, 10);
  std::vector<double> nearly(60, 1e9);
  nearly[20] += 1e-4;
  Expect(nearly, 10);
}

TEST(FitAuto, AGapIsBridgedAndWidensWhatComesRightAfterIt) {
  std::vector<double> series = MadeUpAr(200, 0.8, 10, 4);
  const Forecast whole = Expect(series, 1, Options{.order = Order{.p = 1, .constant = true}});
  for (std::size_t t = 195; t < 200; ++t) series[t] = kNan;
  series[50] = kNan;
  const Forecast gapped = Expect(series, 1, Options{.order = Order{.p = 1, .constant = true}});
  EXPECT_GT(gapped.sd[0], 1.3 * whole.sd[0]);
}

TEST(FitAuto, GapsInASeasonalSeriesKeepItsSeason) {
  std::vector<double> series;
  for (int t = 0; t < 120; ++t) series.push_back(100 + 10 * std::sin(2 * std::numbers::pi * t / 6));
  const std::vector<double> noise = MadeUpNoise(120, 9);
  for (std::size_t t = 0; t < series.size(); ++t) series[t] += 0.3 * noise[t];
  for (const std::size_t t : {0U, 13U, 14U, 15U, 70U, 118U}) series[t] = kNan;
  const Forecast forecast = Expect(series, 6, Options{.period = 6});
  for (int h = 0; h < 6; ++h) {
    EXPECT_NEAR(forecast.mean[static_cast<std::size_t>(h)],
                100 + 10 * std::sin(2 * std::numbers::pi * (120 + h) / 6), 1.2);
  }
}

TEST(FitAuto, SaysWhatIsWrongWithASeriesThatCannotBe) {
  EXPECT_FALSE(FitAuto({}).has_value());
  EXPECT_FALSE(FitAuto(std::vector{kNan, kNan}).has_value());
  EXPECT_FALSE(FitAuto(std::vector{1.0, std::numeric_limits<double>::infinity()}).has_value());
  EXPECT_FALSE(FitAuto(std::vector{1.0, 2.0}, Options{.period = 0}).has_value());
  EXPECT_FALSE(FitAuto(std::vector{1.0, 2.0}, Options{.regressors = {{1.0}}}).has_value());
}

TEST(FitAuto, FindsTheRegressorThatMovesTheSeries) {
  std::vector<double> series = MadeUpAr(150, 0.5, 20, 8);
  std::vector<double> evaluates(150, 0.0);
  for (std::size_t t = 4; t < 150; t += 5) {
    evaluates[t] = 1;
    series[t] += 12;
  }
  const Options options{.regressors = {evaluates, std::vector<double>(150, 3.0)}};
  const auto fitted = FitAuto(series, options);
  ASSERT_TRUE(fitted.has_value());
  EXPECT_EQ(fitted->regressor_kept, (std::vector{true, false}));
  EXPECT_NEAR(fitted->beta.back(), 12, 0.6);
  const std::vector<std::vector<double>> future{{0, 0, 0, 0, 1}, {3, 3, 3, 3, 3}};
  const auto ahead = fitted->Ahead(5, {}, future);
  ASSERT_TRUE(ahead.has_value());
  EXPECT_NEAR(ahead->mean[4] - ahead->mean[3], 12, 1.2);
}

TEST(FitAuto, TheFullSearchIsNeverBehindTheStepwiseOne) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const std::vector<double> series = MadeUpAr(120, 0.7, 5, seed);
    const auto stepwise = FitAuto(series);
    const auto full = FitAuto(series, Options{.search = Search::kFull});
    ASSERT_TRUE(stepwise && full);
    EXPECT_LE(full->aicc, stepwise->aicc + 0.05);
    EXPECT_GT(full->models_tried, stepwise->models_tried);
  }
}

TEST(Ahead, ARandomWalksErrorGrowsWithTheRootAndItsSumWithTheCube) {
  const auto fitted = FitAuto(MadeUpWalk(400, 2), Options{.order = Order{.d = 1}});
  ASSERT_TRUE(fitted.has_value());
  const auto ahead = fitted->Ahead(10);
  ASSERT_TRUE(ahead.has_value());
  const double sigma = std::sqrt(fitted->sigma2);
  EXPECT_NEAR(ahead->sd[8], 3 * sigma, 1e-9);
  // Σ k² for k = 1 … 10 is 385.
  EXPECT_NEAR(ahead->sum_sd[9], std::sqrt(385.0) * sigma, 1e-9);
}

TEST(Ahead, TheSumOfIndependentStepsHasTheRootOfTheirNumber) {
  const auto fitted = FitAuto(MadeUpNoise(200, 3), Options{.order = Order{.constant = true}});
  ASSERT_TRUE(fitted.has_value());
  const auto ahead = fitted->Ahead(16, std::vector{0.1, 0.9});
  ASSERT_TRUE(ahead.has_value());
  EXPECT_NEAR(ahead->sum_sd[15], 4 * ahead->sd[0], 1e-9);
  EXPECT_NEAR(ahead->sum_quantiles[1][15] - ahead->sum_quantiles[0][15],
              2 * 1.2815515655 * ahead->sum_sd[15], 1e-6);
}

TEST(Ahead, AMillionStepsStayFinite) {
  const auto fitted = FitAuto(MadeUpWalk(100, 6), Options{.order = Order{.d = 2, .q = 1}});
  ASSERT_TRUE(fitted.has_value());
  const auto ahead = fitted->Ahead(1'000'000);
  ASSERT_TRUE(ahead.has_value());
  EXPECT_TRUE(std::isfinite(ahead->sum_sd.back()));
}

TEST(Ahead, RefusesWhatCannotBeForecast) {
  const auto fitted = FitAuto(MadeUpNoise(50, 3));
  ASSERT_TRUE(fitted.has_value());
  EXPECT_FALSE(fitted->Ahead(-1).has_value());
  EXPECT_FALSE(fitted->Ahead(3, std::vector{1.5}).has_value());
  EXPECT_FALSE(fitted->Ahead(3, {}, std::vector<std::vector<double>>(1)).has_value());
  EXPECT_TRUE(fitted->Ahead(0).has_value());
}

TEST(FitAuto, TheSameSeriesHasTheSameAnswer) {
  const std::vector<double> series = MadeUpAr(90, 0.6, 3, 12);
  const auto first = FitAuto(series);
  const auto again = FitAuto(series);
  ASSERT_TRUE(first && again);
  EXPECT_EQ(first->log_likelihood, again->log_likelihood);
  EXPECT_EQ(first->coefficients.ar, again->coefficients.ar);
}

}  // namespace
}  // namespace epochcost::arima
