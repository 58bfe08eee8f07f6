#pragma once
// Which processes are the run's, for those who may only look at /proc.

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "probe/proc/text.h"
#include "probe/target.h"

namespace epochcost::probe {

struct Process {
  pid_t pid = 0;
  pid_t parent = 0;
  std::int64_t start_ticks = 0;
  std::int64_t threads = 1;
  std::int64_t children_ticks = 0;  // CPU time of the children that it has waited for
};

// The root, its descendants, and the orphans that its subreaper got; a process once found stays a
// member while it lives, whoever its parent becomes. Never this process itself.
//
// Looking costs: some 20 µs a process. Refresh() therefore spends at most a thousandth of the time
// on it, some of it saved up for when processes begin, and nothing while no process was made on the
// machine.
class ProcessTree {
 public:
  ProcessTree(const Target& target, std::string proc_root, pid_t self);

  // A process beside the root is the run's too, with all that comes of it.
  void AddRoot(pid_t pid, std::int64_t start_ticks);
  // A root that lives, the first one before the others; 0 where none does.
  [[nodiscard]] pid_t LivingRoot();
  [[nodiscard]] bool HasOtherRoots() const { return roots_.size() > 1; }

  // Looks again if it is due. `wanted`: someone is known to be gone, so look although nobody was
  // made. Returns whether it has looked.
  bool Refresh(BootTime now, bool wanted);
  // From now on each look reads every member's stat anew. Without it, members of a control group
  // are read when they are first seen, and again only if their number can have been given to
  // another process since: parent, threads and children_ticks are then as of that reading.
  void KeepStatsFresh() { keeps_stats_fresh_ = true; }

  // By pid. children_ticks are as of the last refresh where stats are kept fresh.
  [[nodiscard]] const std::vector<Process>& Members() const { return members_; }
  // Grows whenever Members() was read anew.
  [[nodiscard]] std::int64_t Generation() const { return generation_; }
  [[nodiscard]] const std::string& ProcRoot() const { return proc_root_; }

 private:
  void Look();
  void CollectFromCgroup();
  void AppendMembersOf(const std::string& folder, int depth);
  void CollectFromChildren();
  void CollectFromEverybody();
  void AppendChildrenOf(pid_t pid, bool has_threads);
  void Admit(pid_t pid);
  [[nodiscard]] bool AdmitAsKnown(pid_t pid);
  [[nodiscard]] std::optional<ProcessStat> StatOf(pid_t pid);
  [[nodiscard]] std::string_view ReadInto(const char* path, bool in_one_read = false);

  struct Root {
    pid_t pid = 0;
    std::int64_t start_ticks = 0;
  };

  Target target_;
  std::vector<Root> roots_;
  std::string proc_root_;
  pid_t self_;
  bool has_children_files_;
  std::vector<Process> members_;
  std::vector<Process> found_;
  std::vector<pid_t> candidates_;
  std::vector<pid_t> grouped_;  // as the control group lists them
  std::vector<char> buffer_ = std::vector<char>(65536);
  std::int64_t generation_ = 0;
  std::int64_t newest_pid_ = -1;
  std::int64_t newest_at_look_ = -1;  // numbers given out after the last look follow it
  BootTime looked_;
  bool numbers_may_return_ = true;  // between the last look and this one
  bool keeps_stats_fresh_ = false;
  std::int64_t saved_ns_ = 0;  // CPU time that looking may take now
  BootTime asked_;
};

}  // namespace epochcost::probe
