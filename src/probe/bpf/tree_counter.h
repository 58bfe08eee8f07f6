#pragma once
// The process tree as the kernel itself follows it: CPU time and socket payload by tree.

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "probe/handle_set.h"
#include "probe/source.h"
#include "probe/target.h"

namespace epochcost::probe {

inline constexpr int kMostTrees = 64;

// What a tree has used so far.
struct TreeReading {
  std::int64_t cpu_ns = 0;
  std::int64_t received_bytes = 0;  // payload, loopback apart
  std::int64_t sent_bytes = 0;
  std::int64_t loopback_bytes = 0;
  std::int64_t lost_tasks = 0;  // could not be followed: the kernel had no memory for it
};

// The eBPF programs of src/probe/bpf/tree.bpf.c, loaded and attached. One thread at a time.
class TreeCounter {
 public:
  struct Options {
    bool cpu = true;       // follow CPU time
    bool sockets = false;  // follow socket payload; needs kernel 6.3
  };
  // Loads and attaches, or continues what counts already: what `handles` hold (borrowed, may be
  // null), else what an earlier meter of the run has pinned. What is loaded is put into `handles`
  // as well. Errors: kUnsupported (built without eBPF, no BTF, no such tracepoint), kPermission,
  // kIo.
  [[nodiscard]] static Result<std::unique_ptr<TreeCounter>> Open(const RunId& run, Options options,
                                                                 HandleSet* handles = nullptr);

  virtual ~TreeCounter() = default;
  // From now on these processes, what they have used since they began, and all that they start
  // belong to tree `id`, 0 … kMostTrees − 1. Never this process. Who is followed already stays.
  [[nodiscard]] virtual Result<void> Follow(int id, const std::vector<pid_t>& processes) = 0;
  // Books what has been running for more than 10 ms without a switch, up to the scheduler's last
  // tick (4 ms at 250 Hz), so that a program that computes without pause is not read late.
  virtual void Settle() = 0;
  [[nodiscard]] virtual Result<TreeReading> Read(int id) = 0;
};

// Removes what a run has pinned in the BPF file system; nothing pinned is no error.
Result<void> RemovePins(const RunId& run);

// What the eBPF programs of all meters on this machine have cost so far, where the kernel keeps it
// (sysctl kernel.bpf_stats_enabled=1). Errors: kUnsupported (it does not, or built without eBPF),
// kPermission.
[[nodiscard]] Result<Nanos> BpfRunTime();

// CPU time of tree 0 as a source. Borrows the counter, which outlives it.
[[nodiscard]] std::unique_ptr<Source> MakeTreeCpu(TreeCounter& counter);
// Payload of tree 0's sockets.
[[nodiscard]] std::unique_ptr<Source> MakeTreeSockets(TreeCounter& counter);

}  // namespace epochcost::probe
