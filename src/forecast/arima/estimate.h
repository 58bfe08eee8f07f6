#pragma once
// A point of the likelihood's surface, and its top.

#include <array>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "forecast/arima/arma.h"

namespace epochcost::arima {

struct Estimate {
  Coefficients coefficients;
  std::vector<double> beta;  // one a regressor, by generalised least squares
  double sigma2 = 0;
  double log_likelihood = -std::numeric_limits<double>::infinity();
  std::vector<double> innovations;  // over their standard deviation in units of σ; NaN in gaps
};

// Partial autocorrelations stay this far inside of the unit circle: on it the process has no
// variance, and a model so near is one difference more or less.
inline constexpr double kPartialLimit = 0.99999;

// The four polynomials' coefficients: ar, ma, seasonal ar, seasonal ma.
[[nodiscard]] std::array<std::vector<double>*, 4> Groups(Coefficients& c);
[[nodiscard]] std::array<const std::vector<double>*, 4> Groups(const Coefficients& c);

// Within the region of stationarity and invertibility.
[[nodiscard]] bool Allowed(const Coefficients& c);

// Generalised least squares on innovations: `columns[0]` is regressed on the others. Fills
// innovations (of columns[0], less what the others explain), beta, sigma2 and log_likelihood.
// `sum_log_variance` is Σ log of the innovations' variances in units of σ². NaN counts as absent.
// Nothing where the numbers are not finite.
[[nodiscard]] std::optional<Estimate> Profile(const Coefficients& coefficients,
                                              std::span<const std::vector<double>* const> columns,
                                              double sum_log_variance);

// The value of one point; nothing where it has none.
using Surface = std::function<std::optional<Estimate>(const Coefficients&)>;

// Moves the estimate to the surface's maximum to full accuracy, within the region of stationarity
// and invertibility. Never worse than what it is given.
[[nodiscard]] Estimate Polish(const Estimate& estimate, const Surface& surface);

}  // namespace epochcost::arima
