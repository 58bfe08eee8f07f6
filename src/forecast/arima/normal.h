#pragma once
// The normal distribution.

namespace epochcost::arima {

// What a standard normal variable stays below with probability p, 0 < p < 1; to 1e-9 (Acklam's
// rational approximation, one step of Halley's method on the complementary error function).
[[nodiscard]] double NormalQuantile(double p);

}  // namespace epochcost::arima
