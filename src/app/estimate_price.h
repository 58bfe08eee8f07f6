#pragma once
// An estimate in money: the published formula, by the same code as metered runs.

#include <optional>
#include <vector>

#include "base/result.h"
#include "estimate/answer/answer.h"
#include "ledger/formula.h"
#include "model/estimate.h"
#include "model/price.h"

namespace epochcost::app {

// `gpu_price_nano`: of a device and hour, in the place of the sheet's. Error kOverflow.
[[nodiscard]] Result<PricedEstimate> Price(const Estimate& estimate, const PriceSheet& sheet,
                                           std::optional<std::int64_t> gpu_price_nano);

// The epoch's cost over all replicas divided among all operators, in the model's order. Sums of
// `atto` are exactly the epoch's terms.
[[nodiscard]] Result<std::vector<LayerCost>> CostOfLayers(
    const std::vector<estimate::LayerWeight>& weights, const Estimate& estimate,
    const PriceSheet& sheet, std::optional<std::int64_t> gpu_price_nano);

// The same, one row for equal operators of equal layers: "layers.*.attn.qkv", 96 repetitions.
[[nodiscard]] std::vector<LayerCost> Folded(const std::vector<LayerCost>& layers,
                                            const std::vector<estimate::LayerWeight>& weights);

}  // namespace epochcost::app
