#pragma once

#include <sys/types.h>

#include <vector>

namespace epochcost::app {

// What all processes of a session have used, children that have ended included. A process that ends
// meanwhile is left out.
struct SessionUsage {
  double cpu_seconds = 0;
  double memory_bytes = 0;  // resident
  // That the first thread of the process with the most CPU time could have run and had no core.
  double waited_seconds = 0;
};
[[nodiscard]] SessionUsage UsageOfSession(pid_t session);

[[nodiscard]] std::vector<pid_t> ProcessesOfSession(pid_t session);

}  // namespace epochcost::app
