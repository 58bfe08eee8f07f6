#pragma once
// Fits a few constants to measured figures, robustly, held near what is known of them beforehand.

#include <cstddef>
#include <functional>
#include <vector>

namespace epochcost::estimate {

// A positive constant before anything is fitted: `value`, and the standard deviation of its
// logarithm. A `spread` of 0 is never moved.
struct Prior {
  double value = 1;
  double spread = 0.3;
};

struct FitOptions {
  double noise = 0.03;  // standard deviation of a figure's logarithm that is nobody's fault
  // Residuals beyond so many `noise` pull the less, the further off they are: a measurement that
  // something else disturbed bends nothing.
  double robustness = 2;
  int iterations = 30;
};

struct Fit {
  std::vector<double> constants;
  std::vector<double> residuals;  // log(measured / predicted), one per figure
  double objective = 0;
};

// Levenberg–Marquardt on logarithms: minimises the robust sum of squared residuals
// log(measured / predicted(constants)) / noise and of the constants' distances from their priors.
// `predict` writes one positive figure per measured one; it is called about
// iterations × (constants + 1) times.
[[nodiscard]] Fit FitConstants(
    const std::vector<Prior>& priors, const std::vector<double>& measured,
    const std::function<void(const std::vector<double>&, std::vector<double>&)>& predict,
    const FitOptions& options);

}  // namespace epochcost::estimate
