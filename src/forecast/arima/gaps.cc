#include "forecast/arima/gaps.h"

#include <Eigen/Core>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

#include "forecast/arima/difference.h"

namespace epochcost::arima {
namespace {

// A variance below this is rounding, in units of the innovations' variance.
constexpr double kNothing = 1e-9;

using Square = Eigen::Map<Eigen::MatrixXd>;

Square See(std::vector<double>& values, std::size_t size) {
  const auto n = static_cast<Eigen::Index>(size);
  return Square{values.data(), n, n};
}

}  // namespace

GapFilter::GapFilter(const std::vector<std::vector<double>>& columns, const Order& order)
    : columns_(columns), order_(order), undoing_(Undoing(order)) {}

double GapFilter::Observe(const double* state) const {
  double value = state[0];
  for (const Term& term : undoing_) {
    value += term.coefficient * state[width_ + static_cast<std::size_t>(term.lag) - 1];
  }
  return value;
}

// The transition: ARMA states move up, levels move down, the newest level is what was there.
void GapFilter::Advance(double* state) const {
  const double head = state[0];
  const double level = Observe(state);
  std::copy(state + 1, state + width_, state);
  state[width_ - 1] = 0;
  for (const Term& term : arma_.ar) {
    state[static_cast<std::size_t>(term.lag - 1)] += term.coefficient * head;
  }
  if (whole_ > width_) {
    std::copy_backward(state + width_, state + whole_ - 1, state + whole_);
    state[width_] = level;
  }
}

void GapFilter::AdvanceVariance(std::vector<double>& variance) const {
  for (int side = 0; side < 2; ++side) {
    for (std::size_t c = 0; c < whole_; ++c) Advance(variance.data() + c * whole_);
    See(variance, whole_).transposeInPlace();
  }
}

// The stationary block, filled from its first column towards both ends of the diagonal.
std::vector<double> GapFilter::StationaryVariance() const {
  const std::vector<double> first = StationaryColumn(arma_);
  std::vector<double> variance(whole_ * whole_, 0.0);
  if (first.empty()) return {};
  std::vector<double> phi(width_ + 1, 0.0);
  std::vector<double> theta(width_ + 1, 0.0);
  theta[0] = 1;
  for (const Term& term : arma_.ar) phi[static_cast<std::size_t>(term.lag - 1)] = term.coefficient;
  for (const Term& term : arma_.ma) theta[static_cast<std::size_t>(term.lag)] = term.coefficient;
  const auto at = [&](std::size_t i, std::size_t j) -> double& { return variance[i * whole_ + j]; };
  const auto head = [&](std::size_t i) { return i < width_ ? first[i] : 0.0; };
  for (std::size_t i = width_; i-- > 0;) {
    for (std::size_t j = width_; j-- > 0;) {
      const double below = i + 1 < width_ && j + 1 < width_ ? at(i + 1, j + 1) : 0.0;
      at(i, j) = phi[i] * phi[j] * first[0] + phi[i] * head(j + 1) + phi[j] * head(i + 1) + below +
                 theta[i] * theta[j];
    }
  }
  return variance;
}

std::optional<Estimate> GapFilter::Evaluate(const Coefficients& coefficients) {
  if (!Allowed(coefficients)) return std::nullopt;
  arma_ = Expand(coefficients, order_.period);
  width_ = static_cast<std::size_t>(arma_.Width());
  whole_ = width_ + static_cast<std::size_t>(order_.Lost());
  const auto size = static_cast<Eigen::Index>(whole_);
  std::vector<double> known = StationaryVariance();
  if (known.empty()) return std::nullopt;
  std::vector<double> diffuse(whole_ * whole_, 0.0);
  for (std::size_t i = width_; i < whole_; ++i) diffuse[i * whole_ + i] = 1;
  bool is_diffuse = whole_ > width_;

  Eigen::VectorXd observe = Eigen::VectorXd::Zero(size);
  observe[0] = 1;
  for (const Term& term : undoing_) {
    observe[static_cast<Eigen::Index>(width_) + term.lag - 1] = term.coefficient;
  }
  Eigen::VectorXd noise = Eigen::VectorXd::Zero(size);
  noise[0] = 1;
  for (const Term& term : arma_.ma) noise[term.lag] = term.coefficient;

  const std::size_t n = columns_.front().size();
  states_.assign(columns_.size(), std::vector<double>(whole_, 0.0));
  std::vector<std::vector<double>> innovations(columns_.size());
  std::vector<std::size_t> when;
  double sum_log = 0;
  const auto correct = [&](std::size_t t, const Eigen::VectorXd& gain, double divisor, bool keep) {
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      const double miss = columns_[c][t] - Observe(states_[c].data());
      Eigen::Map<Eigen::VectorXd>(states_[c].data(), size) += gain * (miss / divisor);
      if (keep) innovations[c].push_back(miss / std::sqrt(divisor));
    }
  };
  for (std::size_t t = 0; t < n; ++t) {
    Square star = See(known, whole_);
    if (!std::isnan(columns_[0][t])) {
      const Eigen::VectorXd to_star = star * observe;
      const double star_variance = observe.dot(to_star);
      double diffuse_variance = 0;
      Eigen::VectorXd to_diffuse;
      if (is_diffuse) {
        to_diffuse = See(diffuse, whole_) * observe;
        diffuse_variance = observe.dot(to_diffuse);
      }
      if (diffuse_variance > kNothing) {
        correct(t, to_diffuse, diffuse_variance, false);
        const Eigen::VectorXd gain = to_diffuse / diffuse_variance;
        star += star_variance * gain * gain.transpose() - gain * to_star.transpose() -
                to_star * gain.transpose();
        See(diffuse, whole_) -= diffuse_variance * gain * gain.transpose();
      } else if (star_variance > kNothing) {
        correct(t, to_star, star_variance, true);
        when.push_back(t);
        sum_log += std::log(star_variance);
        star -= to_star * to_star.transpose() / star_variance;
      } else {
        return std::nullopt;
      }
    }
    if (is_diffuse) is_diffuse = See(diffuse, whole_).diagonal().maxCoeff() > kNothing;
    if (t + 1 == n) variance_ = known;
    for (std::vector<double>& state : states_) Advance(state.data());
    AdvanceVariance(known);
    See(known, whole_) += noise * noise.transpose();
    if (is_diffuse) AdvanceVariance(diffuse);
  }
  if (is_diffuse || when.size() < columns_.size()) return std::nullopt;

