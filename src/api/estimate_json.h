#pragma once
// Estimates → JSON. docs/json.md documents every field. A figure is an object: value, low, high,
// quality, source. Money is an integer of nano-units, a string of digits beyond 2⁵³.

#include <string>
#include <vector>

#include "api/estimate_text.h"
#include "model/estimate.h"

namespace epochcost::api {

// `layers` may be empty; where there are some, their `atto` sum to the epoch's terms exactly.
[[nodiscard]] std::string EstimateJson(const PricedEstimate& priced,
                                       const std::vector<LayerCost>& layers);

// {"schema_version":1,"type":"comparison","rows":[…]}, the cheapest that fits first.
[[nodiscard]] std::string CompareJson(const std::vector<Compared>& rows);

}  // namespace epochcost::api
