#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "probe/handle_set.h"
#include "probe/source.h"
#include "probe/target.h"

namespace epochcost::probe {

// IP bytes that enter and leave the sockets of a cgroup v2 and the groups below it, counted by eBPF
// from the moment of opening; loopback apart. Headers of IP and above are in, of the link are not.
// `handles` and errors as TreeCounter::Open.
[[nodiscard]] Result<std::unique_ptr<Source>> OpenCgroupNetwork(const RunId& run,
                                                                const std::string& cgroup_folder,
                                                                HandleSet* handles = nullptr);

}  // namespace epochcost::probe
