#pragma once
// The orders of a seasonal ARIMA model.

#include <string>

namespace epochcost::arima {

// ARIMA(p,d,q)(P,D,Q)m. `constant` is a mean where nothing is differenced, a drift where the series
// is differenced once, and is not allowed where it is differenced more often.
struct Order {
  int p = 0;
  int d = 0;
  int q = 0;
  int seasonal_p = 0;
  int seasonal_d = 0;
  int seasonal_q = 0;
  int period = 1;
  bool constant = false;

  // The observations at the start that differencing uses up.
  [[nodiscard]] int Lost() const { return d + seasonal_d * period; }
  // Estimated numbers: ARMA coefficients and the constant, without the innovations' variance.
  [[nodiscard]] int Parameters() const {
    return p + q + seasonal_p + seasonal_q + (constant ? 1 : 0);
  }
  friend bool operator==(const Order&, const Order&) = default;
};

// "ARIMA(2,1,1)(0,1,1)[24] with drift", as the field writes it.
[[nodiscard]] std::string Describe(const Order& order);

}  // namespace epochcost::arima
