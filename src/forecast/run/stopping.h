#pragma once
// Whether what is ahead is worth it: the chance that a validation curve improves once more.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/cost.h"
#include "model/forecast.h"

namespace epochcost::forecast {

// The values of one metric as they come, lower being better. The same model as the SDK's
// (sdk/python/ciuic_sdk/_stopping.py): bench/accuracy/early_stop fits and scores it.
class Curve {
 public:
  // A value that is not finite counts as no improvement.
  void Add(double value);
  [[nodiscard]] std::size_t Size() const { return values_.size(); }
  // That a later value improves on the best by more than 0.3 %. Nothing where none can be told:
  // fewer than 17 values, a curve that has gained less than a tenth, or one that jumps.
  [[nodiscard]] std::optional<double> Chance() const;

 private:
  [[nodiscard]] double SizeOfBest() const;
  [[nodiscard]] std::vector<double> Steps(std::size_t last) const;

  std::vector<double> values_;
  std::vector<double> bests_;
  std::size_t best_at_ = 0;
  std::size_t longest_wait_ = 0;
};

// The metric that says how good the model is: the first whose name speaks of validation. What its
// chance is and what the epochs that are left will cost. Nothing where no such metric was told, or
// nothing is ahead.
[[nodiscard]] std::optional<StopOutlook> StopOutlookOf(std::span<const MetricPoint> metrics,
                                                       const epochcost::Forecast& forecast);

}  // namespace epochcost::forecast
