#pragma once

#include <memory>
#include <string>

#include "probe/gpu/gpu_meter.h"
#include "probe/ranks/rank_roots.h"
#include "probe/target.h"

namespace epochcost::probe {

// Whose a process is, from /proc and the ranks that are known, so that any thread may ask. It is of
// the rank that is the nearest of itself and its ancestors; else the run's and of no rank, where it
// is in the run's control group or has the run's root among its ancestors. Never a process that
// somebody else started.
[[nodiscard]] ReplicaOf OwnershipOf(const Target& target, std::string proc_root,
                                    std::shared_ptr<const RankRoots> ranks);

}  // namespace epochcost::probe
