#pragma once
// What a run does beside its training steps, while its devices are held: it compiles before the
// first step, evaluates and writes checkpoints.

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "model/estimate.h"

namespace epochcost::estimate {

struct RunPlan;
struct StepEstimate;
struct Machine;
struct StackCalibration;

// Nothing is done that nobody asked for.
struct Interludes {
  std::int64_t evaluated_samples = 0;            // of one evaluation; 0: none
  std::int64_t evaluate_every = 0;               // steps; 0: once an epoch
  std::optional<std::int64_t> checkpoint_every;  // steps; 0: once an epoch
  double disk_bytes_per_second = 0;              // of one machine; 0: assumed
  bool is_compiled = false;                      // the program is, before its first step
  std::optional<double> compile_seconds;         // absent: by the number of the model's operators
};

// Seconds of compilation for each operator of the model, forward and backward passes together.
// Source: pytorch/pytorch issue 93794 (compilation latency of training on A100, inductor without
// CUDA graphs): ViT-Large 129 s, MobileNetV2 129 s, T5-Large 175 s, which is 0.2 to 1 second each.
inline constexpr double kCompileSeconds = 0.4;
inline constexpr double kCompileSpread = 2.5;

// What one machine writes to shared storage. Source: stas00/ml-engineering, storage/README.md: 2.3
// TB in 40 s from 48 machines of Jean Zay. From network disks to local flash it is a quarter to
// four times that.
inline constexpr double kDiskBytesPerSecond = 1.2e9;
inline constexpr double kDiskSpread = 4;

// Puts the phases of the whole run and its wall time into `into`, whose epoch is complete. A phase
// that never comes about (fewer steps than between two of it) is a remark. Error kInvalidInput: a
// number of samples or steps that cannot be.
[[nodiscard]] Result<void> PutInterludes(const RunPlan& plan, const Machine& machine,
                                         const StackCalibration& calibration,
                                         const StepEstimate& step, Estimate& into);

}  // namespace epochcost::estimate
