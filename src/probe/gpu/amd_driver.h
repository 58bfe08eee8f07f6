#pragma once

#include <memory>
#include <string>

#include "probe/gpu/gpu.h"

namespace epochcost::probe {

inline constexpr const char* kAmdLibrary = "libamd_smi.so";

// AMD's management library, found at run time. It is not asked for processes: the layout of its
// answer changes between versions, so a GPU's use is taken as GpuMeter takes it where a driver does
// not tell. Errors as OpenNvml's.
[[nodiscard]] Result<std::unique_ptr<GpuDriver>> OpenAmd(const std::string& library = kAmdLibrary);

}  // namespace epochcost::probe
