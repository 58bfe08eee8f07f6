#include "estimate/predict.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/text.h"
#include "estimate/calibration/shipped.h"
#include "estimate/time/operator_time.h"

namespace epochcost::estimate {
namespace {

// Seconds of a step are dealt to the operators by what each computes; what is waited for goes with
// the layers that cause it, because the shares are proportional.
std::vector<OperatorShare> DealOut(const Graph& graph, const Strategy& strategy,
                                   const Machine& machine, const Constants& constants,
                                   double seconds) {
  const DeviceRates rates(machine, strategy, constants);
  std::vector<OperatorShare> shares;
  double all = 0;
  for (const Block& block : graph.blocks) {
    const auto count = static_cast<double>(block.count);
    const bool is_again = strategy.recompute == Recompute::kFull && block.is_layer;
    for (const Operator& op : block.operators) {
      const PassSeconds pass = rates.Of(op).Times(count);
      OperatorShare share;
      share.path = block.path + (block.count > 1 ? ".*." : ".") + op.name;
      share.block = block.path;
      share.name = op.name;
      share.count = block.count;
      share.forward = pass.forward;
      share.backward = pass.backward + (is_again ? pass.again : 0);
      share.seconds = share.forward + share.backward;
      all += share.seconds;
      shares.push_back(std::move(share));
    }
  }
  double left = seconds;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    OperatorShare& share = shares[i];
    const double scale = seconds / all;
    share.forward *= scale;
    share.backward *= scale;
    // The last takes what rounding leaves, so that the shares sum to the step exactly.
    share.seconds = i + 1 == shares.size() ? left : share.seconds * scale;
    left -= share.seconds;
  }
  return shares;
}

void Remark(const Graph& graph, const Strategy& strategy, const Machine& machine,
            std::vector<std::string>& remarks) {
  if (strategy.tensor > machine.devices_per_node) {
    remarks.push_back(
        Say("tensor parallelism across nodes: measured runs were up to a third off the estimate"));
  }
  if (strategy.sharding == Sharding::kParameters && strategy.accumulation == 1 &&
      strategy.micro_batch <= 2 && machine.Nodes(strategy.Devices()) > 1) {
    remarks.push_back(
        Say("sharded parameters with few samples per device: communication decides, known worse"));
  }
  if (graph.heads > 0 && graph.hidden % (graph.heads * 8) != 0) {
    remarks.push_back(
        Say("heads of {} columns: widths that are no multiple of 8 cost 12 to 22 % more",
            graph.hidden / graph.heads));
  }
}

}  // namespace

Result<StepEstimate> Predict(const std::shared_ptr<const Graph>& graph, const Strategy& strategy,
                             const Machine& machine, const StackCalibration& calibration) {
  if (auto ok = Check(*graph, strategy, machine); !ok) return tl::unexpected(ok.error());
  const RunSetup run{
      .graph = graph, .strategy = strategy, .machine = machine, .stack = {}, .likeness = {}};
  const StepPrediction step = PredictStep(run, calibration);
  StepEstimate estimate;
  estimate.parts = step.parts;
  estimate.tier = step.tier;
  Remark(*graph, strategy, machine, estimate.remarks);
  // A class of runs for which the model is known to be poor has a wider interval.
  const double widen = estimate.remarks.empty() ? 1 : 1.15;
  const std::string source =
      step.tier == Tier::kDatasheet ? Say("data sheet of {}, standard constants", machine.device)
      : calibration.is_sweep
          ? Say("constants fitted to {} operators timed on {}", calibration.runs, machine.device)
          : Say("constants fitted to {} measured runs of {}", calibration.runs, machine.device);
  estimate.step_seconds = {.value = step.seconds,
                           .low = step.low / widen,
                           .high = step.high * widen,
                           .quality = Quality::kModelled,
                           .source = source};
  estimate.operators = DealOut(*graph, strategy, machine, calibration.constants, step.seconds);

  estimate.memory = LayOutMemory(*graph, strategy);
  const double allocated = estimate.memory.Fullest().Peak();
  const double peak = allocated * kReserve + machine.context_bytes;
  estimate.peak_memory_bytes = {.value = peak,
                                .low = allocated * 0.95 + machine.context_bytes * 0.6,
                                .high = allocated * 1.2 + machine.context_bytes * 1.5,
                                .quality = Quality::kModelled,
                                .source = Say("tensors that a step keeps, by stage")};
  estimate.fits = Fits(estimate.memory, machine);
  if (!estimate.fits) {
    estimate.obstacles.push_back(
        {.what = Say("it needs {:.1f} GB on the fullest device", peak / 1e9),
         .why = Say("{} has {:.1f} GB", machine.device, machine.memory_bytes / 1e9),
         .hint = Say("smaller micro-batches, recomputation, or more devices to share the model")});
  }
  estimate.traffic = CountTraffic(*graph, strategy, machine);

  const double samples = static_cast<double>(strategy.micro_batch * strategy.accumulation);
  const Wide counted = strategy.recompute == Recompute::kFull        ? FullRecomputeOps(*graph)
                       : strategy.recompute == Recompute::kSelective ? SelectiveRecomputeOps(*graph)
                                                                     : ProductOps(*graph);
  estimate.operations = static_cast<double>(counted) * samples;
  const std::int64_t devices_of_replica = strategy.Devices() / strategy.data;
  const auto devices = static_cast<double>(devices_of_replica);
  estimate.utilisation =
      estimate.operations / (devices * machine.Peak(strategy.precision) * step.seconds);
  const double waiting = step.parts[Part::kBubble] + step.parts[Part::kHost];
  estimate.busy = std::clamp(1 - waiting / step.seconds, 0.0, 1.0);
  const Power power = DrawnPower(machine, strategy.Devices(), estimate.busy);
  estimate.watts = {
      .value = power.watts,
      .low = power.watts * 0.8,
      .high = power.watts * 1.12,
      .quality = Quality::kModelled,
      .source = Say("rated power of {} and its node, by how busy it is", machine.device)};
  return estimate;
}

double PredictEvaluation(const Graph& graph, const Strategy& strategy, const Machine& machine,
                         const StackCalibration& calibration, double step_seconds,
                         std::int64_t samples) {
  const Constants& constants = calibration.constants;
  const BlockTimes blocks = TimeBlocks(graph, strategy, machine, constants);
  const double physical = TimeStep(blocks, strategy, machine, constants).Sum();
  return TimeEvaluation(blocks, strategy, machine, constants, samples) * step_seconds / physical;
}

}  // namespace epochcost::estimate
