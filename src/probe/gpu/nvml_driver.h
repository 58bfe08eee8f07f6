#pragma once

#include <memory>
#include <string>

#include "probe/gpu/gpu.h"

namespace epochcost::probe {

inline constexpr const char* kNvmlLibrary = "libnvidia-ml.so.1";

// NVIDIA's management library, found at run time: `library` is a name for dlopen, or a path.
// Utilisation comes from GPM where the GPU has it (Hopper and later), else from the driver's own
// sliding window of up to a second. Errors: kNotFound (no such library), kUnsupported (it is no
// NVML or lacks what is needed), kUnavailable (it does not start; the driver's words).
[[nodiscard]] Result<std::unique_ptr<GpuDriver>> OpenNvml(
    const std::string& library = kNvmlLibrary);

}  // namespace epochcost::probe
