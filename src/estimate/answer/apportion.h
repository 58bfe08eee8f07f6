#pragma once
// Divides a whole into parts that sum to it exactly.

#include <span>
#include <vector>

#include "base/wide.h"

namespace epochcost::estimate {

// ⌊whole × weight / Σ weights⌋ each, and what is left over one by one to the largest remainders,
// the earlier of equal ones. Weights are ≥ 0; where all are 0 the first part is the whole. `whole`
// may be negative. No part is further than 1 from its exact share.
[[nodiscard]] std::vector<Wide> Apportion(Wide whole, std::span<const std::int64_t> weights);

}  // namespace epochcost::estimate
