#pragma once

#include "base/result.h"
#include "base/time.h"
#include "model/cost.h"
#include "store/store.h"

namespace epochcost::app {

// Fills `billed` and `idle` of a run's cost: what its sheet rents, shared with the runs that were
// on the same machine at the same time. `now` ends a run that is still going.
[[nodiscard]] Result<void> FillBilling(store::Store& store, RunCost& cost, UtcTime now);

}  // namespace epochcost::app
