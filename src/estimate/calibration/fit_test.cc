#include <gtest/gtest.h>

#include <cmath>

#include "estimate/calibration/least_squares.h"
#include "estimate/calibration/residual.h"

namespace epochcost::estimate {
namespace {

// measured = a·x + b, with one row that is half as long as it should be.
Fit FitLine(const std::vector<Prior>& priors) {
  const std::vector<double> xs = {1, 2, 4, 8, 16, 32, 64, 3};
  std::vector<double> measured;
  for (const double x : xs) measured.push_back(0.5 * x + 2);
  measured.back() /= 2;
  return FitConstants(priors, measured,
                      [&xs](const std::vector<double>& constants, std::vector<double>& out) {
                        for (std::size_t i = 0; i < xs.size(); ++i)
                          out[i] = constants[0] * xs[i] + constants[1];
                      },
                      {});
}

TEST(Fit, FindsTheConstantsThoughOneRunIsOdd) {
  const Fit fit = FitLine({{1, 1}, {1, 1}});
  EXPECT_NEAR(fit.constants[0], 0.5, 0.01);
  EXPECT_NEAR(fit.constants[1], 2, 0.08);
  EXPECT_NEAR(fit.residuals.back(), std::log(0.5), 0.05);
}

TEST(Fit, LeavesAConstantWithoutSpreadAlone) {
  EXPECT_EQ(FitLine({{0.5, 0}, {1, 1}}).constants[0], 0.5);
}

TEST(Residual, ChangesNothingWhereNoRunWasMeasured) {
  const ResidualModel nothing({.smooth = 0.1, .named = {}, .noise = 0}, {}, {});
  EXPECT_EQ(nothing.At({.coordinates = {0}}).log_factor, 0);
  EXPECT_DOUBLE_EQ(nothing.At({.coordinates = {0}}).deviation, 0.1);
}

TEST(Residual, TakesOverTheErrorOfARunThatIsAlikeAndForgetsItFarAway) {
  const ResidualModel model({.smooth = 0.1, .named = {}, .noise = 0.001}, {{.coordinates = {0}}},
                            {0.2});
  EXPECT_NEAR(model.At({.coordinates = {0}}).log_factor, 0.2, 0.001);
  EXPECT_NEAR(model.At({.coordinates = {1}}).log_factor, 0.1, 0.001);
  EXPECT_NEAR(model.At({.coordinates = {10}}).log_factor, 0, 0.001);
  EXPECT_LT(model.At({.coordinates = {0}}).deviation, model.At({.coordinates = {1}}).deviation);
}

TEST(Residual, IsSharedByRunsOfOneName) {
  const ResidualModel model({.smooth = 0.001, .named = {0.1, 0.1}, .noise = 0.01},
                            {{.coordinates = {0}, .names = {"resnet", "resnet50"}}}, {0.2});
  const double same = model.At({.coordinates = {9}, .names = {"resnet", "resnet50"}}).log_factor;
  const double kin = model.At({.coordinates = {9}, .names = {"resnet", "resnet18"}}).log_factor;
  const double strange = model.At({.coordinates = {9}, .names = {"vit", "resnet50"}}).log_factor;
  EXPECT_NEAR(same, 0.2, 0.01);
  EXPECT_NEAR(kin, 0.1, 0.01);
  EXPECT_NEAR(strange, 0, 0.01);
}

}  // namespace
}  // namespace epochcost::estimate
