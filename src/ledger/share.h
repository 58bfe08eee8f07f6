#pragma once

#include "base/result.h"
#include "base/wide.h"

namespace epochcost::ledger {

// ⌊whole · part / all⌋ for whole, part ≥ 0 and all > 0, also where whole · part leaves 128 bits but
// the result does not. Error kOverflow where it cannot be had.
[[nodiscard]] Result<Wide> Share(Wide whole, Wide part, Wide all);

}  // namespace epochcost::ledger
