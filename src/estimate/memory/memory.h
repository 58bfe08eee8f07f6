#pragma once
// What each stage of a pipeline keeps allocated while it trains.
//
// Sources: Korthikanti et al. 2022 (arXiv 2205.05198) for activations and what is in flight;
// Rajbhandari et al. 2020 (arXiv 1910.02054) for what sharding divides.

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "estimate/graph/graph.h"
#include "estimate/strategy/strategy.h"

namespace epochcost::estimate {

enum class MemoryPart : std::size_t {
  kParameters,
  kGradients,
  kOptimizer,    // states and the 32-bit copy
  kActivations,  // kept for the backward pass, of all micro-batches in flight
  kLogits,       // the head's output, its gradient and the loss
  kWorking,      // of the layer at work: what it computes again, its gradients
  kGathered,     // parameters of the layers at work where they are sharded
  kContext,      // the runtime's own
};
inline constexpr std::size_t kMemoryPartCount = 8;
[[nodiscard]] std::string_view Name(MemoryPart part);

// Bytes of one device of a stage.
struct StageMemory {
  std::array<double, kMemoryPartCount> parts{};
  double in_flight = 0;  // micro-batches whose activations are kept at the fullest moment

  [[nodiscard]] double& operator[](MemoryPart part) {
    return parts.at(static_cast<std::size_t>(part));
  }
  [[nodiscard]] double operator[](MemoryPart part) const {
    return parts.at(static_cast<std::size_t>(part));
  }
  // Between two steps: parameters, gradients, optimizer.
  [[nodiscard]] double Steady() const;
  // At the fullest moment, as the framework's allocator counts it: without the context.
  [[nodiscard]] double Peak() const;
  // Over a step: activations grow and shrink linearly.
  [[nodiscard]] double Average() const;
};

// One phase of a step of a stage: what is allocated at its end.
struct MemoryInstant {
  std::string_view phase;  // "forward", "backward", "optimizer"
  double step_part = 0;    // 0 to 1 of the step's time
  double bytes = 0;
};

struct MemoryTimeline {
  std::vector<StageMemory> stages;
  [[nodiscard]] const StageMemory& Fullest() const;
  [[nodiscard]] double HighestPeak() const;  // of the fullest stage
};

// Bytes that a CUDA context, its libraries and the communicator's buffers take beside tensors, as
// Machine has them for a GPU.
inline constexpr double kContextBytes = 0.9e9;
// What an allocator holds beyond what is allocated, of the peak.
inline constexpr double kReserve = 1.06;

// Expects a strategy that Check() accepts.
[[nodiscard]] MemoryTimeline LayOutMemory(const Graph& graph, const Strategy& strategy);

// Bytes of each parameter in a checkpoint from which training goes on: the parameter, its copy in
// 32 bit and the optimizer's state, as they lie in memory.
[[nodiscard]] double SavedBytes(const Strategy& strategy);

// The course of one stage over a step with a forward part of `forward_part`.
[[nodiscard]] std::vector<MemoryInstant> Course(const StageMemory& stage, double forward_part);

// Whether the fullest stage fits the device, with context and reserve.
[[nodiscard]] bool Fits(const MemoryTimeline& timeline, const Machine& machine);
[[nodiscard]] bool PeakFits(double peak_bytes, const Machine& machine);

}  // namespace epochcost::estimate
