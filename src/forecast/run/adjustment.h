#pragma once
// Ranges, adjusted to how often they held in this ledger.

#include <cstdint>
#include <span>

#include "model/forecast.h"

namespace epochcost::forecast {

// By what the ranges are widened: their distance from what is expected, as logarithms, times this.
struct Adjustment {
  double times80 = 1;
  double times95 = 1;
  std::int64_t runs = 0;  // that ended, behind it
};

// After each run that ended, log(times) moves by 0.2 · (missed − allowed): `missed` is the share of
// its kept forecasts whose time came to lie outside, `allowed` 0.2 or 0.05. So a range that misses
// too often grows until it does not, whatever the runs are like. This is quantile tracking, the
// proportional part of conformal PID control (Angelopoulos, Candès and Tibshirani, "Conformal PID
// Control for Time Series Prediction", NeurIPS 2023), after adaptive conformal inference (Gibbs and
// Candès, NeurIPS 2021), on the logarithm of the width. It stays between a half and four.
//
// `past` is of runs of the same job that ended, in the order in which they did; the forecasts of
// one run follow each other. Forecasts made when nothing was ahead do not count.
[[nodiscard]] Adjustment AdjustmentOf(std::span<const ForecastScore> past);

}  // namespace epochcost::forecast
