// Weights of single operators, by which a run's cost is divided up.

#include <algorithm>
#include <cmath>
#include <utility>

#include "estimate/answer/answer.h"
#include "estimate/predict.h"
#include "estimate/time/operator_time.h"

namespace epochcost::estimate {
namespace {

// Picoseconds and bytes: fine enough that no operator of a real model vanishes.
constexpr double kPico = 1e12;

std::int64_t Whole(double weight) { return std::llround(std::max(weight, 0.0)); }

double SecondsOf(const PassSeconds& pass, const Operator& op, bool is_layer,
                 const Strategy& strategy) {
  double seconds = pass.forward + pass.backward;
  if (strategy.recompute == Recompute::kFull && is_layer) seconds += pass.again;
  if (strategy.recompute == Recompute::kSelective && op.is_selective) seconds += pass.again;
  return seconds;
}

double KeptBytes(const Operator& op) {
  constexpr double kElement = 2;
  return kElement * static_cast<double>(op.kept) + static_cast<double>(op.kept_bytes);
}

// What a parameter and a kept byte take of the memory that is held on average.
struct MemoryRates {
  double per_parameter = 0;
  double per_kept_byte = 0;
};
MemoryRates RatesOf(const Graph& graph, const Strategy& strategy) {
  const MemoryTimeline timeline = LayOutMemory(graph, strategy);
  double state = 0;
  double activations = 0;
  for (const StageMemory& stage : timeline.stages) {
    state += stage.Steady();
    activations += stage.Average() - stage.Steady();
  }
  double parameters = 0;
  double kept = 0;
  for (const Block& block : graph.blocks) {
    for (const Operator& op : block.operators) {
      parameters += static_cast<double>(op.parameters) * static_cast<double>(block.count);
      kept += KeptBytes(op) * static_cast<double>(block.count);
    }
  }
  return {parameters > 0 ? state / parameters : 0, kept > 0 ? activations / kept : 0};
}

}  // namespace

Result<std::vector<LayerWeight>> WeighLayers(const RunPlan& plan) {
  const auto machine = MachineOf(plan);
  if (!machine) return tl::unexpected(machine.error());
  const Strategy& strategy = plan.strategy;
  if (auto ok = Check(*plan.graph, strategy, *machine); !ok) return tl::unexpected(ok.error());
  const StackCalibration& calibration = CalibrationOf(plan, *machine);
  const DeviceRates rates(*machine, strategy, calibration.constants);
  const MemoryRates memory = RatesOf(*plan.graph, strategy);
  std::vector<LayerWeight> weights;
  for (const Block& block : plan.graph->blocks) {
    for (std::int64_t index = 0; index < block.count; ++index) {
      for (const Operator& op : block.operators) {
        weights.push_back(
            {.path = PathOf(block, index, op),
             .block = block.path,
             .index = index,
             .name = op.name,
             .kind = op.kind,
             .parameters = op.parameters,
             .operations = op.forward_ops + op.backward_ops,
             .time_weight = Whole(kPico * SecondsOf(rates.Of(op), op, block.is_layer, strategy)),
             .memory_weight = Whole(memory.per_parameter * static_cast<double>(op.parameters) +
                                    memory.per_kept_byte * KeptBytes(op)),
             .traffic_weight = op.parameters});
      }
    }
  }
  return weights;
}

}  // namespace epochcost::estimate
