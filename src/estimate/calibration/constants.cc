#include "estimate/calibration/constants.h"

#include <algorithm>

namespace epochcost::estimate {

const std::array<ConstantInfo, kConstantCount>& ConstantInfos() {
  static constexpr std::array<ConstantInfo, kConstantCount> kInfos = {{
      {"gemm",
       "part of peak",
       {0.75, 0.12},
       "part of the matrix peak that a large product reaches"},
      {"gemm_depth", "elements", {200, 0.7}, "inner dimension at which half of that is reached"},
      {"wave", "part", {0.3, 0.7}, "part of the last partial wave of tiles that is lost"},
      {"attention", "part of peak", {0.45, 0.3}, "part of the peak that fused attention reaches"},
      {"memory", "part of bandwidth", {0.8, 0.2}, "part of the memory bandwidth that is reached"},
      {"launch", "s", {4e-6, 0.6}, "between kernels"},
      {"device_link", "part of bandwidth", {0.75, 0.25}, "part reached within a node"},
      {"node_link", "part of bandwidth", {0.7, 0.4}, "part reached between nodes"},
      {"device_latency", "s", {5e-6, 0.6}, "per step of a collective within a node"},
      {"node_latency", "s", {15e-6, 0.6}, "per step of a collective between nodes"},
      {"exposed", "part", {0.2, 0.6}, "part of overlapped communication that delays nevertheless"},
      {"step", "s", {0.02, 0.8}, "per step: the host, the optimizer's launches"},
      {"straggler", "per doubling", {0.006, 0.7}, "slowdown per doubling of the nodes"},
      {"micro_batch", "s", {1e-3, 1.0}, "per micro-batch: the host"},
      {"backward", "ratio", {1.1, 0.08}, "how much less efficient a backward product is"},
      {"tensor_exposed", "part", {0.4, 0.6}, "part of overlapped tensor collectives that delays"},
      {"imbalance", "ratio", {0.12, 0.5}, "by how much the busiest expert exceeds the mean"},
      {"uneven", "part", {0.5, 0.6}, "part of the slowest stage's excess that is waited for"},
      {"convolution", "ratio", {1, 0.3}, "a convolution's rate as a part of a product's"},
      // A GPU's kernels of these wait for memory; a processor's compute.
      {"vector", "ratio", {1, 0}, "how much longer norms and softmaxes take than their bytes"},
      {"pooling", "ratio", {1, 0}, "how much longer pools take than their bytes"},
      // Dao 2023 (arXiv 2307.08691), figures 4 to 6: from 0.6 to above 1, by implementation.
      {"narrow_heads", "ratio", {0.8, 0.3}, "rate of attention with 64 columns against 128"},
  }};
  return kInfos;
}

Constants::Constants() {
  std::transform(ConstantInfos().begin(), ConstantInfos().end(), values_.begin(),
                 [](const ConstantInfo& info) { return info.prior.value; });
}

Constants::Constants(const std::vector<double>& values) {
  std::copy_n(values.begin(), std::min(values.size(), kConstantCount), values_.begin());
}

}  // namespace epochcost::estimate
