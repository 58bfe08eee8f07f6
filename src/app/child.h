#pragma once
// The training as a process: started so that nothing about it differs from a start without us.

#include <sys/types.h>

#include <csignal>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace epochcost::app {

struct Child {
  pid_t pid = -1;
  std::int64_t start_ticks = 0;  // /proc/<pid>/stat field 22: with the pid, who it is
};

struct ChildPlan {
  std::vector<std::string> command;  // command[0] is looked up in PATH
  int stdout_fd = -1;                // -1: keeps ours
  int stderr_fd = -1;
  std::vector<int> cgroup_entry_fds;     // the child writes "0" to each before exec
  std::vector<std::string> environment;  // NAME=value, added to ours
  sigset_t signal_mask{};                // the mask that we were started with
  bool ignores_pipe_signal = false;      // whether SIGPIPE was ignored when we were started
  // Called in this process when the child is there and in its cgroups; the child executes when it
  // returns. May be empty.
  std::function<void(const Child& child)> before_exec;
};

// The program could not be executed. `exit_code` is 127 (not found) or 126 (found, not executable),
// as timeout(1) and the shells say it.
struct NoSuchProgram {
  int exit_code = 127;
  Error error;
};

// Forks, enters the cgroups, restores signal masks and dispositions, and executes. Returns once the
// exec has succeeded or failed.
[[nodiscard]] tl::expected<Child, NoSuchProgram> Start(const ChildPlan& plan);

// In a child, before exec: becomes this program again, with other arguments. Where /proc is hidden
// it is found by the path that it was started by. Async-signal-safe; returns where it cannot be.
void ExecuteOwnProgram(char* const* argv);

// Whether that process is there and has not ended; one that nobody has waited for yet has.
[[nodiscard]] bool IsRunning(pid_t pid, std::int64_t start_ticks);

// /proc/<pid>/stat field 22, or 0 where there is no such process.
[[nodiscard]] std::int64_t StartTicks(pid_t pid);

}  // namespace epochcost::app
