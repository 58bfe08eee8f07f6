#pragma once

#include <string>

#include "probe/gpu/gpu_meter.h"
#include "probe/target.h"

namespace epochcost::probe {

// Whether a process is the run's, from /proc alone and without state, so that any thread may ask:
// it is in the run's control group, or the run's root is among its ancestors. All are of replica 0.
// Never a process that somebody else started.
[[nodiscard]] ReplicaOf OwnershipOf(const Target& target, std::string proc_root);

}  // namespace epochcost::probe
