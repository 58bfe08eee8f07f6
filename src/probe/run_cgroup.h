#pragma once
// A control group of the run's own: whatever the training starts stays in it and is counted,
// however often it forks and whoever its parent becomes.

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "probe/cgroup/layout.h"

namespace epochcost::probe {

// One cgroup v2 folder and, where memory is still on v1, one there of the same name. Made below the
// group that we are in ourselves, so that every limit that holds for us holds for the training;
// only where that would cost the memory figure and no limit lies between is it made further up, in
// a part of the tree that is delegated to us.
class RunCgroup {
 public:
  // Makes it, and tries with a process of its own that one may enter. Errors: kUnsupported (no
  // cgroup v2), kPermission, kIo; nothing is left behind.
  [[nodiscard]] static Result<RunCgroup> Make(const RunId& run);
  [[nodiscard]] static Result<RunCgroup> Make(const RunId& run, const CgroupLayout& layout);
  // The existing one, for a meter that continues. Error kNotFound.
  [[nodiscard]] static Result<RunCgroup> Open(const RunId& run);
  // The group at these folders, as V2Path() and V1MemoryPath() gave them to another process.
  [[nodiscard]] static RunCgroup At(std::string v2_path, std::string v1_memory_path) {
    return {std::move(v2_path), std::move(v1_memory_path)};
  }

  [[nodiscard]] const std::string& V2Path() const { return v2_; }
  // Empty where v1 keeps no memory here or would not let us in.
  [[nodiscard]] const std::string& V1MemoryPath() const { return v1_memory_; }

  // Moves a process with all its threads into it.
  [[nodiscard]] Result<void> Enter(pid_t pid) const;
  // Open descriptors (close-on-exec) through which a process enters by write(fd, "0", 1), which is
  // safe between fork and exec. The caller closes them. Empty where they cannot be opened.
  [[nodiscard]] std::vector<int> EntryFds() const;

  // Whether a process is in it or in a group below it. Error: the group is gone.
  [[nodiscard]] Result<bool> IsPopulated() const;
  // Removes it and the groups below it. Error kUnavailable: processes are still in it.
  [[nodiscard]] Result<void> Remove() const;

 private:
  RunCgroup(std::string v2, std::string v1_memory)
      : v2_(std::move(v2)), v1_memory_(std::move(v1_memory)) {}

  std::string v2_;
  std::string v1_memory_;
};

// What a person who was refused a control group can do on this machine.
[[nodiscard]] std::string HowToGetCgroup();

}  // namespace epochcost::probe
