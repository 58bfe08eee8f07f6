#pragma once
// The exact Gaussian likelihood of a stationary ARMA model on a series without gaps.
//
// Kalman filter on Harvey's state space (Gardner, Harvey and Phillips, "Algorithm AS 154", Applied
// Statistics 29(3), 1980) with two shortcuts that change no digit that matters: the covariance of
// the state is never formed, only its rank-one change from step to step (Morf, Sidhu and Kailath,
// IEEE Transactions on Automatic Control 19(4), 1974; for ARMA Mélard, "Algorithm AS 197", Applied
// Statistics 33(1), 1984), and once that change has died out the plain ARMA recursion goes on. A
// step costs O(width) before and O(terms) after.

#include <cstddef>
#include <span>
#include <vector>

#include "forecast/arima/arma.h"

namespace epochcost::arima {

class ExactFilter {
 public:
  // Filters each column, all of one length, with the same model. False where the model is not
  // stationary or so near it that the recursion loses its digits; results are then undefined.
  [[nodiscard]] bool Run(const Arma& arma, std::span<const std::vector<double>> columns);

  // Innovations over their standard deviation, in units of σ.
  [[nodiscard]] const std::vector<double>& Innovations(std::size_t column) const {
    return innovations_[column];
  }
  // The innovations' variances in units of σ², of the steps before the filter settled; 1 after.
  [[nodiscard]] const std::vector<double>& Variances() const { return variances_; }
  // Σ log of the innovations' variances, in units of σ².
  [[nodiscard]] double SumLogVariance() const { return sum_log_variance_; }

  // The predicted state after the last value of a column.
  [[nodiscard]] std::vector<double> State(std::size_t column) const;
  // What is still uncertain in that state, as columns of a square root of its variance in units of
  // σ², the innovations to come apart. Empty for a settled filter.
  [[nodiscard]] std::vector<std::vector<double>> Uncertain() const;

 private:
  void Settled(const Arma& arma, std::span<const double> values, std::size_t from,
               std::span<const double> base, std::vector<double>& innovations) const;
  bool StepCovariance();

  Arma arma_;
  std::vector<double> phi_;  // dense, of the state's width
  std::vector<double> gain_;
  std::vector<double> change_;
  std::vector<double> shifted_;
  double variance_ = 1;
  double sum_log_variance_ = 0;
  std::size_t settled_from_ = 0;
  std::size_t count_ = 0;
  std::vector<double> variances_;
  std::vector<std::vector<double>> innovations_;
  std::vector<std::vector<double>> base_;  // the state of each column where it settled or ended
  std::vector<std::vector<double>> tail_;  // the values of each column from there
};

}  // namespace epochcost::arima
