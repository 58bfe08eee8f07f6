#pragma once

#include <string>

#include "model/cost.h"

namespace epochcost::api {

// The sums of a run as CSV (RFC 4180): one row for each resource of each epoch, phase, replica and
// of the run. `level` says which; the rows of one level add up to the run, so do not add up levels.
// Amounts are exact decimals, quantities integers in the unit that `unit` names.
[[nodiscard]] std::string CostCsv(const RunCost& cost);

}  // namespace epochcost::api
