#pragma once

#include <string>

#include "model/cost.h"
#include "model/price.h"

namespace epochcost::ledger {

// The formula of a metered epoch or phase with its numbers filled in, several lines without a
// trailing newline, in the current language: Σ over the replicas for each resource at the sheet's
// price, the exact total, N_replicas and the mean per replica.
//
// The amounts are the ledger's, to the last digit, and add up to the total shown; quantities are
// those of all replicas together, cut to 1e-9. Where a price is not the sheet's all the time (it
// changed on the way), the line shows the mean that was paid and says so. What was not metered is
// "–". Money that is provisional is a line of its own, outside the total.
[[nodiscard]] std::string FormulaText(const EpochCost& cost, const PriceSheet& sheet);

}  // namespace epochcost::ledger