  std::vector<const std::vector<double>*> pointers;
  for (const std::vector<double>& column : innovations) pointers.push_back(&column);
  std::optional<Estimate> estimate = Profile(coefficients, pointers, sum_log);
  if (!estimate) return std::nullopt;
  std::vector<double> spread(n, std::numeric_limits<double>::quiet_NaN());
  for (std::size_t i = 0; i < when.size(); ++i) spread[when[i]] = estimate->innovations[i];
  estimate->innovations = std::move(spread);
  return estimate;
}

Fitted::State GapFilter::State(std::span<const double> beta) const {
  std::vector<double> state = states_[0];
  for (std::size_t c = 1; c < states_.size(); ++c) {
    for (std::size_t i = 0; i < whole_; ++i) state[i] -= beta[c - 1] * states_[c][i];
  }
  Fitted::State result;
  const auto split = state.begin() + static_cast<std::ptrdiff_t>(width_);
  result.arma.assign(state.begin(), split);
  result.levels.assign(split, state.end());
  std::vector<double> variance = variance_;
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> parts(See(variance, whole_));
  for (Eigen::Index i = 0; i < parts.eigenvalues().size(); ++i) {
    const double value = parts.eigenvalues()[i];
    if (!(value > kNothing)) continue;
    const Eigen::VectorXd direction = parts.eigenvectors().col(i) * std::sqrt(value);
    std::vector<double> column(direction.begin(), direction.end());
    Advance(column.data());
    result.uncertain.push_back(std::move(column));
  }
  return result;
}

}  // namespace epochcost::arima
