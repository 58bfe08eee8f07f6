#pragma once
// What each GPU of a run shows now, for whoever watches it: a small file in the run's folder in the
// form of a recording of GPUs, replaced once a second.

#include <string>
#include <vector>

#include "base/result.h"
#include "probe/gpu/gpu_recording.h"
#include "probe/gpu/gpu_source.h"

namespace epochcost::app {

// Whole or not at all. Error kIo.
[[nodiscard]] Result<void> WriteLiveGpus(const std::string& path,
                                         const std::vector<probe::LiveGpu>& gpus);

// Error kNotFound where the run has no GPU, or ParseGpuRecording's.
[[nodiscard]] Result<std::vector<probe::LiveGpu>> ReadLiveGpus(const std::string& path);

}  // namespace epochcost::app
