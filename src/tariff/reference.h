#pragma once

#include "model/price.h"

namespace epochcost::tariff {

// The catalog's sheet `reference`: the prices of the published worked example 1, provenance
// assumed. It applies while no sheet is chosen, from 1970 on.
[[nodiscard]] PriceSheet ReferenceSheet();

}  // namespace epochcost::tariff
