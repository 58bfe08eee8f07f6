#include "forecast/arima/arma.h"

#include <gtest/gtest.h>

#include <cmath>

#include "forecast/arima/difference.h"
#include "forecast/arima/normal.h"

namespace epochcost::arima {
namespace {

TEST(Arma, SeasonalPolynomialsMultiplyOut) {
  const Arma arma = Expand({{0.5}, {0.4}, {0.3}, {-0.6}}, 4);
  // (1 − 0.5B)(1 − 0.3B⁴) = 1 − 0.5B − 0.3B⁴ + 0.15B⁵
  ASSERT_EQ(arma.ar.size(), 3U);
  EXPECT_EQ(arma.ar[2].lag, 5);
  EXPECT_DOUBLE_EQ(arma.ar[2].coefficient, -0.15);
  // (1 + 0.4B)(1 − 0.6B⁴) = 1 + 0.4B − 0.6B⁴ − 0.24B⁵
  ASSERT_EQ(arma.ma.size(), 3U);
  EXPECT_DOUBLE_EQ(arma.ma[2].coefficient, -0.24);
  EXPECT_EQ(arma.Width(), 6);
}

TEST(Arma, PartialAutocorrelationsAndCoefficientsAreInverses) {
  const std::vector<double> c{1.2, -0.5, 0.1};
  const std::vector<double> back = FromPartial(ToPartial(c));
  for (std::size_t i = 0; i < c.size(); ++i) EXPECT_NEAR(back[i], c[i], 1e-14);
}

TEST(Arma, APolynomialWithARootInTheCircleIsNotStationary) {
  EXPECT_FALSE(IsStationary(std::vector{1.0}));
  EXPECT_FALSE(IsStationary(std::vector{0.6, 0.5}));
  EXPECT_TRUE(IsStationary(std::vector{0.6, 0.3}));
  EXPECT_TRUE(ToPartial(std::vector{2.0, -1.0}).empty());
}

TEST(Arma, TheSmallestRootIsThatOfItsFactors) {
  // (1 − 0.8B)(1 + 0.5B) = 1 − 0.3B − 0.4B²
  EXPECT_NEAR(SmallestRoot(std::vector{0.3, 0.4}), 1 / 0.8, 1e-12);
  EXPECT_TRUE(std::isinf(SmallestRoot({})));
}

TEST(Arma, TheStationaryColumnOfASimpleProcessIsKnown) {
  // w_t = φ w_{t−1} + e_t + θ e_{t−1}: γ(0) = (1 + θ² + 2φθ) / (1 − φ²); the second state is θe.
  const std::vector<double> column = StationaryColumn(Expand({{0.6}, {0.3}, {}, {}}, 1));
  ASSERT_EQ(column.size(), 2U);
  EXPECT_NEAR(column[0], (1 + 0.09 + 0.36) / (1 - 0.36), 1e-12);
  EXPECT_NEAR(column[1], 0.3, 1e-12);
}

TEST(Difference, UndoingGivesTheLevelsAgain) {
  const std::vector<double> y{3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8};
  const Order order{.d = 1, .seasonal_d = 1, .period = 3};
  const std::vector<double> w = Differenced(y, order);
  ASSERT_EQ(w.size(), y.size() - 4);
  for (std::size_t t = 4; t < y.size(); ++t) {
    double value = w[t - 4];
    for (const Term& term : Undoing(order)) {
      value += term.coefficient * y[t - static_cast<std::size_t>(term.lag)];
    }
    EXPECT_DOUBLE_EQ(value, y[t]);
  }
}

TEST(Difference, GapsAreClosedByStraightLines) {
  const double nan = std::nan("");
  const std::vector<double> filled = Interpolated(std::vector{nan, 1.0, nan, nan, 4.0, nan});
  EXPECT_EQ(filled, (std::vector{1.0, 1.0, 2.0, 3.0, 4.0, 4.0}));
}

TEST(Normal, QuantilesAreThoseOfTheTables) {
  EXPECT_NEAR(NormalQuantile(0.5), 0, 1e-12);
  EXPECT_NEAR(NormalQuantile(0.9), 1.2815515655446004, 1e-9);
  EXPECT_NEAR(NormalQuantile(0.975), 1.959963984540054, 1e-9);
  EXPECT_NEAR(NormalQuantile(0.001), -3.090232306167813, 1e-9);
}

}  // namespace
}  // namespace epochcost::arima
