#include "estimate/calibration/residual.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <numbers>

namespace epochcost::estimate {
namespace {

double Median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

ResidualModel::ResidualModel(ResidualPrior prior, std::vector<Likeness> runs,
                             std::vector<double> residuals)
    : prior_(std::move(prior)), runs_(std::move(runs)), residuals_(std::move(residuals)) {
  if (runs_.empty()) return;
  double whole = prior_.smooth * prior_.smooth + prior_.noise * prior_.noise;
  for (const double named : prior_.named) whole += named * named;
  const double limit = 4 * std::sqrt(whole);
  const double centre = Median(residuals_);
  for (double& residual : residuals_)
    residual = std::clamp(residual, centre - limit, centre + limit);

  const auto n = static_cast<Eigen::Index>(runs_.size());
  Eigen::MatrixXd covariance(n, n);
  for (Eigen::Index i = 0; i < n; ++i) {
    for (Eigen::Index j = 0; j <= i; ++j) {
      covariance(i, j) = covariance(j, i) =
          Covariance(runs_[static_cast<std::size_t>(i)], runs_[static_cast<std::size_t>(j)]);
    }
    covariance(i, i) += prior_.noise * prior_.noise;
  }
  const Eigen::LLT<Eigen::MatrixXd> factor(covariance);
  const Eigen::Map<const Eigen::VectorXd> seen(residuals_.data(), n);
  const Eigen::VectorXd weights = factor.solve(seen);
  const Eigen::MatrixXd inverse = factor.solve(Eigen::MatrixXd::Identity(n, n));
  weights_.assign(weights.begin(), weights.end());
  inverse_.assign(inverse.data(), inverse.data() + inverse.size());
  const double log_determinant = 2 * factor.matrixLLT().diagonal().array().log().sum();
  evidence_ = -0.5 *
              (seen.dot(weights) + log_determinant +
               static_cast<double>(n) * std::log(2 * std::numbers::pi)) /
              static_cast<double>(n);
}

Correction ResidualModel::At(const Likeness& run) const {
  const double own = Covariance(run, run) + prior_.noise * prior_.noise;
  if (runs_.empty()) return {.log_factor = 0, .deviation = std::sqrt(own)};
  const auto n = static_cast<Eigen::Index>(runs_.size());
  Eigen::VectorXd across(n);
  for (Eigen::Index i = 0; i < n; ++i)
    across[i] = Covariance(run, runs_[static_cast<std::size_t>(i)]);
  const Eigen::Map<const Eigen::VectorXd> weights(weights_.data(), n);
  const Eigen::Map<const Eigen::MatrixXd> inverse(inverse_.data(), n, n);
  const double explained = across.dot(inverse * across);
  return {.log_factor = across.dot(weights),
          .deviation = std::sqrt(std::max(own - explained, prior_.noise * prior_.noise))};
}

std::vector<double> ResidualModel::LeftOutScores() const {
  std::vector<double> scores;
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    const double precision = inverse_[i * runs_.size() + i];
    scores.push_back(weights_[i] / std::sqrt(precision));
  }
  return scores;
}

double ResidualModel::Covariance(const Likeness& a, const Likeness& b) const {
  double squared = 0;
  for (std::size_t i = 0; i < a.coordinates.size(); ++i) {
    const double apart = a.coordinates[i] - b.coordinates[i];
    squared += apart * apart;
  }
  // The length of likeness is where exp(-d²·ln 2) has fallen to one half.
  double covariance = prior_.smooth * prior_.smooth * std::exp(-squared * std::numbers::ln2);
  for (std::size_t level = 0; level < prior_.named.size(); ++level) {
    if (level >= a.names.size() || level >= b.names.size()) break;
    if (a.names[level] != b.names[level]) break;
    covariance += prior_.named[level] * prior_.named[level];
  }
  return covariance;
}

}  // namespace epochcost::estimate
