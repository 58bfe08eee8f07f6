#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/cost.h"
#include "store/store.h"

namespace epochcost::app {

// Fills `billed` and `idle` of a run's cost: what its sheet rents, shared with the runs that were
// on the same machine at the same time. `now` ends a run that is still going.
[[nodiscard]] Result<void> FillBilling(store::Store& store, RunCost& cost, UtcTime now);

// What each of these runs is billed, in their order; nothing where it cannot be computed, as where
// a run's sheet is missing. Fails where the ledger cannot be read.
[[nodiscard]] Result<std::vector<std::optional<Money>>> BilledOf(
    store::Store& store, std::span<const store::RunStanding* const> standings, UtcTime now);

}  // namespace epochcost::app
