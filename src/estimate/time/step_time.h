#pragma once
// One training step on one machine: computation, what is waited for, and what could not be hidden.

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "estimate/calibration/constants.h"
#include "estimate/graph/graph.h"
#include "estimate/strategy/strategy.h"
#include "estimate/time/collective.h"
#include "estimate/time/operator_time.h"

namespace epochcost::estimate {

enum class Part : std::size_t {
  kForward,
  kBackward,
  kRecompute,
  kTensor,    // collectives of tensor and sequence parallelism
  kContext,   // keys and values passed round
  kExpert,    // tokens sent to experts and back
  kBubble,    // a pipeline's stages waiting for work, or for the slowest stage
  kPipeline,  // activations sent between stages
  kData,      // gradients and parameters of data parallelism, as far as not hidden
  kOptimizer,
  kHost,       // launches of the step, micro-batches, the loader
  kStraggler,  // waiting for the slowest node
};
inline constexpr std::size_t kPartCount = 12;
[[nodiscard]] std::string_view Name(Part part);

struct StepTime {
  std::array<double, kPartCount> parts{};  // seconds; their sum is the step
  [[nodiscard]] double& operator[](Part part) { return parts.at(static_cast<std::size_t>(part)); }
  [[nodiscard]] double operator[](Part part) const {
    return parts.at(static_cast<std::size_t>(part));
  }
  [[nodiscard]] double Sum() const;
};

// What one repetition of each block takes on one device per micro-batch, under a division by
// tensor, context and expert parallelism. Depends on no other part of the strategy, so a search
// keeps it.
struct BlockTimes {
  struct Block {
    PassSeconds compute;
    double again_selective = 0;  // of what selective recomputation computes again
    double tensor = 0;           // waiting, per forward pass; as long again in the backward pass
    double context = 0;
    double expert = 0;
    double parameters = 0;         // on one device of the tensor-parallel group
    double expert_parameters = 0;  // of these, the experts' (divided by expert parallelism too)
    double boundary_elements = 0;  // sent to the next stage, per micro-batch
    std::int64_t count = 1;
    bool is_layer = false;
  };
  std::vector<Block> blocks;
  double parameter_tensors = 0;  // of the whole model; 0: not known
};

[[nodiscard]] BlockTimes TimeBlocks(const Graph& graph, const Strategy& strategy,
                                    const Machine& machine, const Constants& constants);

// Expects a strategy that Check() accepts.
[[nodiscard]] StepTime TimeStep(const BlockTimes& blocks, const Strategy& strategy,
                                const Machine& machine, const Constants& constants);

// Seconds of the forward passes over so many samples: what an evaluation takes. Replicas share the
// samples out in micro-batches as large as the training's.
[[nodiscard]] double TimeEvaluation(const BlockTimes& blocks, const Strategy& strategy,
                                    const Machine& machine, const Constants& constants,
                                    std::int64_t samples);

// By how many standard deviations the largest of so many independent, normally distributed values
// lies above their mean, on average. Source: Blom 1958, Statistical Estimates and Transformed
// Beta-Variables: the quantile of (n − 3/8) / (n + 1/4).
[[nodiscard]] double ExpectedLargest(std::int64_t count);

}  // namespace epochcost::estimate
