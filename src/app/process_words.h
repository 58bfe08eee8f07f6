#pragma once
// What a running process was started with.

#include <sys/types.h>

#include <string>
#include <vector>

namespace epochcost::app {

// Its arguments; empty for one that is gone, is ending, or is the kernel's own.
[[nodiscard]] std::vector<std::string> CommandLineOf(pid_t pid);
// NAME=value as it was at its start; empty where we may not look.
[[nodiscard]] std::vector<std::string> EnvironmentOf(pid_t pid);

}  // namespace epochcost::app
