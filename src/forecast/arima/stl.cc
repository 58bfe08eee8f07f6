#include "forecast/arima/stl.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace epochcost::arima {
namespace {

struct Window {
  int length;
  bool line;  // a straight line is fitted, else a level
  int Jump() const { return (length + 9) / 10; }
};

int NextOdd(double value) {
  const int whole = static_cast<int>(std::ceil(value));
  return whole % 2 == 0 ? whole + 1 : whole;
}

// The local regression at place `at` (1 … n, or one beyond) over values left … right.
double Local(std::span<const double> y, const Window& window, double at, int left, int right) {
  const int n = static_cast<int>(y.size());
  double reach = std::max(at - left, right - at);
  // Of whole points, as the published procedure has it.
  const int beyond = (window.length - n) / 2;
  if (window.length > n) reach += beyond;
  double sum = 0;
  double weighted_place = 0;
  std::vector<double> weights(static_cast<std::size_t>(right - left + 1), 0.0);
  for (int j = left; j <= right; ++j) {
    const double distance = std::abs(j - at);
    if (distance > 0.999 * reach) continue;
    const double cube = std::pow(distance / reach, 3);
    const double weight = distance <= 0.001 * reach ? 1.0 : std::pow(1 - cube, 3);
    weights[static_cast<std::size_t>(j - left)] = weight;
    sum += weight;
    weighted_place += weight * j;
  }
  if (!(sum > 0)) return y[static_cast<std::size_t>(std::clamp(static_cast<int>(at), 1, n) - 1)];
  const double centre = weighted_place / sum;
  double slope = 0;
  if (window.line && reach > 0) {
    double spread = 0;
    for (int j = left; j <= right; ++j) {
      spread += weights[static_cast<std::size_t>(j - left)] / sum * (j - centre) * (j - centre);
    }
    if (std::sqrt(spread) > 0.001 * (n - 1)) slope = (at - centre) / spread;
  }
  double value = 0;
  for (int j = left; j <= right; ++j) {
    value += weights[static_cast<std::size_t>(j - left)] / sum * (1 + slope * (j - centre)) *
             y[static_cast<std::size_t>(j - 1)];
  }
  return value;
}

// The smoothed values; between every Jump()-th they are interpolated.
std::vector<double> Smooth(std::span<const double> y, const Window& window) {
  const int n = static_cast<int>(y.size());
  std::vector<double> out(y.begin(), y.end());
  if (n < 2) return out;
  const int jump = std::min(window.Jump(), n - 1);
  const int half = (window.length + 1) / 2;
  const auto fit = [&](int i) {
    int left = 1;
    int right = n;
    if (window.length < n) {
      left = std::clamp(i - half + 1, 1, n - window.length + 1);
      right = left + window.length - 1;
    }
    out[static_cast<std::size_t>(i - 1)] = Local(y, window, i, left, right);
  };
  int last = 1;
  fit(1);
  while (last < n) {
    const int next = std::min(last + jump, n);
    fit(next);
    const double from = out[static_cast<std::size_t>(last - 1)];
    const double to = out[static_cast<std::size_t>(next - 1)];
    for (int i = last + 1; i < next; ++i) {
      out[static_cast<std::size_t>(i - 1)] = from + (to - from) * (i - last) / (next - last);
    }
    last = next;
  }
  return out;
}

std::vector<double> MovingMean(std::span<const double> values, std::size_t length) {
  std::vector<double> out(values.size() - length + 1);
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    sum += values[i];
    if (i >= length) sum -= values[i - length];
    if (i + 1 >= length) out[i + 1 - length] = sum / static_cast<double>(length);
  }
  return out;
}

// Each phase of the period smoothed by itself and carried one period beyond both ends.
std::vector<double> SmoothPhases(std::span<const double> values, int period, const Window& window) {
  const auto step = static_cast<std::size_t>(period);
  std::vector<double> out(values.size() + 2 * step);
  for (std::size_t phase = 0; phase < step; ++phase) {
    std::vector<double> own;
    for (std::size_t t = phase; t < values.size(); t += step) own.push_back(values[t]);
    const int k = static_cast<int>(own.size());
    const std::vector<double> smooth = Smooth(own, window);
    out[phase] = Local(own, window, 0, 1, std::min(window.length, k));
    for (std::size_t i = 0; i < smooth.size(); ++i) out[phase + (i + 1) * step] = smooth[i];
    out[phase + (smooth.size() + 1) * step] =
        Local(own, window, k + 1, std::max(1, k - window.length + 1), k);
  }
  return out;
}

}  // namespace

Decomposition Decompose(std::span<const double> values, int period) {
  const std::size_t n = values.size();
  const auto step = static_cast<std::size_t>(period);
  const Window seasonal{11, false};
  const Window low_pass{NextOdd(period), true};
  const Window trend{NextOdd(1.5 * period / (1 - 1.5 / seasonal.length)), true};
  Decomposition parts;
  parts.trend.assign(n, 0.0);
  parts.season.assign(n, 0.0);
  for (int pass = 0; pass < 2; ++pass) {
    std::vector<double> rest(values.begin(), values.end());
    for (std::size_t t = 0; t < n; ++t) rest[t] -= parts.trend[t];
    const std::vector<double> phases = SmoothPhases(rest, period, seasonal);
    const std::vector<double> low =
        Smooth(MovingMean(MovingMean(MovingMean(phases, step), step), 3), low_pass);
    for (std::size_t t = 0; t < n; ++t) {
      parts.season[t] = phases[t + step] - low[t];
      rest[t] = values[t] - parts.season[t];
    }
    parts.trend = Smooth(rest, trend);
  }
  parts.remainder.resize(n);
  for (std::size_t t = 0; t < n; ++t) {
    parts.remainder[t] = values[t] - parts.season[t] - parts.trend[t];
  }
  return parts;
}

}  // namespace epochcost::arima
