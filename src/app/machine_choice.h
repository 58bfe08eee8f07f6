#pragma once
// How a training is best laid out on a machine: the search over strategies, in money.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "api/estimate_text.h"
#include "app/estimate_case.h"
#include "base/result.h"
#include "model/price.h"

namespace epochcost::app {

// The batch of a step that every machine of a comparison can compute: as given, else the smallest
// that all of them divide.
[[nodiscard]] Result<std::int64_t> CommonBatch(const PlanOptions& options,
                                               const estimate::Graph& graph,
                                               const std::vector<MachineWords>& machines);

// The cheapest of the fastest strategies that fit the machine, among all that the options leave
// open; of a training that fits in no way, the one that needs the least memory, with its obstacle.
// Errors: those of the options, and a training that cannot be laid out.
[[nodiscard]] Result<PricedEstimate> CheapestOn(const PlanOptions& options,
                                                const std::shared_ptr<const estimate::Graph>& graph,
                                                const MachineWords& machine, std::int64_t batch,
                                                const PriceSheet& sheet);

// Each of `machines` as a person names it, in that order. A machine that is no machine, or cannot
// run it, is a row with the reason. Errors: those of the options that concern all.
[[nodiscard]] Result<std::vector<api::Compared>> CompareOn(
    const PlanOptions& options, const std::shared_ptr<const estimate::Graph>& graph,
    const std::vector<std::string>& machines, const OwnMachines& own, const PriceSheet& sheet);

}  // namespace epochcost::app
