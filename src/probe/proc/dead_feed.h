#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace epochcost::probe {

// A process of the run that the supervisor has waited for.
struct DeadProcess {
  pid_t pid = 0;  // 0: all that an earlier meter was told of, in one sum
  std::int64_t start_ticks = 0;
  std::int64_t cpu_ns = 0;  // as wait4 says: its own and that of the children that it waited for
};

// Through which the process clocks learn of the dead. Owned by whoever hears from the supervisor;
// filled and read in one thread, filled before Poll().
class DeadFeed {
 public:
  void Tell(const DeadProcess& dead) { waiting_.push_back(dead); }
  // Those told since the last call.
  void TakeInto(std::vector<DeadProcess>& out) {
    out.insert(out.end(), waiting_.begin(), waiting_.end());
    waiting_.clear();
  }

 private:
  std::vector<DeadProcess> waiting_;
};

}  // namespace epochcost::probe
