#pragma once
// CPU time without privileges: the clocks of the living, the word of the supervisor for the dead.

#include <cstdint>
#include <string>
#include <vector>

#include "probe/proc/dead_feed.h"
#include "probe/proc/process_tree.h"
#include "probe/source.h"

namespace epochcost::probe {

// Sum over the run's processes of
//   - the CPU clock of each living process (all its threads, dead ones included),
//   - what each living process has waited for (kept by the kernel in ticks of 10 ms),
//   - what the supervisor reported of those that it waited for.
//
// A process that vanishes keeps its last reading until one of these is seen to hold it, so nothing
// is counted twice and the sum never falls. What nobody waited for (its parent ignores SIGCHLD)
// keeps its last reading for good; from then on the readings are `modelled`, and it is told.
class ProcessClocks final : public Source {
 public:
  // Where CPU clocks come from; nothing for a process that is gone.
  using ReadClock = std::optional<std::int64_t> (*)(pid_t pid);

  // Borrows the tree and the feed (may be null: nobody reports). Both outlive it.
  ProcessClocks(ProcessTree& tree, DeadFeed* feed, ReadClock read_clock = &ReadProcessClock);
  [[nodiscard]] SourceKind Kind() const override { return SourceKind::kProcessClocks; }
  // Error kNotFound: not one process has been found yet.
  [[nodiscard]] Result<void> Poll(BootTime now, std::vector<Sample>& out) override;
  [[nodiscard]] std::optional<std::string> TakeNotice() override;

  // How many processes ended without anybody having waited for them.
  [[nodiscard]] std::int64_t UnseenExits() const { return unseen_exits_; }
  [[nodiscard]] static std::optional<std::int64_t> ReadProcessClock(pid_t pid);

 private:
  struct Living {
    pid_t pid = 0;
    pid_t parent = 0;
    std::int64_t start_ticks = 0;
    std::int64_t clock_ns = 0;
    std::int64_t children_ns = 0;
    [[nodiscard]] std::int64_t Total() const { return clock_ns + children_ns; }
  };
  // Gone, and not yet seen in anybody's sum.
  struct Missing {
    pid_t pid = 0;
    pid_t parent = 0;
    std::int64_t start_ticks = 0;
    std::int64_t ns = 0;
    int looks = 0;  // refreshes of the tree since it vanished
    bool is_unseen = false;
  };
  // CPU time that a living process has newly waited for.
  struct Gain {
    pid_t parent = 0;
    std::int64_t ns = 0;
  };

  void Meet();
  void ReadClocks();
  void TakeDead();
  void Credit(pid_t parent, std::int64_t ns);
  [[nodiscard]] std::int64_t CreditChildren(pid_t parent, std::int64_t ns);
  [[nodiscard]] std::int64_t CreditOne(std::vector<Missing>::iterator gone, std::int64_t ns);
  void GiveUp();
  [[nodiscard]] bool MayStillAppear(const Missing& missing) const;
  [[nodiscard]] std::int64_t Sum() const;

  ProcessTree& tree_;
  DeadFeed* feed_;
  ReadClock read_clock_;
  std::int64_t generation_ = -1;
  std::vector<Living> living_;  // by pid
  std::vector<Missing> missing_;
  std::vector<DeadProcess> dead_;
  std::vector<Gain> gains_;
  std::int64_t dead_ns_ = 0;
  std::int64_t kept_ns_ = 0;  // last readings of those that nobody waited for
  std::int64_t said_ns_ = 0;
  std::int64_t unseen_exits_ = 0;
  bool was_told_ = false;
};

}  // namespace epochcost::probe
