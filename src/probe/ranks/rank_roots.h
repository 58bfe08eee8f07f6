#pragma once
// Which processes of a run are ranks, told from the thread that finds them to others that ask.

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace epochcost::probe {

// Any thread may call anything. A process that ended is kept: its descendants may outlive it, and
// what it used may be read late.
class RankRoots {
 public:
  void Add(pid_t pid, std::int64_t start_ticks, std::int32_t replica) {
    const std::scoped_lock lock(mutex_);
    roots_[{pid, start_ticks}] = replica;
  }
  // Nothing where this very process is no rank.
  [[nodiscard]] std::optional<std::int32_t> Of(pid_t pid, std::int64_t start_ticks) const {
    const std::scoped_lock lock(mutex_);
    const auto found = roots_.find({pid, start_ticks});
    return found == roots_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<pid_t, std::int64_t>, std::int32_t> roots_;
};

}  // namespace epochcost::probe
