#include "forecast/arima/fit.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace epochcost::arima {
namespace {

using Vector = Eigen::VectorXd;
using Matrix = Eigen::MatrixXd;
using View = Eigen::Map<const Eigen::VectorXd>;

constexpr int kMostSteps = 40;

View See(std::span<const double> values) {
  return View{values.data(), static_cast<Eigen::Index>(values.size())};
}

// The largest partial autocorrelation of the four polynomials; 1 outside of the allowed region.
double Largest(const Coefficients& c) {
  double largest = 0;
  const auto look = [&largest](const std::vector<double>& group) {
    const std::vector<double> partial = ToPartial(group);
    if (partial.empty() && !group.empty()) largest = 1;
    for (const double k : partial) largest = std::max(largest, std::abs(k));
  };
  look(c.ar);
  look(Negated(c.ma));
  look(c.seasonal_ar);
  look(Negated(c.seasonal_ma));
  return largest;
}

// Draws the roots outwards until the coefficients are allowed.
void Pacify(std::vector<double>& c, bool is_ma) {
  for (int i = 0; i < 60 && !IsStationary(is_ma ? Negated(c) : c, 0.99); ++i) {
    double shrink = 1;
    for (double& value : c) value *= (shrink *= 0.95);
  }
}

// Least squares by normal equations with a little on the diagonal, so that a column that says
// nothing gets nothing.
Vector Solve(Matrix normal, const Vector& right, double damping) {
  const double trace = normal.trace();
  for (Eigen::Index i = 0; i < normal.rows(); ++i) {
    normal(i, i) += damping * normal(i, i) + 1e-14 * trace + 1e-300;
  }
  return normal.ldlt().solve(right);
}

// values / (1 + sign·Σ c_i B^{i·step}) with zeros before and `pad` zeros in front of the result.
std::vector<double> Inverse(std::span<const double> values, std::span<const double> c, int step,
                            double sign, std::size_t pad) {
  std::vector<double> out(pad + values.size(), 0.0);
  double* const at = out.data() + pad;
  const auto stride = static_cast<std::size_t>(step);
  const std::size_t longest = std::min(values.size(), stride * c.size());
  for (std::size_t t = 0; t < values.size(); ++t) {
    double value = values[t];
    for (std::size_t i = 0; i < c.size(); ++i) {
      const std::size_t lag = (i + 1) * stride;
      if (t >= longest || t >= lag) value -= sign * c[i] * at[t - lag];
    }
    at[t] = value;
  }
  return out;
}

}  // namespace

double Fitter::Value(const Estimate& estimate) const {
  return estimate.log_likelihood / static_cast<double>(columns_.front().size());
}

std::optional<Estimate> Fitter::Evaluate(const Coefficients& coefficients) {
  if (!Allowed(coefficients)) return std::nullopt;
  if (!filter_.Run(Expand(coefficients, period_), columns_)) return std::nullopt;
  std::vector<const std::vector<double>*> innovations;
  for (std::size_t i = 0; i < columns_.size(); ++i) innovations.push_back(&filter_.Innovations(i));
  return Profile(coefficients, innovations, filter_.SumLogVariance());
}

Coefficients Fitter::ConditionalStart(const Order& order) const {
  const std::vector<double>& w = columns_.front();
  const std::size_t n = w.size();
  const auto p = static_cast<std::size_t>(order.p);
  const auto q = static_cast<std::size_t>(order.q);
  const auto seasonal_p = static_cast<std::size_t>(order.seasonal_p);
  const auto seasonal_q = static_cast<std::size_t>(order.seasonal_q);
  const auto m = static_cast<std::size_t>(order.period);
  Coefficients start{.ar = std::vector<double>(p, 0.0),
                     .ma = std::vector<double>(q, 0.0),
                     .seasonal_ar = std::vector<double>(seasonal_p, 0.0),
                     .seasonal_ma = std::vector<double>(seasonal_q, 0.0)};
  const std::size_t pad = std::max({p, q, seasonal_p * m, seasonal_q * m, std::size_t{1}});
  const auto count = static_cast<Eigen::Index>(p + q + seasonal_p + seasonal_q);
  if (count == 0 || n < pad + 2 * static_cast<std::size_t>(count) + 2) return start;

  // Innovations of a long autoregression, by Levinson's recursion.
  const double mean = columns_.size() > 1 ? See(w).mean() : 0.0;
  std::vector<double> centred(pad + n, 0.0);
  for (std::size_t t = 0; t < n; ++t) centred[pad + t] = w[t] - mean;
  const std::span<const double> x = std::span(centred).subspan(pad);
  const std::size_t length = std::min({n / 4, std::size_t{8} + 2 * (p + q), std::size_t{40}});
  std::vector<double> gamma(length + 1);
  for (std::size_t k = 0; k <= length; ++k) gamma[k] = See(x.subspan(k)).dot(See(x.first(n - k)));
  if (!(gamma[0] > 0)) return start;
  std::vector<double> partial;
  std::vector<double> predictor;
  double variance = gamma[0];
  for (std::size_t k = 1; k <= length && variance > 1e-12 * gamma[0]; ++k) {
    double rest = gamma[k];
    for (std::size_t i = 0; i + 1 < k; ++i) rest -= predictor[i] * gamma[k - 1 - i];
    partial.push_back(std::clamp(rest / variance, -0.9999, 0.9999));
    variance *= 1 - partial.back() * partial.back();
    predictor = FromPartial(partial);
  }
  std::vector<double> noise(pad + n, 0.0);
  for (std::size_t t = 0; t < n; ++t) {
    double value = x[t];
    for (std::size_t i = 0; i < predictor.size() && i < t; ++i)
      value -= predictor[i] * x[t - 1 - i];
    noise[pad + t] = value;
  }

  // Regress on lags of both; what precedes the series counts as zero.
  std::vector<View> lagged;
  const auto add = [&](const std::vector<double>& values, std::size_t lag) {
    lagged.push_back(See(std::span(values).subspan(pad - lag, n)));
  };
  for (std::size_t i = 1; i <= p; ++i) add(centred, i);
  for (std::size_t i = 1; i <= q; ++i) add(noise, i);
  for (std::size_t i = 1; i <= seasonal_p; ++i) add(centred, i * m);
  for (std::size_t i = 1; i <= seasonal_q; ++i) add(noise, i * m);
  Matrix normal(count, count);
  Vector right(count);
  for (Eigen::Index i = 0; i < count; ++i) {
    right[i] = lagged[static_cast<std::size_t>(i)].dot(See(x));
    for (Eigen::Index j = 0; j <= i; ++j) {
      normal(i, j) = normal(j, i) =
          lagged[static_cast<std::size_t>(i)].dot(lagged[static_cast<std::size_t>(j)]);
    }
  }
  const Vector solved = Solve(normal, right, 1e-4);
  Eigen::Index next = 0;
  for (std::vector<double>* group : Groups(start)) {
    for (double& value : *group) value = std::isfinite(solved[next]) ? solved[next] : 0.0, ++next;
  }
  Pacify(start.ar, false);
  Pacify(start.ma, true);
  Pacify(start.seasonal_ar, false);
  Pacify(start.seasonal_ma, true);
  return start;
}

