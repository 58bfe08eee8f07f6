#pragma once
// Season and trend by local regression.

#include <span>
#include <vector>

namespace epochcost::arima {

struct Decomposition {
  std::vector<double> season;
  std::vector<double> trend;
  std::vector<double> remainder;  // the values less both
};

// STL (Cleveland, Cleveland, McRae and Terpenning, Journal of Official Statistics 6, 1990), two
// inner passes, no robustness weights, a seasonal window of 11. `values` has no NaN and more than
// two periods; period ≥ 2.
[[nodiscard]] Decomposition Decompose(std::span<const double> values, int period);

}  // namespace epochcost::arima
