#include "estimate/traffic/traffic.h"

#include "estimate/time/collective.h"

namespace epochcost::estimate {
namespace {

// What a member of a ring sends to gather or scatter `bytes`.
double Ring(std::int64_t members, double bytes) {
  return bytes * static_cast<double>(members - 1) / static_cast<double>(members);
}

}  // namespace

Traffic CountTraffic(const Graph& graph, const Strategy& strategy, const Machine& machine) {
  const double element = strategy.precision == Precision::kFp32 ? 4 : 2;
  const auto micro_batches = static_cast<double>(strategy.accumulation);
  const auto tensor = static_cast<double>(strategy.tensor);
  const double stages = static_cast<double>(strategy.pipeline);
  Traffic traffic;
  double parameters = 0;
  for (const Block& block : graph.blocks) {
    const auto count = static_cast<double>(block.count);
    const double boundary = static_cast<double>(block.input_elements * strategy.micro_batch) /
                            static_cast<double>(strategy.context) * element;
    double key_values = 0;
    double visits = 0;
    for (const Operator& op : block.operators) {
      parameters += count * static_cast<double>(op.parameters) / (op.is_split ? tensor : 1) /
                    (op.is_expert ? static_cast<double>(strategy.expert) : 1);
      if (op.kind == OpKind::kAttention && graph.heads > 0) {
        key_values = 2 * boundary * static_cast<double>(strategy.context) *
                     static_cast<double>(graph.kv_heads) / static_cast<double>(graph.heads);
      }
      if (op.is_expert && op.parameters > 0) {
        visits = static_cast<double>(op.active_parameters) * static_cast<double>(op.gemm.batch) /
                 static_cast<double>(op.parameters);
      }
    }
    if (!block.is_layer) continue;
    const double passes = strategy.recompute == Recompute::kFull ? 3 : 2;
    const double times = count / stages * micro_batches * passes;
    // Two sums per pass, each as a scatter and a gather.
    traffic.tensor += times * 4 * Ring(strategy.tensor, boundary);
    traffic.context += times * Ring(strategy.context, key_values / tensor);
    traffic.expert += times * 2 * Ring(strategy.expert, visits * boundary / tensor);
    if (strategy.pipeline > 1) {
      traffic.pipeline =
          2 * micro_batches * static_cast<double>(strategy.chunks) * boundary / tensor;
    }
  }
  const std::int64_t replicas = strategy.data * strategy.context;
  const double own = parameters / stages;
  const double gradient =
      own * static_cast<double>(strategy.gradient_bytes) / strategy.gradient_compression;
  switch (strategy.sharding) {
    case Sharding::kNone:
      traffic.data = 2 * Ring(replicas, gradient);
      break;
    case Sharding::kOptimizer:
    case Sharding::kGradients:
      traffic.data = Ring(replicas, gradient) + Ring(replicas, own * element);
      break;
    case Sharding::kParameters:
      traffic.data = micro_batches * (2 * Ring(replicas, own * element) + Ring(replicas, gradient));
      break;
  }
  traffic.data /= static_cast<double>(strategy.sync_interval);

  const auto book = [&traffic](const Group& group, double bytes) {
    // Of a ring over several nodes every member sends to its neighbour; one per node crosses.
    const double crossing = group.Nodes() > 1 ? bytes / static_cast<double>(group.per_node) : 0;
    traffic.between_nodes += crossing;
    traffic.within_node += bytes - crossing;
  };
  const std::int64_t node = machine.devices_per_node;
  book(Place(strategy.tensor, 1, node), traffic.tensor);
  book(Place(strategy.context, strategy.tensor, node), traffic.context);
  book(Place(strategy.expert, strategy.tensor * strategy.context, node), traffic.expert);
  book(Place(replicas, strategy.tensor, node), traffic.data);
  const bool is_between = strategy.tensor * replicas >= node;
  (is_between ? traffic.between_nodes : traffic.within_node) += traffic.pipeline;
  return traffic;
}

}  // namespace epochcost::estimate
