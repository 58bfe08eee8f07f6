#pragma once

#include <string_view>

#include "base/result.h"
#include "model/price.h"

namespace epochcost::tariff {

// The next version of a sheet, with another price for one resource from `from` on:
// `epochcost price set SHEET RESOURCE AMOUNT UNIT`.
//
// `resource` is a name of the vocabulary, or "network" for both directions. `unit` is "CUR/h" for
// gpu and cpu, "CUR/GB" for the network, "CUR/GB_h" or "CUR/GB/epoch" for memory; the latter two
// set the sheet's memory basis. The word "h" may be "hour" too. Errors kInvalidInput: unknown
// resource, a unit that is not of this resource or of another currency than the sheet's, an amount
// that no price can be.
[[nodiscard]] Result<PriceSheet> WithPrice(const PriceSheet& latest, std::string_view resource,
                                           std::string_view amount, std::string_view unit,
                                           UtcTime from, Effect effect);

}  // namespace epochcost::tariff
