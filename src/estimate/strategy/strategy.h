#pragma once
// How a training is spread over devices, and the machine that it is spread over.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "estimate/graph/graph.h"
#include "estimate/hardware/hardware.h"
#include "model/estimate.h"

namespace epochcost::estimate {

// What the data-parallel replicas share out among themselves: nothing (DDP), the optimizer's state
// (ZeRO 1), also the gradients (2), also the parameters (3, FSDP).
enum class Sharding : std::uint8_t { kNone, kOptimizer, kGradients, kParameters };

// What is computed again in the backward pass: nothing, what is large and cheap (the attention's
// scores), or whole layers.
enum class Recompute : std::uint8_t { kNone, kSelective, kFull };

enum class Optimizer : std::uint8_t { kSgd, kMomentum, kAdam, kAdam8Bit, kAdafactor, kMuon };
[[nodiscard]] std::string_view Name(Optimizer optimizer);
[[nodiscard]] std::string_view Name(Sharding sharding);
[[nodiscard]] std::string_view Name(Recompute recompute);

// The degrees multiply to the number of devices: data × tensor × pipeline × context. Experts are
// spread over the data-parallel devices.
struct Strategy {
  std::int64_t data = 1;
  std::int64_t tensor = 1;
  std::int64_t pipeline = 1;
  std::int64_t context = 1;
  std::int64_t expert = 1;
  std::int64_t chunks = 1;  // interleaved pipeline: pieces of the model per device
  bool has_sequence_parallel = false;
  Sharding sharding = Sharding::kNone;
  Recompute recompute = Recompute::kNone;
  Precision precision = Precision::kBf16;
  Optimizer optimizer = Optimizer::kAdam;
  std::int64_t micro_batch = 1;    // samples
  std::int64_t accumulation = 1;   // micro-batches per step and replica
  std::int64_t sync_interval = 1;  // steps between synchronisations
  double gradient_compression = 1;
  std::int64_t gradient_bytes = 4;  // of one element, as it is accumulated and sent
  bool has_master_weights = true;   // a 32-bit copy beside 16-bit parameters
  bool has_overlap = true;          // gradients are sent while the backward pass goes on
  bool has_offload = false;         // the optimizer lives in the host's memory
  bool has_fused_kernels = true;    // element-wise chains are compiled into one
  bool has_tensor_overlap = false;  // tensor-parallel collectives are sent while products go on
  bool has_narrow_experts = false;  // experts' products too are in 8 bits, where others are
  // A layer is computed again only as far as something was kept: not its last product.
  bool has_early_stop = false;
  // Standard deviation of a device's step, as a part of it: all wait for the slowest. 0: nobody
  // said, the constant that was fitted to measured runs stands.
  double scatter = 0;

  [[nodiscard]] std::int64_t Devices() const { return data * tensor * pipeline * context; }
  [[nodiscard]] std::int64_t GlobalBatch() const { return data * micro_batch * accumulation; }
  friend bool operator==(const Strategy&, const Strategy&) = default;
};

// One kind of device in nodes of one kind. Bandwidths are of one direction.
struct Machine {
  std::string device;
  std::array<double, kPrecisionCount> peak_ops{};  // dense, per second; 0: cannot
  double memory_bytes = 0;
  double memory_bandwidth = 0;
  std::int64_t units = 1;  // streaming multiprocessors, compute units
  double clock_hz = 0;
  double rated_watts = 0;
  double device_bandwidth = 0;  // of a device's links within its node
  double node_bandwidth = 0;    // of a node's links, all its devices together
  std::int64_t devices_per_node = 8;
  // A processor's optimizer starts its kernels for each tensor; for a GPU frameworks group tensors
  // (PyTorch's torch.optim: "foreach" is the default where all of them are on a GPU).
  bool updates_each_tensor = false;
  double context_bytes = 0.9e9;  // that a runtime and its libraries take beside tensors

  [[nodiscard]] double Peak(Precision precision) const {
    return peak_ops.at(static_cast<std::size_t>(precision));
  }
  [[nodiscard]] std::int64_t Nodes(std::int64_t devices) const {
    return (devices + devices_per_node - 1) / devices_per_node;
  }
};

// A machine of the catalog. `node_link` is the device's own link; `node_bandwidth` is what leaves a
// node, in bytes per second, 0 where there is one node only.
[[nodiscard]] Machine MachineOf(const Device& device, const Link& node_link, double node_bandwidth);

// "dp 8 · tp 4 · pp 2 · micro-batch 4 × 16 · bf16 · full recomputation".
[[nodiscard]] std::string Describe(const Strategy& strategy);

// Whether the graph can be laid out so. Error kInvalidInput names the degree that does not divide,
// is not positive or beyond what a count can be, and what would do.
[[nodiscard]] Result<void> Check(const Graph& graph, const Strategy& strategy,
                                 const Machine& machine);

}  // namespace epochcost::estimate
