#pragma once

#include <cstdint>

#include "base/quantity.h"
#include "model/price.h"
#include "model/usage.h"

namespace epochcost {

// Usage × price, in nano-units of the sheet's currency. Its identity is the usage line's and t0:
// a usage line across a price change gives several.
struct LedgerLine {
  UsageLine usage;  // the part priced here: t0, t1, u0, u1 are the part's
  SheetName sheet;
  std::int64_t sheet_version = 0;
  NanoMoney amount;
  friend bool operator==(const LedgerLine&, const LedgerLine&) = default;
};

}  // namespace epochcost
