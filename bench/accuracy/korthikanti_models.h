#pragma once
// The models of Korthikanti et al. 2022 (arXiv 2205.05198), tables 3 and 5.

#include <array>
#include <cstdint>
#include <string_view>

#include "estimate/graph/transformer.h"

namespace epochcost::accuracy {

// With tensor parallelism of eight. Of an iteration with selective recomputation: seconds to 0.01,
// utilisations of A100s at 312 TFLOP/s to 0.1 points.
struct KorthikantiModel {
  std::string_view name;
  std::int64_t hidden, heads, layers, pipeline, chunks, batch, micro_batch;
  double seconds, model_percent, hardware_percent;
  [[nodiscard]] std::int64_t Devices() const { return 8 * pipeline; }
  [[nodiscard]] estimate::TransformerShape Shape() const;
};
inline constexpr std::array<KorthikantiModel, 4> kKorthikantiModels = {
    {{"22B", 6144, 64, 48, 1, 1, 4, 4, 1.10, 41.5, 43.7},
     {"175B", 12288, 96, 96, 8, 3, 64, 1, 13.75, 51.4, 52.8},
     {"530B", 20480, 128, 105, 35, 3, 280, 1, 37.83, 56.0, 57.0},
     {"1T", 25600, 160, 128, 64, 1, 512, 1, 71.49, 56.3, 57.0}}};

}  // namespace epochcost::accuracy
