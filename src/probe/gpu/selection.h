#pragma once
// Which GPUs are the run's: by what its environment says, as CUDA, ROCm, container runtimes and
// Slurm say it.

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "probe/gpu/gpu.h"

namespace epochcost::probe {

// The value of an environment variable of the run's root process; nothing where it is not set.
using Environment = std::function<std::optional<std::string>(std::string_view)>;

// What was chosen, and by which variable; `by` is empty where none restricts it.
struct GpuSelection {
  std::vector<Gpu> gpus;
  std::string by;  // "CUDA_VISIBLE_DEVICES=0,1"
  std::string
      unknown;  // a word of it that names no GPU here; as CUDA does, what follows is left out
};

// The narrowest that is set decides: CUDA_VISIBLE_DEVICES, HIP_ and ROCR_VISIBLE_DEVICES, then
// Slurm's SLURM_STEP_GPUS and SLURM_JOB_GPUS, then NVIDIA_VISIBLE_DEVICES of a container. Words are
// indices, a GPU's UUID or an unambiguous beginning of it, "MIG-…", or "none"/"void"/"-1" for none
// and "all". CUDA's order is taken to be the driver's (CUDA_DEVICE_ORDER=PCI_BUS_ID, or GPUs that
// are alike).
[[nodiscard]] GpuSelection SelectGpus(std::span<const Gpu> gpus, const Environment& environment);

// The environment of a process as it was started, from /proc/<pid>/environ.
[[nodiscard]] Environment EnvironmentOf(const std::string& proc_root, pid_t pid);

}  // namespace epochcost::probe
