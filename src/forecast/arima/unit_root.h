#pragma once
// How often a series must be differenced.

#include <span>

namespace epochcost::arima {

// The statistic of Kwiatkowski, Phillips, Schmidt and Shin (Journal of Econometrics 54, 1992)
// against a level, with Bartlett weights up to lag ⌊3√n / 13⌋. NaN for fewer than two values or a
// constant.
[[nodiscard]] double KpssStatistic(std::span<const double> values);

// Differences until the statistic falls below its 5 % critical value, 0.463; at most `max_d`.
[[nodiscard]] int Differences(std::span<const double> values, int max_d);

// How much of the detrended series its season explains: max(0, 1 − var(remainder) / var(season +
// remainder)) of an STL decomposition (Wang, Smith and Hyndman, Data Mining and Knowledge Discovery
// 13, 2006). 0 for fewer than two full seasons.
[[nodiscard]] double SeasonalStrength(std::span<const double> values, int period);

// Seasonal differences while the strength exceeds 0.64; at most `max_d`.
[[nodiscard]] int SeasonalDifferences(std::span<const double> values, int period, int max_d);

}  // namespace epochcost::arima
