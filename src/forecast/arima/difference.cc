#include "forecast/arima/difference.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace epochcost::arima {

std::vector<double> Difference(std::span<const double> values, int lag) {
  const auto step = static_cast<std::size_t>(lag);
  std::vector<double> out;
  if (values.size() <= step) return out;
  out.reserve(values.size() - step);
  for (std::size_t t = step; t < values.size(); ++t) out.push_back(values[t] - values[t - step]);
  return out;
}

std::vector<double> Differenced(std::span<const double> values, const Order& order) {
  std::vector<double> out(values.begin(), values.end());
  for (int i = 0; i < order.seasonal_d; ++i) out = Difference(out, order.period);
  for (int i = 0; i < order.d; ++i) out = Difference(out, 1);
  return out;
}

std::vector<Term> Undoing(const Order& order) {
  std::vector<double> polynomial{1.0};
  const auto multiply = [&polynomial](int lag) {
    std::vector<double> product(polynomial.size() + static_cast<std::size_t>(lag), 0.0);
    for (std::size_t i = 0; i < polynomial.size(); ++i) {
      product[i] += polynomial[i];
      product[i + static_cast<std::size_t>(lag)] -= polynomial[i];
    }
    polynomial = std::move(product);
  };
  for (int i = 0; i < order.seasonal_d; ++i) multiply(order.period);
  for (int i = 0; i < order.d; ++i) multiply(1);
  std::vector<Term> terms;
  for (std::size_t lag = 1; lag < polynomial.size(); ++lag) {
    if (polynomial[lag] != 0) terms.push_back({static_cast<int>(lag), -polynomial[lag]});
  }
  return terms;
}

bool IsConstant(std::span<const double> values) {
  if (values.empty()) return true;
  double largest = 0;
  double spread = 0;
  for (const double value : values) {
    largest = std::max(largest, std::abs(value));
    spread = std::max(spread, std::abs(value - values.front()));
  }
  return spread <= 1e-10 * largest;
}

std::vector<double> Interpolated(std::span<const double> values) {
  std::vector<double> out(values.begin(), values.end());
  const std::size_t n = out.size();
  std::size_t last = n;  // the last value that is there; n: none yet
  for (std::size_t t = 0; t <= n; ++t) {
    if (t < n && std::isnan(out[t])) continue;
    const std::size_t from = last == n ? 0 : last + 1;
    for (std::size_t i = from; i < t; ++i) {
      if (last == n && t == n) return out;
      if (last == n) {
        out[i] = out[t];
      } else if (t == n) {
        out[i] = out[last];
      } else {
        const double share = static_cast<double>(i - last) / static_cast<double>(t - last);
        out[i] = out[last] + share * (out[t] - out[last]);
      }
    }
    if (t < n) last = t;
  }
  return out;
}

}  // namespace epochcost::arima
