#include "forecast/arima/unit_root.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <vector>

#include "forecast/arima/difference.h"
#include "forecast/arima/stl.h"

namespace epochcost::arima {
namespace {

constexpr double kCriticalLevel = 0.463;  // 5 %, KPSS table 1
constexpr double kStrongSeason = 0.64;    // minimises the error of ARIMA on the M3 competition

double Variance(std::span<const double> values) {
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return sum / (n - 1);
}

}  // namespace

double KpssStatistic(std::span<const double> values) {
  const std::size_t n = values.size();
  if (n < 2 || IsConstant(values)) return std::numeric_limits<double>::quiet_NaN();
  const auto count = static_cast<double>(n);
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  std::vector<double> rest(values.begin(), values.end());
  for (double& value : rest) value -= mean;
  double partial = 0;
  double numerator = 0;
  double variance = 0;
  for (const double value : rest) {
    partial += value;
    numerator += partial * partial;
    variance += value * value;
  }
  const auto lags = static_cast<std::size_t>(3 * std::sqrt(count) / 13);
  for (std::size_t lag = 1; lag <= lags; ++lag) {
    double sum = 0;
    for (std::size_t t = lag; t < n; ++t) sum += rest[t] * rest[t - lag];
    variance += 2 * (1 - static_cast<double>(lag) / static_cast<double>(lags + 1)) * sum;
  }
  return numerator / count / variance;
}

int Differences(std::span<const double> values, int max_d) {
  std::vector<double> rest(values.begin(), values.end());
  int d = 0;
  while (d < max_d && KpssStatistic(rest) > kCriticalLevel) {
    rest = Difference(rest, 1);
    ++d;
  }
  return d;
}

double SeasonalStrength(std::span<const double> values, int period) {
  if (period < 2 || values.size() <= 2 * static_cast<std::size_t>(period)) return 0;
  const Decomposition parts = Decompose(values, period);
  std::vector<double> detrended = parts.remainder;
  for (std::size_t t = 0; t < detrended.size(); ++t) detrended[t] += parts.season[t];
  const double whole = Variance(detrended);
  return whole > 0 ? std::clamp(1 - Variance(parts.remainder) / whole, 0.0, 1.0) : 0.0;
}

int SeasonalDifferences(std::span<const double> values, int period, int max_d) {
  std::vector<double> rest(values.begin(), values.end());
  int d = 0;
  while (d < max_d && !IsConstant(rest) && SeasonalStrength(rest, period) > kStrongSeason) {
    rest = Difference(rest, period);
    ++d;
  }
  return d;
}

}  // namespace epochcost::arima
