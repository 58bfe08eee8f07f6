#pragma once
// How far the prices may move before a run ends.

#include <cstdint>
#include <span>

#include "base/time.h"
#include "model/cost.h"
#include "model/price.h"

namespace epochcost::forecast {

// The price of what a run uses, as a random walk of its logarithm: `per_root_second` is its
// standard deviation after a second. 0 where the prices are fixed, as far as is on record.
struct PriceDoubt {
  double per_root_second = 0;
  std::int64_t changes = 0;
};

// From the versions of the sheet that prices the run. Each change of price, weighted by what the
// run has paid for each resource, is a step of the walk; its variance is the sum of their squares
// over the time since the first version (realised variance: Andersen and Bollerslev, International
// Economic Review 39(4), 1998). Fewer than three changes are corrections, and tell nothing.
[[nodiscard]] PriceDoubt PriceDoubtOf(std::span<const PriceSheet> versions,
                                      const ResourceSums& paid, UtcTime now);

// The relative standard deviation of the mean price over the next `seconds`: that of the mean of a
// random walk which begins at the present price, per_root_second · √(seconds ÷ 3).
[[nodiscard]] double MeanPriceDeviation(const PriceDoubt& doubt, double seconds);

}  // namespace epochcost::forecast
