#include "estimate/memory/memory.h"

#include <algorithm>
#include <numeric>

namespace epochcost::estimate {
namespace {

double ElementBytes(const Strategy& strategy) {
  return strategy.precision == Precision::kFp32 || strategy.precision == Precision::kTf32 ? 4 : 2;
}

// Bytes of optimizer state per parameter, without a copy of the parameters.
double StateBytes(Optimizer optimizer) {
  switch (optimizer) {
    case Optimizer::kSgd:
      return 0;
    case Optimizer::kMomentum:
    case Optimizer::kMuon:
      return 4;
    case Optimizer::kAdam:
      return 8;
    case Optimizer::kAdam8Bit:
      return 2;
    case Optimizer::kAdafactor:
      return 0.1;
  }
  return 8;
}

// Bytes of a 32-bit copy of a parameter, where there is one.
double CopyBytes(const Strategy& strategy) {
  return ElementBytes(strategy) < 4 && strategy.has_master_weights ? 4 : 0;
}

// Bytes that one repetition of a block keeps of one micro-batch, and what it works with.
struct BlockBytes {
  double kept = 0;
  double full = 0;  // of one layer that is being computed again
  double parameters = 0;
  double expert_parameters = 0;
};

BlockBytes Measure(const Block& block, const Strategy& strategy) {
  const double element = ElementBytes(strategy);
  const double share =
      static_cast<double>(strategy.micro_batch) / static_cast<double>(strategy.context);
  const auto tensor = static_cast<double>(strategy.tensor);
  BlockBytes bytes;
  const double divided = share / tensor;
  for (const Operator& op : block.operators) {
    const bool is_divided = op.is_kept_split || strategy.has_sequence_parallel;
    const double kept =
        (static_cast<double>(op.kept) * element + static_cast<double>(op.kept_bytes)) *
        (is_divided ? divided : share);
    if (op.kind == OpKind::kLoss) continue;  // counted with the logits
    bytes.full += kept;
    if (!(strategy.recompute == Recompute::kSelective && op.is_selective)) bytes.kept += kept;
    const double parameters = static_cast<double>(op.parameters) / (op.is_split ? tensor : 1);
    if (op.is_expert) {
      bytes.expert_parameters += parameters / static_cast<double>(strategy.expert);
    } else {
      bytes.parameters += parameters;
    }
  }
  if (strategy.recompute == Recompute::kFull && block.is_layer) {
    bytes.kept = static_cast<double>(block.input_elements) * element * share /
                 (strategy.has_sequence_parallel ? tensor : 1);
  }
  return bytes;
}

// Micro-batches of whose forward pass a stage keeps activations, in units of the whole stage: one
// forward, one backward; interleaved stages keep more (Narayanan et al. 2021, section 2.2).
double InFlight(const Strategy& strategy, std::int64_t stage) {
  const auto pipeline = static_cast<double>(strategy.pipeline);
  const auto micro_batches = static_cast<double>(strategy.accumulation);
  if (strategy.pipeline == 1) return 1;
  if (strategy.chunks == 1) {
    return std::min(micro_batches, pipeline - static_cast<double>(stage));
  }
  const auto chunks = static_cast<double>(strategy.chunks);
  const double warm = 2 * (pipeline - static_cast<double>(stage) - 1) + (chunks - 1) * pipeline + 1;
  return std::min(micro_batches, warm / chunks);
}

}  // namespace

std::string_view Name(MemoryPart part) {
  static constexpr std::array<std::string_view, kMemoryPartCount> kNames = {
      "parameters", "gradients", "optimizer", "activations",
      "logits",     "working",   "gathered",  "context"};
  return kNames.at(static_cast<std::size_t>(part));
}

double StageMemory::Steady() const {
  const StageMemory& self = *this;
  return self[MemoryPart::kParameters] + self[MemoryPart::kGradients] +
         self[MemoryPart::kOptimizer];
}

double StageMemory::Peak() const {
  const StageMemory& self = *this;
  return Steady() + self[MemoryPart::kActivations] +
         std::max(self[MemoryPart::kLogits], self[MemoryPart::kWorking]) +
         self[MemoryPart::kGathered];
}

double StageMemory::Average() const {
  const StageMemory& self = *this;
  // A pipeline's steady state keeps all that is in flight; one stage fills and empties.
  const double filled = in_flight > 1 ? 1.0 : 0.5;
  return Steady() + self[MemoryPart::kActivations] * filled + self[MemoryPart::kGathered] +
         self[MemoryPart::kContext];
}

const StageMemory& MemoryTimeline::Fullest() const {
  return *std::max_element(
      stages.begin(), stages.end(),
      [](const StageMemory& a, const StageMemory& b) { return a.Peak() < b.Peak(); });
}

double MemoryTimeline::HighestPeak() const {
  double highest = 0;
  for (const StageMemory& stage : stages) highest = std::max(highest, stage.Peak());
  return highest;
}

MemoryTimeline LayOutMemory(const Graph& graph, const Strategy& strategy) {
  const auto stage_count = static_cast<std::size_t>(strategy.pipeline);
  MemoryTimeline timeline;
  timeline.stages.resize(stage_count);
  std::vector<double> parameters(stage_count);
  std::vector<double> expert_parameters(stage_count);
  double largest_layer = 0;
  const auto layers = static_cast<double>(std::max<std::int64_t>(LayerCount(graph), 1));
  const double per_stage = layers / static_cast<double>(stage_count);
  const double stages_per_layer = 1 / per_stage;
  double dealt = 0;
  const auto add = [&](std::size_t at, const BlockBytes& bytes, double count) {
    StageMemory& stage = timeline.stages[at];
    stage[MemoryPart::kActivations] += bytes.kept * count;
    parameters[at] += bytes.parameters * count;
    expert_parameters[at] += bytes.expert_parameters * count;
  };
  for (const Block& block : graph.blocks) {
    const BlockBytes bytes = Measure(block, strategy);
    auto left = static_cast<double>(block.count);
    if (!block.is_layer) {
      add(dealt <= 0 || stage_count == 1 ? 0 : stage_count - 1, bytes, left);
      continue;
    }
    largest_layer = std::max(largest_layer, bytes.parameters + bytes.expert_parameters);
    while (left > 1e-9) {
      const auto at =
          std::min(static_cast<std::size_t>(dealt * stages_per_layer + 1e-9), stage_count - 1);
      const double room =
          at + 1 == stage_count ? left : per_stage * static_cast<double>(at + 1) - dealt;
      const double taken = std::min(left, room);
      add(at, bytes, taken);
      // While a layer is computed again, all that it would have kept is there.
      if (strategy.recompute == Recompute::kFull) {
        StageMemory& stage = timeline.stages[at];
        stage[MemoryPart::kWorking] = std::max(stage[MemoryPart::kWorking], bytes.full);
      }
      dealt += taken;
      left -= taken;
    }
  }

  const double element = ElementBytes(strategy);
  const auto shards = static_cast<double>(strategy.data * strategy.context);
  const double expert_shards = std::max(shards / static_cast<double>(strategy.expert), 1.0);
  for (std::size_t i = 0; i < stage_count; ++i) {
    StageMemory& stage = timeline.stages[i];
    stage.in_flight = InFlight(strategy, static_cast<std::int64_t>(i));
    stage[MemoryPart::kActivations] *= stage.in_flight;
    const auto spread = [&](double bytes_each, Sharding from) {
      const bool is_sharded = strategy.sharding >= from;
      return bytes_each * (parameters[i] / (is_sharded ? shards : 1) +
                           expert_parameters[i] / (is_sharded ? expert_shards : 1));
    };
    stage[MemoryPart::kParameters] = spread(element, Sharding::kParameters);
    stage[MemoryPart::kGradients] =
        spread(static_cast<double>(strategy.gradient_bytes), Sharding::kGradients);
    stage[MemoryPart::kOptimizer] =
        strategy.has_offload
            ? 0
            : spread(StateBytes(strategy.optimizer) + CopyBytes(strategy), Sharding::kOptimizer);
    if (strategy.sharding == Sharding::kParameters) {
      stage[MemoryPart::kGathered] = 2 * largest_layer * element;
    }
    stage[MemoryPart::kContext] = kContextBytes;
  }
  // The head's output in 16 bit and the gradient of the loss in 32, on the last stage.
  if (graph.logits > 0) {
    timeline.stages.back()[MemoryPart::kLogits] =
        static_cast<double>(graph.logits) * static_cast<double>(strategy.micro_batch) /
        static_cast<double>(strategy.context * strategy.tensor) * (element + 4);
  }
  return timeline;
}

double SavedBytes(const Strategy& strategy) {
  return ElementBytes(strategy) + CopyBytes(strategy) + StateBytes(strategy.optimizer);
}

std::vector<MemoryInstant> Course(const StageMemory& stage, double forward_part) {
  const double steady = stage.Steady() + stage[MemoryPart::kContext];
  const double full = steady + stage[MemoryPart::kActivations];
  return {{.phase = "forward", .step_part = forward_part, .bytes = full},
          {.phase = "backward",
           .step_part = forward_part,
           .bytes = stage.Peak() + stage[MemoryPart::kContext]},
          {.phase = "optimizer", .step_part = 1, .bytes = steady}};
}

bool Fits(const MemoryTimeline& timeline, const Machine& machine) {
  return PeakFits(timeline.HighestPeak(), machine);
}

bool PeakFits(double peak_bytes, const Machine& machine) {
  return peak_bytes * kReserve + machine.context_bytes <= machine.memory_bytes;
}

}  // namespace epochcost::estimate
