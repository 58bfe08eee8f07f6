#pragma once
// What a run's GPUs show becomes counters of the run: time in use, time held, energy. Pure.

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/quantity.h"
#include "base/wide.h"
#include "model/replica.h"
#include "probe/gpu/gpu.h"

namespace epochcost::probe {

// The rank of the run that a process belongs to, kSharedReplica for the run's own that is no
// rank's; nothing for somebody else's process.
using ReplicaOf = std::function<std::optional<std::int32_t>(pid_t)>;

// Cumulative, since the first reading; each never falls.
struct GpuTotals {
  Wide busy_ns = 0;                           // Σ over GPUs, a MIG instance by its part of the GPU
  Wide held_ns = 0;                           // likewise
  Wide energy_uj = 0;                         // of whole boards, idle or not, while they are held
  Quality busy_quality = Quality::kMeasured;  // of what was added last
  Quality energy_quality = Quality::kMeasured;  // likewise
};

// A GPU's use is the run's where only processes of the run have a context on it, and the rank's
// whose processes these are. Shared with others, or among ranks, it is split by how long each
// process's kernels ran (modelled), and by their number where the driver does not tell (modelled).
// Where the driver tells no processes (AMD's, or a container that hides them), a GPU is taken to be
// the run's alone (assumed). A GPU without a process of the run is never in use by it.
//
// Held: from the first reading on for a GPU of the allocation; else from the first process of the
// run on it. Energy: the board's counter; else power × time (modelled); else a model of the rated
// power, a fifth of it when idle and all of it when busy, good to ±25 % of the rated power
// (assumed).
class GpuMeter {
 public:
  // `is_allocated`: a scheduler or a variable says that these GPUs are the run's.
  GpuMeter(bool is_allocated, ReplicaOf replica_of)
      : is_allocated_(is_allocated), replica_of_(std::move(replica_of)) {}

  // Readings of one GPU in the order of their time; the first is its base line.
  void Take(const Gpu& gpu, const GpuReading& reading);

  // By rank; what is the run's and no rank's is kSharedReplica's. Together they are the run's.
  [[nodiscard]] const std::map<std::int32_t, GpuTotals>& Totals() const { return totals_; }
  // Of Totals().
  [[nodiscard]] GpuTotals Whole() const;
  // Whose a process was when it was read; nothing for somebody else's.
  [[nodiscard]] std::optional<std::int32_t> RankOf(pid_t pid) const;
  // What a reader of the numbers must know, each once: sharing, idle GPUs, counters that were
  // reset.
  [[nodiscard]] std::vector<std::string> TakeNotices();

 private:
  // Who used a GPU since the reading before, in millionths that add up to at most kAll.
  struct Shares {
    std::map<std::int32_t, Ppm> of;
    Quality quality = Quality::kMeasured;
    bool has_others = false;
  };
  struct Seen {
    GpuReading last;
    bool is_held = false;
    std::vector<std::int32_t> holders{kSharedReplica};
    BootTime used_at;  // when it was last in use by the run
    bool is_told_idle = false;
    // What the divisions left over, so that Σ of the cuts is the whole.
    std::map<std::int32_t, Wide> busy_rest;
    Wide energy_rest = 0;
  };

  [[nodiscard]] std::optional<std::int32_t> Owner(pid_t pid);
  [[nodiscard]] Shares SharesOf(const Gpu& gpu, const GpuReading& reading);
  void AddBusy(const Gpu& gpu, const GpuReading& reading, const Shares& shares, Seen& seen);
  void AddHeld(const Gpu& gpu, Nanos time, const Shares& shares, Seen& seen);
  void AddEnergy(const Gpu& gpu, const GpuReading& reading, const Shares& shares, Seen& seen);
  void TellIdle(const Gpu& gpu, const GpuReading& reading, Seen& seen);
  void TellOnce(const std::string& sentence);

  bool is_allocated_;
  ReplicaOf replica_of_;
  std::map<std::string, Seen> seen_;   // by uuid
  std::map<pid_t, std::int32_t> own_;  // processes of the run that were on a GPU
  std::map<std::int32_t, GpuTotals> totals_{{kSharedReplica, {}}};
  std::set<std::string> told_;
  std::vector<std::string> notices_;
};

}  // namespace epochcost::probe
