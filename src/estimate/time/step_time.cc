#include "estimate/time/step_time.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <ranges>

namespace epochcost::estimate {
namespace {

// A stage of the pipeline: seconds of one micro-batch and parameters of one device.
struct Stage {
  PassSeconds compute;
  double again = 0;
  double tensor = 0;
  double context = 0;
  double expert = 0;
  double parameters = 0;
  double expert_parameters = 0;
  double forward = 0;  // computation and what is waited for, of the forward pass alone
  [[nodiscard]] double Seconds() const {
    return compute.forward + compute.backward + again + tensor + context + expert;
  }
};

void Add(Stage& stage, const BlockTimes::Block& block, double count, Recompute recompute) {
  stage.compute += block.compute.Times(count);
  // A layer that is computed again also communicates again.
  const bool is_again = recompute == Recompute::kFull && block.is_layer;
  stage.again += is_again                             ? block.compute.again * count
                 : recompute == Recompute::kSelective ? block.again_selective * count
                                                      : 0;
  const double passes = is_again ? 3 : 2;
  stage.tensor += block.tensor * passes * count;
  stage.context += block.context * (passes + 1) * count;
  stage.expert += block.expert * passes * count;
  stage.forward += (block.compute.forward + block.tensor + block.context + block.expert) * count;
  stage.parameters += block.parameters * count;
  stage.expert_parameters += block.expert_parameters * count;
}

// Layers are dealt to the stages in order, equally; what stands before them belongs to the first
// stage, what stands behind to the last.
std::vector<Stage> CutStages(const BlockTimes& blocks, const Strategy& strategy) {
  const auto stage_count = static_cast<std::size_t>(strategy.pipeline);
  std::vector<Stage> stages(stage_count);
  double layers = 0;
  for (const auto& block : blocks.blocks)
    layers += block.is_layer ? static_cast<double>(block.count) : 0;
  const double per_stage = layers / static_cast<double>(stage_count);
  double dealt = 0;
  for (const auto& block : blocks.blocks) {
    auto left = static_cast<double>(block.count);
    if (!block.is_layer) {
      Add(dealt < layers || layers == 0 ? stages.front() : stages.back(), block, left,
          strategy.recompute);
      continue;
    }
    while (left > 1e-9) {
      const auto at = std::min(static_cast<std::size_t>(dealt / per_stage + 1e-9), stage_count - 1);
      const double room =
          at + 1 == stage_count ? left : per_stage * static_cast<double>(at + 1) - dealt;
      const double taken = std::min(left, room);
      Add(stages[at], block, taken, strategy.recompute);
      dealt += taken;
      left -= taken;
    }
  }
  return stages;
}

// What of `communication` delays a step although `computation` goes on beside it.
double Exposed(double communication, double computation, bool has_overlap, double exposed) {
  if (!has_overlap) return communication;
  return std::max(communication * std::min(1.0, exposed), communication - computation);
}

// What stands behind a layer's last product keeps nothing that the product's input does not give.
void LeaveOutLastProduct(const Block& block, const DeviceRates& rates, PassSeconds& compute) {
  for (const Operator& op : block.operators | std::views::reverse) {
    compute.again -= rates.Of(op).again;
    if (op.kind == OpKind::kGemm) return;
  }
}

double StateBytes(const Strategy& strategy) {
  // Read and written per parameter in an update: gradient, state, master copy, parameter.
  switch (strategy.optimizer) {
    case Optimizer::kSgd:
      return 12;
    case Optimizer::kMomentum:
      return 20;
    case Optimizer::kAdam:
      return 30;
    case Optimizer::kAdam8Bit:
      return 16;
    case Optimizer::kAdafactor:
      return 18;
    case Optimizer::kMuon:
      return 40;
  }
  return 30;
}

// Kernels of an update that are started for each tensor, as torch.optim writes them where it does
// not group tensors, with the one that clears the gradient.
double KernelsPerTensor(Optimizer optimizer) {
  switch (optimizer) {
    case Optimizer::kSgd:
      return 2;
    case Optimizer::kMomentum:
      return 4;
    case Optimizer::kAdam:
    case Optimizer::kAdam8Bit:
      return 11;
    case Optimizer::kAdafactor:
      return 16;
    case Optimizer::kMuon:
      return 25;
  }
  return 11;
}

struct DataSeconds {
  double per_step = 0;
  double per_micro_batch = 0;
};

// Time of an all-gather of so many bytes for each parameter of a stage over its replicas.
double Gather(const Stage& stage, const Strategy& strategy, const Machine& machine,
              const Interconnect& links, double bytes_each) {
  const std::int64_t inner = strategy.tensor * strategy.context;
  const Group replicas =
      Place(strategy.data * strategy.context, strategy.tensor, machine.devices_per_node);
  const Group expert_replicas = Place(std::max<std::int64_t>(strategy.data / strategy.expert, 1),
                                      inner * strategy.expert, machine.devices_per_node);
  const double dense = stage.parameters - stage.expert_parameters;
  return links.AllGather(replicas, dense * bytes_each) +
         (stage.expert_parameters > 0
              ? links.AllGather(expert_replicas, stage.expert_parameters * bytes_each)
              : 0);
}

double GatherParameters(const Stage& stage, const Strategy& strategy, const Machine& machine,
                        const Interconnect& links) {
  if (strategy.data * strategy.context <= 1) return 0;
  return Gather(stage, strategy, machine, links, strategy.precision == Precision::kFp32 ? 4 : 2);
}

// Communication of the replicas, before anything is hidden.
DataSeconds TimeData(const Stage& stage, const Strategy& strategy, const Machine& machine,
                     const Interconnect& links) {
  const double gradient_bytes =
      static_cast<double>(strategy.gradient_bytes) / strategy.gradient_compression;
  const auto gather = [&](double bytes_each) {
    return Gather(stage, strategy, machine, links, bytes_each);
  };
  DataSeconds seconds;
  if (strategy.data * strategy.context <= 1) return seconds;
  switch (strategy.sharding) {
    case Sharding::kNone:
      seconds.per_step = 2 * gather(gradient_bytes);
      break;
    case Sharding::kOptimizer:
    case Sharding::kGradients:
      seconds.per_step = gather(gradient_bytes) + GatherParameters(stage, strategy, machine, links);
      break;
    case Sharding::kParameters:
      seconds.per_micro_batch =
          2 * GatherParameters(stage, strategy, machine, links) + gather(gradient_bytes);
      break;
  }
  seconds.per_step /= static_cast<double>(strategy.sync_interval);
  return seconds;
}

}  // namespace

std::string_view Name(Part part) {
  static constexpr std::array<std::string_view, kPartCount> kNames = {
      "forward", "backward", "recompute", "tensor",    "context", "expert",
      "bubble",  "pipeline", "data",      "optimizer", "host",    "straggler"};
  return kNames.at(static_cast<std::size_t>(part));
}

double StepTime::Sum() const { return std::accumulate(parts.begin(), parts.end(), 0.0); }

BlockTimes TimeBlocks(const Graph& graph, const Strategy& strategy, const Machine& machine,
                      const Constants& constants) {
  const DeviceRates rates(machine, strategy, constants);
  const Interconnect links(machine, constants);
  const Group tensor = Place(strategy.tensor, 1, machine.devices_per_node);
  const Group context = Place(strategy.context, strategy.tensor, machine.devices_per_node);
  const Group expert =
      Place(strategy.expert, strategy.tensor * strategy.context, machine.devices_per_node);
  const auto samples = static_cast<double>(strategy.micro_batch);
  const auto tensor_degree = static_cast<double>(strategy.tensor);
  const auto context_degree = static_cast<double>(strategy.context);

  BlockTimes times;
  times.parameter_tensors = static_cast<double>(graph.parameter_tensors);
  times.blocks.reserve(graph.blocks.size());
  for (const Block& block : graph.blocks) {
    BlockTimes::Block one;
    one.count = block.count;
    one.is_layer = block.is_layer;
    double experts_per_token = 0;
    double key_value_elements = 0;
    for (const Operator& op : block.operators) {
      const PassSeconds seconds = rates.Of(op);
      one.compute += seconds;
      if (op.is_selective) one.again_selective += seconds.again;
      const double parameters =
          static_cast<double>(op.parameters) / (op.is_split ? tensor_degree : 1.0);
      if (op.is_expert) {
        experts_per_token = static_cast<double>(op.active_parameters) *
                            static_cast<double>(op.gemm.batch) / static_cast<double>(op.parameters);
        one.expert_parameters += parameters / static_cast<double>(strategy.expert);
        one.parameters += parameters / static_cast<double>(strategy.expert);
      } else {
        one.parameters += parameters;
      }
      if (op.kind == OpKind::kAttention && graph.heads > 0) {
        const double kv = graph.kv_heads > 0 ? static_cast<double>(graph.kv_heads) /
                                                   static_cast<double>(graph.heads)
                                             : 1.0;
        key_value_elements += 2 * kv * static_cast<double>(block.input_elements);
      }
    }
    if (strategy.has_early_stop) LeaveOutLastProduct(block, rates, one.compute);
    const double boundary = samples * static_cast<double>(block.input_elements) / context_degree;
    one.boundary_elements = boundary;
    if (block.is_layer && strategy.tensor > 1) {
      const double reduced = 2 * links.AllReduce(tensor, boundary * rates.ElementBytes());
      one.tensor = strategy.has_tensor_overlap ? Exposed(reduced, one.compute.forward, true,
                                                         constants[Constant::kTensorExposed])
                                               : reduced;
    }
    if (block.is_layer && strategy.context > 1) {
      one.context = Exposed(links.AllGather(context, samples * key_value_elements *
                                                         rates.ElementBytes() / tensor_degree),
                            one.compute.forward, true, constants[Constant::kExposed]);
    }
    if (experts_per_token > 0 && strategy.expert > 1) {
      const double sent = boundary * rates.ElementBytes() * experts_per_token /
                          (strategy.has_sequence_parallel ? tensor_degree : 1.0);
      one.expert = 2 * links.AllToAll(expert, sent);
    }
    times.blocks.push_back(one);
  }
  return times;
}

StepTime TimeStep(const BlockTimes& blocks, const Strategy& strategy, const Machine& machine,
                  const Constants& constants) {
  const Interconnect links(machine, constants);
  const double exposed = constants[Constant::kExposed];
  const std::vector<Stage> stages = CutStages(blocks, strategy);
  const auto slowest =
      std::max_element(stages.begin(), stages.end(),
                       [](const Stage& a, const Stage& b) { return a.Seconds() < b.Seconds(); });
  const auto micro_batches = static_cast<double>(strategy.accumulation);
  const auto pipeline = static_cast<double>(strategy.pipeline);
  const auto chunks = static_cast<double>(strategy.chunks);

  double all = 0;
  for (const Stage& stage : stages) all += stage.Seconds();
  // Frameworks deal layers out so that the head's stage has fewer, some more, some less.
  const double mean = all / pipeline;
  const double waited = std::min(1.0, constants[Constant::kUneven]);
  const double steady = (mean + waited * (slowest->Seconds() - mean)) / slowest->Seconds();
  const double times = micro_batches * steady;

  StepTime step;
  step[Part::kForward] = slowest->compute.forward * times;
  step[Part::kBackward] = slowest->compute.backward * times;
  step[Part::kRecompute] = slowest->again * times;
  step[Part::kTensor] = slowest->tensor * times;
  step[Part::kContext] = slowest->context * times;
  step[Part::kExpert] = slowest->expert * times;

  if (strategy.pipeline > 1) {
    // The first micro-batch meets every stage before the last one has anything to do.
    step[Part::kBubble] = (all - all / pipeline) / chunks;
    double elements = 0;
    for (const auto& block : blocks.blocks) {
      if (block.is_layer) elements = std::max(elements, block.boundary_elements);
    }
    // The devices of a tensor group send a part each.
    const double bytes = 2 * elements / static_cast<double>(strategy.tensor);
    const bool is_between =
        strategy.tensor * strategy.context * strategy.data >= machine.devices_per_node;
    const double send = links.Send(bytes, is_between);
    const double hidden = strategy.chunks > 1 ? exposed : 1;
    step[Part::kPipeline] = 2 * send * (micro_batches * chunks * hidden + (pipeline - 1));
  }

  double data = 0;
  double parameters = 0;
  for (const Stage& stage : stages) {
    const DataSeconds seconds = TimeData(stage, strategy, machine, links);
    const double backward = stage.compute.backward + stage.again;
    data = std::max(data, Exposed(seconds.per_step, backward, strategy.has_overlap, exposed) +
                              micro_batches * Exposed(seconds.per_micro_batch, stage.Seconds(),
                                                      strategy.has_overlap, exposed));
    parameters = std::max(parameters, stage.parameters);
  }
  step[Part::kData] = data;
  const double own = parameters / (strategy.sharding == Sharding::kNone
                                       ? 1.0
                                       : static_cast<double>(strategy.data * strategy.context));
  step[Part::kOptimizer] =
      own * StateBytes(strategy) / (machine.memory_bandwidth * constants[Constant::kMemory]);
  if (machine.updates_each_tensor) {
    step[Part::kOptimizer] += blocks.parameter_tensors / pipeline *
                              KernelsPerTensor(strategy.optimizer) * constants[Constant::kLaunch];
  }
  step[Part::kHost] =
      constants[Constant::kStep] + constants[Constant::kMicroBatch] * micro_batches * chunks;
  const double nodes = static_cast<double>(machine.Nodes(strategy.Devices()));
  const double excess = strategy.scatter > 0
                            ? strategy.scatter * ExpectedLargest(strategy.Devices())
                            : constants[Constant::kStraggler] * std::log2(nodes);
  step[Part::kStraggler] = step.Sum() * excess;
  return step;
}

double TimeEvaluation(const BlockTimes& blocks, const Strategy& strategy, const Machine& machine,
                      const Constants& constants, std::int64_t samples) {
  const Interconnect links(machine, constants);
  double slowest = 0;
  double all = 0;
  double gathered = 0;
  for (const Stage& stage : CutStages(blocks, strategy)) {
    slowest = std::max(slowest, stage.forward);
    all += stage.forward;
    if (strategy.sharding == Sharding::kParameters) {
      gathered = std::max(gathered, GatherParameters(stage, strategy, machine, links));
    }
  }
  const double waited =
      Exposed(gathered, slowest, strategy.has_overlap, constants[Constant::kExposed]);
  const std::int64_t at_once = strategy.data * strategy.micro_batch;
  const std::int64_t passes = (samples + at_once - 1) / at_once;
  const auto micro_batches = static_cast<double>(passes);
  // The first micro-batch fills the pipeline.
  return micro_batches * (slowest + waited + constants[Constant::kMicroBatch]) + (all - slowest) +
         constants[Constant::kStep];
}

double ExpectedLargest(std::int64_t count) {
  if (count <= 1) return 0;
  const auto n = static_cast<double>(count);
  const double part = (n - 0.375) / (n + 0.25);
  // The normal distribution's quantile, by halving: its function grows everywhere.
  double low = 0;
  double high = 40;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    const double below = std::erfc(-middle / std::numbers::sqrt2) / 2;
    (below < part ? low : high) = middle;
  }
  return (low + high) / 2;
}

}  // namespace epochcost::estimate
