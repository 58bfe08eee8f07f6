#pragma once

#include <sys/types.h>

#include <vector>

namespace epochcost::app {

// What all processes of a session have used, children that have ended included. A process that ends
// meanwhile is left out.
struct SessionUsage {
  double cpu_seconds = 0;
  double memory_bytes = 0;  // resident
};
[[nodiscard]] SessionUsage UsageOfSession(pid_t session);

[[nodiscard]] std::vector<pid_t> ProcessesOfSession(pid_t session);

}  // namespace epochcost::app
