#pragma once
// Differencing and its inverse: (1 − B)^d (1 − Bᵐ)^D.

#include <span>
#include <vector>

#include "forecast/arima/arma.h"
#include "forecast/arima/order.h"

namespace epochcost::arima {

// x_t − x_{t−lag}; shorter by lag, empty where nothing is left.
[[nodiscard]] std::vector<double> Difference(std::span<const double> values, int lag);

// All differences of the order, the seasonal ones first; shorter by order.Lost().
[[nodiscard]] std::vector<double> Differenced(std::span<const double> values, const Order& order);

// The δ of y_t = w_t + Σ δ_i y_{t−lag_i}, where w is y differenced.
[[nodiscard]] std::vector<Term> Undoing(const Order& order);

// True if the values do not differ by more than rounding does.
[[nodiscard]] bool IsConstant(std::span<const double> values);

// NaN replaced on the straight line between neighbours, and at the ends by the nearest value. At
// least one value must be there.
[[nodiscard]] std::vector<double> Interpolated(std::span<const double> values);

}  // namespace epochcost::arima