std::optional<Estimate> Fitter::Climb(const Order& order,
                                      const std::optional<Coefficients>& start) {
  std::optional<Estimate> best = Evaluate(start ? *start : ConditionalStart(order));
  if (!best && start) best = Evaluate(ConditionalStart(order));
  if (!best) {
    Coefficients zero{std::vector<double>(static_cast<std::size_t>(order.p), 0.0),
                      std::vector<double>(static_cast<std::size_t>(order.q), 0.0),
                      std::vector<double>(static_cast<std::size_t>(order.seasonal_p), 0.0),
                      std::vector<double>(static_cast<std::size_t>(order.seasonal_q), 0.0)};
    best = Evaluate(zero);
  }
  const int parameters = order.p + order.q + order.seasonal_p + order.seasonal_q;
  if (!best || parameters == 0) return best;
  const std::size_t n = columns_.front().size();
  const std::size_t pad = static_cast<std::size_t>(std::max(
      {order.p, order.q, order.seasonal_p * order.period, order.seasonal_q * order.period}));
  const std::size_t regressors = columns_.size() - 1;
  double damping = 1e-3;
  for (int step = 0; step < kMostSteps; ++step) {
    const Coefficients& c = best->coefficients;
    const std::array<std::vector<double>, 4> sources = {
        Inverse(best->innovations, c.ar, 1, -1.0, pad),
        Inverse(best->innovations, c.ma, 1, 1.0, pad),
        Inverse(best->innovations, c.seasonal_ar, period_, -1.0, pad),
        Inverse(best->innovations, c.seasonal_ma, period_, 1.0, pad)};
    std::vector<View> slopes;
    for (std::size_t group = 0; group < 4; ++group) {
      const std::size_t stride = group < 2 ? 1 : static_cast<std::size_t>(period_);
      for (std::size_t i = 1; i <= Groups(c)[group]->size(); ++i) {
        slopes.push_back(See(std::span(sources[group]).subspan(pad - i * stride, n)));
      }
    }
    // What was evaluated last is the best: a step ends with the first attempt that is accepted.
    for (std::size_t i = 0; i < regressors; ++i) slopes.push_back(See(filter_.Innovations(i + 1)));
    const auto size = static_cast<Eigen::Index>(slopes.size());
    Matrix normal(size, size);
    Vector right(size);
    for (Eigen::Index i = 0; i < size; ++i) {
      const View& slope = slopes[static_cast<std::size_t>(i)];
      right[i] = slope.dot(See(best->innovations));
      for (Eigen::Index j = 0; j <= i; ++j) {
        normal(i, j) = normal(j, i) = slope.dot(slopes[static_cast<std::size_t>(j)]);
      }
    }
    // The border is approached in steps: a first long stride to it ends on a lower top.
    const double limit = std::max(1 - std::pow(0.1, step + 1), 1 - 0.1 * (1 - Largest(c)));
    bool improved = false;
    double gain = 0;
    for (int attempt = 0; attempt < 8 && !improved; ++attempt) {
      const Vector move = Solve(normal, right, damping);
      Coefficients next = c;
      Eigen::Index at = 0;
      for (std::vector<double>* group : Groups(next)) {
        for (double& value : *group) value += move[at++];
      }
      std::optional<Estimate> tried;
      if (Largest(next) < limit) tried = Evaluate(next);
      if (tried && tried->log_likelihood > best->log_likelihood) {
        gain = Value(*tried) - Value(*best);
        best = std::move(tried);
        damping = std::max(damping * 0.1, 1e-9);
        improved = true;
      } else {
        damping = std::max(damping * 10, 1e-4);
      }
    }
    if (!improved || gain < enough_) break;
  }
  return best;
}

}  // namespace epochcost::arima
