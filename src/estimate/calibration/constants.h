#pragma once
// The constants of the time model, what is known of each before anything is measured, and what was
// fitted.

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "estimate/calibration/least_squares.h"

namespace epochcost::estimate {

enum class Constant : std::size_t {
  kGemm,           // part of the matrix peak that a large product reaches
  kGemmDepth,      // inner dimension at which half of that is reached
  kWave,           // how much of a last partial wave of tiles is lost, 0 none, 1 all
  kAttention,      // part of the matrix peak that fused attention reaches
  kMemory,         // part of the memory's bandwidth that element-wise work reaches
  kLaunch,         // seconds between kernels
  kDeviceLink,     // part of the links' bandwidth within a node
  kNodeLink,       // part of the links' bandwidth between nodes
  kDeviceLatency,  // seconds per step of a collective within a node
  kNodeLatency,    // seconds per step of a collective between nodes
  kExposed,        // part of overlapped communication that delays computation nevertheless
  kStep,           // seconds per step that are nobody's: the host, the optimizer's launches
  kStraggler,      // slowdown per doubling of the nodes
  kMicroBatch,     // seconds per micro-batch that are nobody's
  kBackward,       // how much longer than twice its forward a product's backward pass is
  kTensorExposed,  // part of overlapped tensor-parallel communication that delays nevertheless
  kImbalance,      // by how much the busiest expert has more tokens than the mean
  kUneven,         // how much of the slowest stage's excess over the mean a pipeline waits for
  kConvolution,    // a convolution's rate as a part of a product's of the same shape
  kVector,         // how much longer norms, softmaxes and losses take than their bytes
  kPooling,        // the same of pools
  kNarrowHeads,    // rate of fused attention with heads of 64 columns, part of that with 128
};
inline constexpr std::size_t kConstantCount = 22;

struct ConstantInfo {
  std::string_view name;
  std::string_view unit;
  Prior prior;
  std::string_view meaning;
};
[[nodiscard]] const std::array<ConstantInfo, kConstantCount>& ConstantInfos();

// The values by which a prediction is computed.
class Constants {
 public:
  Constants();  // the priors
  explicit Constants(const std::vector<double>& values);
  [[nodiscard]] double operator[](Constant constant) const {
    return values_[static_cast<std::size_t>(constant)];
  }
  void Set(Constant constant, double value) { values_[static_cast<std::size_t>(constant)] = value; }
  [[nodiscard]] const std::array<double, kConstantCount>& Values() const { return values_; }

 private:
  std::array<double, kConstantCount> values_{};
};

}  // namespace epochcost::estimate
