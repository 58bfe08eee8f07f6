#pragma once
// One training on many machines.

#include <string>
#include <vector>

#include "api/estimate_text.h"
#include "app/estimate_case.h"
#include "app/own_machines.h"
#include "base/result.h"
#include "model/price.h"

namespace epochcost::app {

// A row a machine ("8xH100", "8xH100@20"), in their order: the cheapest way to run it that fits, or
// the one that needs least memory, or why it cannot be laid out. What `plan` leaves open of its
// division is searched (machine_choice.h); its `gpu` is not looked at.
// `own`: the calibrated machines.
//
// Errors are those of the model and of the plan alone: no model, a preset, no machine.
[[nodiscard]] Result<std::vector<api::Compared>> CompareMachines(
    const PlanOptions& plan, const std::vector<std::string>& machines, const OwnMachines& own,
    const PriceSheet& sheet);

}  // namespace epochcost::app
