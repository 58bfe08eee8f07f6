#pragma once
// A series and its regressors made ready for fitting.

#include <cstddef>
#include <span>
#include <vector>

#include "forecast/arima/auto_arima.h"
#include "forecast/arima/order.h"

namespace epochcost::arima {

// From the series' first value on, in units of its largest, so that neither enormous nor tiny costs
// leave the range in which the arithmetic is exact.
struct Prepared {
  std::size_t trimmed = 0;     // NaN before the first value
  double scale = 1;            // units of the series in one of `values`
  std::size_t valid = 0;       // values that are there
  std::vector<double> values;  // NaN in gaps
  std::vector<double> filled;  // gaps closed by straight lines
  std::vector<std::vector<double>> regressors;
  std::vector<double> regressor_scale;

  [[nodiscard]] bool HasGaps() const { return valid < values.size(); }
};

// Errors: no value at all, a value too large, a season or a column that cannot be.
[[nodiscard]] Result<Prepared> Prepare(std::span<const double> series, const Options& options);

// Which regressors still say something new when the order's differences are taken, beside a
// constant where the order may have one, and leave values to learn from.
[[nodiscard]] std::vector<bool> Informative(const Prepared& prepared, const Order& order);

// The filled series less its least-squares fit on the regressors: what the tests for differencing
// look at.
[[nodiscard]] std::vector<double> Unexplained(const Prepared& prepared);

}  // namespace epochcost::arima
