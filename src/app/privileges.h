#pragma once
// What a meter gives up once everything is opened.

#include <string>

#include "base/result.h"

namespace epochcost::app {

// Keeps of all capabilities those that reading needs (CAP_BPF and CAP_PERFMON for the eBPF of ranks
// that appear later, CAP_SYS_PTRACE for /proc of other users' processes, CAP_DAC_OVERRIDE for a
// ledger that is another user's), for good; and has the kernel refuse, with EPERM, whatever a meter
// never does: to execute programs, to trace, mount, load modules, set clocks, change users, or
// speak over a network. This process and those that it forks; not to be taken back. Error
// kUnsupported: the kernel would not; nothing is lost by that but the caution.
[[nodiscard]] Result<void> DropPrivileges();

}  // namespace epochcost::app
