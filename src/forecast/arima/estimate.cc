#include "forecast/arima/estimate.h"

#include <nlopt.h>

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <utility>

namespace epochcost::arima {
namespace {

constexpr double kNowhere = 1e300;

struct Ascent {
  const Surface* surface;
  Coefficients shape;
  Estimate best;

  // Coefficients from the unbounded numbers that the optimiser moves: hyperbolic arcs of partial
  // autocorrelations, so that none leaves the allowed region.
  [[nodiscard]] Coefficients Read(const double* x) const {
    Coefficients c = shape;
    const auto groups = Groups(c);
    for (std::size_t group = 0; group < 4; ++group) {
      std::vector<double> partial(groups[group]->size());
      for (double& value : partial) value = 0.999999 * kPartialLimit * std::tanh(*x++);
      *groups[group] = FromPartial(partial);
      if (group % 2 == 1) *groups[group] = Negated(*groups[group]);
    }
    return c;
  }

  double Look(const double* x) {
    std::optional<Estimate> estimate = (*surface)(Read(x));
    if (!estimate) return kNowhere;
    const double value = -estimate->log_likelihood;
    if (value < -best.log_likelihood) best = std::move(*estimate);
    return value;
  }

  static double Objective(unsigned count, const double* x, double* gradient, void* self) {
    auto& ascent = *static_cast<Ascent*>(self);
    const double value = ascent.Look(x);
    if (gradient == nullptr) return value;
    std::vector<double> moved(x, x + count);
    for (unsigned i = 0; i < count; ++i) {
      const double step = 1e-5 * std::max(1.0, std::abs(x[i]));
      moved[i] = x[i] + step;
      const double above = ascent.Look(moved.data());
      moved[i] = x[i] - step;
      const double below = ascent.Look(moved.data());
      moved[i] = x[i];
      const bool seen = above < kNowhere && below < kNowhere;
      gradient[i] = seen ? (above - below) / (2 * step) : 0.0;
    }
    return value;
  }
};

}  // namespace

std::array<std::vector<double>*, 4> Groups(Coefficients& c) {
  return {&c.ar, &c.ma, &c.seasonal_ar, &c.seasonal_ma};
}
std::array<const std::vector<double>*, 4> Groups(const Coefficients& c) {
  return {&c.ar, &c.ma, &c.seasonal_ar, &c.seasonal_ma};
}

bool Allowed(const Coefficients& c) {
  return IsStationary(c.ar, kPartialLimit) && IsStationary(c.seasonal_ar, kPartialLimit) &&
         IsStationary(Negated(c.ma), kPartialLimit) &&
         IsStationary(Negated(c.seasonal_ma), kPartialLimit);
}

std::optional<Estimate> Profile(const Coefficients& coefficients,
                                std::span<const std::vector<double>* const> columns,
                                double sum_log_variance) {
  using Row = Eigen::Map<Eigen::VectorXd>;
  using View = Eigen::Map<const Eigen::VectorXd>;
  const auto see = [](const std::vector<double>& values) {
    return View{values.data(), static_cast<Eigen::Index>(values.size())};
  };
  Estimate estimate{.coefficients = coefficients, .innovations = *columns[0]};
  const auto regressors = static_cast<Eigen::Index>(columns.size()) - 1;
  Row residual(estimate.innovations.data(), static_cast<Eigen::Index>(columns[0]->size()));
  const auto n = static_cast<double>(residual.size());
  if (regressors > 0) {
    Eigen::MatrixXd normal(regressors, regressors);
    Eigen::VectorXd right(regressors);
    for (Eigen::Index i = 0; i < regressors; ++i) {
      const View x = see(*columns[static_cast<std::size_t>(i) + 1]);
      right[i] = x.dot(residual);
      for (Eigen::Index j = 0; j <= i; ++j) {
        normal(i, j) = normal(j, i) = x.dot(see(*columns[static_cast<std::size_t>(j) + 1]));
      }
    }
    const Eigen::VectorXd beta = normal.ldlt().solve(right);
    if (!beta.allFinite()) return std::nullopt;
    estimate.beta.assign(beta.begin(), beta.end());
    for (Eigen::Index i = 0; i < regressors; ++i) {
      residual -= beta[i] * see(*columns[static_cast<std::size_t>(i) + 1]);
    }
  }
  estimate.sigma2 = residual.squaredNorm() / n;
  if (!std::isfinite(estimate.sigma2)) return std::nullopt;
  // A series that a model explains to the last digit has a likelihood without bound.
  const double variance = std::max(estimate.sigma2, 1e-30);
  estimate.log_likelihood =
      -0.5 * (n * (std::log(2 * std::numbers::pi * variance) + 1) + sum_log_variance);
  return estimate;
}

Estimate Polish(const Estimate& estimate, const Surface& surface) {
  Ascent ascent{.surface = &surface, .shape = estimate.coefficients, .best = estimate};
  std::vector<double> x;
  const auto groups = Groups(estimate.coefficients);
  for (std::size_t group = 0; group < 4; ++group) {
    const std::vector<double> partial =
        ToPartial(group % 2 == 1 ? Negated(*groups[group]) : *groups[group]);
    for (const double k : partial) {
      x.push_back(std::atanh(std::clamp(k / kPartialLimit, -0.999999, 0.999999)));
    }
  }
  if (x.empty()) return estimate;
  nlopt_opt optimiser = nlopt_create(NLOPT_LD_SLSQP, static_cast<unsigned>(x.size()));
  nlopt_set_lower_bounds1(optimiser, -8.0);
  nlopt_set_upper_bounds1(optimiser, 8.0);
  nlopt_set_min_objective(optimiser, &Ascent::Objective, &ascent);
  nlopt_set_ftol_rel(optimiser, 1e-12);
  nlopt_set_maxeval(optimiser, 100);
  double value = 0;
  // Whatever it returns, the best point seen is kept.
  nlopt_optimize(optimiser, x.data(), &value);
  nlopt_destroy(optimiser);
  return ascent.best;
}

}  // namespace epochcost::arima
