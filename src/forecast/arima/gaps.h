#pragma once
// The exact likelihood of an ARIMA model on a series with gaps.
//
// The Kalman filter over the levels themselves (Harvey, "Forecasting, Structural Time Series Models
// and the Kalman Filter", 1989, 3.4), which skips what is missing. Levels before the series start
// with exact diffuse initial conditions (Durbin and Koopman, "Time Series Analysis by State Space
// Methods", 2nd edition, 2012, 5.2). O(width²) a step; the fast filter is for series without gaps.

#include <optional>
#include <span>
#include <vector>

#include "forecast/arima/estimate.h"
#include "forecast/arima/order.h"

namespace epochcost::arima {

class GapFilter {
 public:
  // `columns[0]` is the series with NaN in its gaps, the others its regressors, not differenced;
  // they must outlive the filter.
  GapFilter(const std::vector<std::vector<double>>& columns, const Order& order);

  // The likelihood for these coefficients. Nothing where they are not allowed, or where the values
  // are too few to know the levels.
  [[nodiscard]] std::optional<Estimate> Evaluate(const Coefficients& coefficients);

  // After an evaluation: the state of what the regressors leave, predicted for the next step.
  [[nodiscard]] Fitted::State State(std::span<const double> beta) const;

 private:
  void Advance(double* state) const;
  void AdvanceVariance(std::vector<double>& variance) const;
  [[nodiscard]] std::vector<double> StationaryVariance() const;
  [[nodiscard]] double Observe(const double* state) const;

  const std::vector<std::vector<double>>& columns_;
  Order order_;
  Arma arma_;
  std::vector<Term> undoing_;
  std::size_t width_ = 0;                    // of the ARMA state
  std::size_t whole_ = 0;                    // and the levels behind it
  std::vector<std::vector<double>> states_;  // predicted, a column each
  std::vector<double> variance_;             // filtered, in units of σ², whole × whole
};

}  // namespace epochcost::arima
