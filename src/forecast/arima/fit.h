#pragma once
// The maximum of the exact likelihood for given orders, on a series already differenced.

#include <optional>
#include <vector>

#include "forecast/arima/estimate.h"
#include "forecast/arima/exact_filter.h"
#include "forecast/arima/order.h"

namespace epochcost::arima {

// The differenced series first, then its regressors (the constant, external ones); all of one
// length, no NaN.
using Columns = std::vector<std::vector<double>>;

inline constexpr double kEnough = 1e-9;
inline constexpr double kRoughlyEnough = 1e-5;

class Fitter {
 public:
  // Refers to `columns`, which must outlive it. An ascent ends when a step improves the mean
  // log-likelihood by less than `enough`.
  Fitter(const Columns& columns, int period, double enough = kEnough)
      : columns_(columns), period_(period), enough_(enough) {}

  // The likelihood's value for these coefficients; nothing where they are outside of the region of
  // stationarity and invertibility.
  [[nodiscard]] std::optional<Estimate> Evaluate(const Coefficients& coefficients);

  // Ascends from `start`, or where there is none from a conditional least-squares start (Hannan and
  // Rissanen, Biometrika 69(1), 1982), by Levenberg–Marquardt steps whose derivatives are those of
  // the conditional sum of squares (Box and Jenkins) and whose value is the exact likelihood.
  // Nothing where no start can be evaluated.
  [[nodiscard]] std::optional<Estimate> Climb(const Order& order,
                                              const std::optional<Coefficients>& start);

  // The filter as the last evaluation left it.
  [[nodiscard]] const ExactFilter& Filter() const { return filter_; }

 private:
  [[nodiscard]] double Value(const Estimate& estimate) const;
  [[nodiscard]] Coefficients ConditionalStart(const Order& order) const;

  const Columns& columns_;
  int period_;
  double enough_;
  ExactFilter filter_;
};

}  // namespace epochcost::arima
