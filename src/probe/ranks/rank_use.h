#pragma once
// What each rank of a run on this machine has used, told apart by process.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "probe/bpf/tree_counter.h"
#include "probe/handle_set.h"
#include "probe/proc/process_clocks.h"
#include "probe/proc/process_memory.h"
#include "probe/ranks/rank_finder.h"
#include "probe/ranks/rank_roots.h"
#include "probe/target.h"

namespace epochcost::probe {

// Counters of CPU time and socket payload and the memory of each rank, as samples with its replica.
// They divide what the run's own sources read of the whole and are no second count of it: a rank
// may be read late, and what is no rank's is in none of them.
//
// CPU time and payload come from eBPF process trees where they can be had, else CPU time from the
// processes' clocks. Nothing is loaded before the first rank is there. One thread.
class RankUse {
 public:
  struct Options {
    bool may_load = false;             // eBPF trees
    HandleSet* handles = nullptr;      // borrowed; may be null
    std::shared_ptr<RankRoots> roots;  // where ranks are written down for others; may be null
    std::string proc_root = "/proc";
  };
  // Borrows the tree of the run, which outlives it.
  RankUse(const Target& target, ProcessTree& tree, Options options);

  // As RankFinder::Declare.
  void Declare(pid_t pid, std::int64_t start_ticks, std::int32_t replica) {
    finder_.Declare(pid, start_ticks, replica);
  }
  // Appends the readings of all ranks that were ever there.
  void Poll(BootTime now, std::vector<Sample>& out);
  // The rank that the run's own first process is, while it is the only one: nothing is divided
  // then.
  [[nodiscard]] std::optional<std::int32_t> RankOfRoot() const {
    return root_rank_ ? std::optional(root_rank_->replica) : std::nullopt;
  }
  [[nodiscard]] std::optional<std::string> TakeNotice();

 private:
  // One life of a rank: a rank that died and was started again has two.
  struct Life {
    std::unique_ptr<ProcessTree> tree;
    std::unique_ptr<ProcessClocks> clocks;
    std::unique_ptr<ProcessMemory> memory;
    Wide cpu_ns = 0;
  };
  void Begin(const RankRoot& root);
  [[nodiscard]] Result<void> Follow(const RankRoot& root);
  void ReadTree(std::int32_t replica, BootTime now, std::vector<Sample>& out);
  void ReadLives(std::int32_t replica, BootTime now, std::vector<Sample>& out);

  Target target_;
  ProcessTree& tree_;
  Options options_;
  RankFinder finder_;
  std::unique_ptr<TreeCounter> counter_;
  bool tried_loading_ = false;
  std::map<int, std::int32_t> trees_;  // which rank has which tree of the counter
  std::map<std::int32_t, std::vector<Life>> lives_;
  std::optional<RankRoot> root_rank_;  // until another rank is there
  bool has_ranks_ = false;
  std::optional<std::string> notice_;
};

}  // namespace epochcost::probe
