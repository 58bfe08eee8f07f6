#include "forecast/arima/exact_filter.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

namespace epochcost::arima {
namespace {

using Row = Eigen::Map<Eigen::ArrayXd>;
using ConstRow = Eigen::Map<const Eigen::ArrayXd>;

// A change of the state this small moves the innovations' variances by its square.
constexpr double kSettled = 1e-8;
// How far below its limit σ² rounding may carry an innovation's variance.
constexpr double kRounding = 1e-7;
constexpr std::size_t kLookEvery = 8;

Row At(std::vector<double>& values, std::size_t from, std::size_t count) {
  return Row{values.data() + from, static_cast<Eigen::Index>(count)};
}
ConstRow At(std::span<const double> values, std::size_t from, std::size_t count) {
  return ConstRow{values.data() + from, static_cast<Eigen::Index>(count)};
}

}  // namespace

// One step of the recursion P(t+1) = P(t) − change·change'/variance. False where rounding has eaten
// the variance.
bool ExactFilter::StepCovariance() {
  const std::size_t width = phi_.size();
  const double head = change_[0];
  const double ratio = head / variance_;
  const double next = variance_ - head * ratio;
  if (!(next > 1 - kRounding)) return false;
  At(shifted_, 0, width) = At(std::span<const double>(phi_), 0, width) * head;
  if (width > 1) At(shifted_, 0, width - 1) += At(std::span<const double>(change_), 1, width - 1);
  At(change_, 0, width) = At(std::span<const double>(shifted_), 0, width) -
                          At(std::span<const double>(gain_), 0, width) * ratio;
  At(gain_, 0, width) -= At(std::span<const double>(shifted_), 0, width) * ratio;
  variance_ = next;
  return true;
}

bool ExactFilter::Run(const Arma& arma, std::span<const std::vector<double>> columns) {
  arma_ = arma;
  const auto width = static_cast<std::size_t>(arma.Width());
  count_ = columns.empty() ? 0 : columns.front().size();
  const std::vector<double> first = StationaryColumn(arma);
  if (first.empty() || !(first[0] >= 1 - kRounding) || !std::isfinite(first[0])) return false;
  phi_.assign(width, 0.0);
  for (const Term& term : arma.ar) phi_[static_cast<std::size_t>(term.lag - 1)] = term.coefficient;
  variance_ = first[0];
  gain_.assign(width, 0.0);
  for (std::size_t i = 0; i < width; ++i) {
    gain_[i] = phi_[i] * first[0] + (i + 1 < width ? first[i + 1] : 0.0);
  }
  change_ = gain_;
  shifted_.assign(width, 0.0);
  innovations_.resize(columns.size());
  base_.assign(columns.size(), std::vector<double>(width, 0.0));
  for (auto& innovations : innovations_) innovations.resize(count_);

  std::size_t t = 0;
  double product = 1;
  sum_log_variance_ = 0;
  variances_.clear();
  for (; t < count_; ++t) {
    if (t % kLookEvery == 0 &&
        At(std::span<const double>(change_), 0, width).abs().maxCoeff() < kSettled) {
      break;
    }
    variances_.push_back(variance_);
    const double root = std::sqrt(variance_);
    for (std::size_t c = 0; c < columns.size(); ++c) {
      std::vector<double>& state = base_[c];
      const double head = state[0];
      const double innovation = columns[c][t] - head;
      innovations_[c][t] = innovation / root;
      const double step = innovation / variance_;
      if (width > 1) std::copy(state.begin() + 1, state.end(), state.begin());
      state.back() = 0;
      At(state, 0, width) += At(std::span<const double>(phi_), 0, width) * head +
                             At(std::span<const double>(gain_), 0, width) * step;
    }
    product *= variance_;
    if (product > 1e200) {
      sum_log_variance_ += std::log(product);
      product = 1;
    }
    if (!StepCovariance()) return false;
  }
  sum_log_variance_ += std::log(product);
  settled_from_ = t;
  tail_.resize(columns.size());
  for (std::size_t c = 0; c < columns.size(); ++c) {
    tail_[c].assign(columns[c].begin() + static_cast<std::ptrdiff_t>(t), columns[c].end());
    Settled(arma, columns[c], t, base_[c], innovations_[c]);
  }
  return true;
}

// The ARMA recursion from `from` on: what was known then (`base`) and what has come since.
void ExactFilter::Settled(const Arma& arma, std::span<const double> values, std::size_t from,
                          std::span<const double> base, std::vector<double>& innovations) const {
  if (from >= values.size()) return;
  const std::size_t count = values.size() - from;
  At(innovations, from, count) = At(values, from, count);
  const std::size_t known = std::min(base.size(), count);
  At(innovations, from, known) -= At(base, 0, known);
  for (const Term& term : arma.ar) {
    const auto lag = static_cast<std::size_t>(term.lag);
    if (lag < count) {
      At(innovations, from + lag, count - lag) -= At(values, from, count - lag) * term.coefficient;
    }
  }
  if (arma.ma.empty()) return;
  double* const now = innovations.data() + from;
  const auto longest = std::min(static_cast<std::size_t>(arma.ma_degree), count);
  for (std::size_t t = 0; t < longest; ++t) {
    for (const Term& term : arma.ma) {
      const auto lag = static_cast<std::size_t>(term.lag);
      if (lag <= t) now[t] -= term.coefficient * now[t - lag];
    }
  }
  if (arma.ma.size() == 1) {
    const double theta = arma.ma[0].coefficient;
    const auto lag = static_cast<std::size_t>(arma.ma[0].lag);
    for (std::size_t t = longest; t < count; ++t) now[t] -= theta * now[t - lag];
    return;
  }
  for (std::size_t t = longest; t < count; ++t) {
    double value = now[t];
    for (const Term& term : arma.ma) {
      value -= term.coefficient * now[t - static_cast<std::size_t>(term.lag)];
    }
    now[t] = value;
  }
}

std::vector<double> ExactFilter::State(std::size_t column) const {
  const std::size_t width = phi_.size();
  const std::size_t count = count_ - settled_from_;
  std::vector<double> state(width, 0.0);
  for (std::size_t i = 0; i < width; ++i) {
    if (count + i < width) state[i] = base_[column][count + i];
    // What lies `lag` before step i of the future and after the filter settled.
    const auto add = [&](const Term& term, std::span<const double> past) {
      const auto lag = static_cast<std::size_t>(term.lag);
      if (lag > i && lag - i <= count) state[i] += term.coefficient * past[count + i - lag];
    };
    const std::span<const double> innovations =
        std::span(innovations_[column]).subspan(settled_from_);
    for (const Term& term : arma_.ar) add(term, tail_[column]);
    for (const Term& term : arma_.ma) add(term, innovations);
  }
  return state;
}

std::vector<std::vector<double>> ExactFilter::Uncertain() const {
  // P(n+1) is what it settles to, σ²·RR', plus every change still to come.
  constexpr int kMost = 400;
  std::vector<std::vector<double>> columns;
  if (settled_from_ < count_) return columns;
  ExactFilter later = *this;
  for (int i = 0; i < kMost; ++i) {
    const ConstRow change = At(std::span<const double>(later.change_), 0, phi_.size());
    if (change.abs().maxCoeff() < 1e-6) break;
    std::vector<double> column = later.change_;
    At(column, 0, column.size()) /= std::sqrt(later.variance_);
    columns.push_back(std::move(column));
    if (!later.StepCovariance()) break;
  }
  return columns;
}

}  // namespace epochcost::arima
