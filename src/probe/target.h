#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "base/ids.h"
#include "probe/run_cgroup.h"

namespace epochcost::probe {

// What is metered: a process and everything that comes of it.
struct Target {
  RunId run;
  pid_t root_pid = 0;
  std::int64_t root_start_ticks = 0;  // /proc/<pid>/stat field 22: with the pid, who it is
  // The process to which the kernel gives the orphans of the run (PR_SET_CHILD_SUBREAPER), 0 if
  // there is none. Its children are the run's, except the meter.
  pid_t subreaper_pid = 0;
  std::optional<RunCgroup> cgroup;  // the run's own, in which the root has been from its start
  bool attached = false;  // it ran before we came: what it did before is in its first reading
};

}  // namespace epochcost::probe
