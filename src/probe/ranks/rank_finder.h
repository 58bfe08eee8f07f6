#pragma once
// Which processes of a run are ranks.

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "probe/proc/process_tree.h"

namespace epochcost::probe {

// A process that is a rank, with all that it starts.
struct RankRoot {
  std::int32_t replica = 0;
  pid_t pid = 0;
  std::int64_t start_ticks = 0;
};

// What a launcher says in an environment (NAME=value, each ended by a zero byte): RANK,
// SLURM_PROCID, OMPI_COMM_WORLD_RANK, PMI_RANK; where there is no global rank, the local one.
// Nothing where there is none, or nonsense.
struct RankWords {
  std::optional<std::int32_t> rank;
  std::int64_t world_size = 0;  // 0: not said
};
[[nodiscard]] RankWords ReadRankWords(std::string_view environment);

// Looks at each process once: at its environment, and at what it said of itself through the SDK,
// which goes before. A process whose parent is the same rank is its worker, not a rank. The
// environment is a label: who a rank is, is its process.
class RankFinder {
 public:
  // Borrows the tree, which outlives it.
  explicit RankFinder(const ProcessTree& tree) : tree_(tree) {}

  // A process said by itself which rank it is.
  void Declare(pid_t pid, std::int64_t start_ticks, std::int32_t replica);
  // Roots that were not there at the last call.
  [[nodiscard]] std::vector<RankRoot> Look(BootTime now);
  // Two living processes of one number, or a number that cannot be in a world of that size: told
  // once.
  [[nodiscard]] std::optional<std::string> TakeNotice();

 private:
  struct Seen {
    std::int64_t start_ticks = 0;
    std::optional<std::int32_t> rank;
    BootTime since;
    BootTime next_look;
    bool is_root = false;
  };
  void Meet(const Process& process, BootTime now);
  [[nodiscard]] bool IsWorker(const Process& process, std::int32_t rank) const;
  void Doubt(const RankRoot& root);

  const ProcessTree& tree_;
  std::int64_t generation_ = -1;
  std::map<pid_t, Seen> seen_;
  std::map<pid_t, RankRoot> declared_;
  std::vector<RankRoot> found_;
  std::optional<std::string> notice_;
  bool was_told_ = false;
  bool has_unsure_ = false;
};

}  // namespace epochcost::probe
