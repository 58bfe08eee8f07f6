#pragma once
// Divides what a whole run used among its ranks.

#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "base/time.h"
#include "base/wide.h"
#include "meter/series.h"
#include "model/replica.h"
#include "model/sample.h"

namespace epochcost::meter {

// What one replica has used of one resource so far.
struct ReplicaUse {
  std::int32_t replica = 0;
  Wide value = 0;
  friend bool operator==(const ReplicaUse&, const ReplicaUse&) = default;
};

// One counter. The whole comes from a source that misses nothing; the ranks' own counters from
// another, read a moment apart, which tells them apart and may begin late. What a rank's counter
// holds beyond what it was given is its claim; claims are met in full as far as the whole allows.
//
// No reading that it gives ever falls, and together they are the whole, except for what nobody
// claims: that is held back for kPatience, because a rank that was just found claims what it used
// before, and is shared afterwards.
class CounterSplit {
 public:
  static constexpr Nanos kPatience{kNanosPerSecond};
  enum class Claims : std::uint8_t {
    kExact,     // a rank's counter counts the same as the whole
    kRelative,  // it counts something that goes with it: the whole is divided by its growth
  };

  // `home`: whose everything is before a rank is known, and which one that is.
  CounterSplit(std::int32_t home, Claims claims) : home_(home), claims_(claims) {}

  // What an earlier meter committed; before the first Divide(). `begins_anew`: the whole and the
  // ranks' counters count from 0 again.
  void Resume(ReplicaUse use, bool begins_anew = false) {
    given_[use.replica] = use.value;
    begin_anew_ = begins_anew;
    if (begins_anew) whole_before_ += use.value;
  }
  // While no rank is known: everything is `home`'s, as the whole reads, its falls included.
  void Follow(Wide whole) {
    given_[home_] = last_whole_ = whole;
    whole_before_ = 0;
  }
  // From now on the ranks are read from other counters, which are claims of that kind.
  void ClaimBy(Claims claims) {
    if (claims == claims_) return;
    claims_ = claims;
    ranks_.clear();
    begin_anew_ = true;
  }

  // `ranks`: their counters, of those that are read this time; one that falls has begun anew.
  // `final`: nobody will claim anything any more. A whole that falls has begun anew too.
  [[nodiscard]] std::vector<ReplicaUse> Divide(BootTime at, Wide whole,
                                               std::span<const ReplicaUse> ranks, bool final);

 private:
  struct Rank {
    Wide last = 0;
    Wide before = 0;  // what earlier counters of it held
    bool is_known = false;
  };
  [[nodiscard]] std::vector<ReplicaUse> ClaimsOf(std::span<const ReplicaUse> ranks);
  [[nodiscard]] Wide Unclaimed(Wide whole) const;
  void Meet(std::vector<ReplicaUse>& claims, Wide unclaimed);
  void Share(BootTime at, Wide unclaimed, bool final);

  std::int32_t home_;
  Claims claims_;
  bool begin_anew_ = false;  // a rank's first reading may be less than what it was given
  bool has_ranks_ = false;
  Wide last_whole_ = 0;
  Wide whole_before_ = 0;
  std::map<std::int32_t, Wide> given_;
  std::map<std::int32_t, Rank> ranks_;
  std::deque<std::pair<BootTime, Wide>> held_back_;  // what nobody had claimed, when
};

// A gauge: each rank gets what it was read to hold, nobody more than the whole; the rest is shared.
// With no rank everything is `home`'s.
[[nodiscard]] std::vector<ReplicaUse> DivideGauge(Wide whole, std::span<const ReplicaUse> ranks,
                                                  std::int32_t home);

// All signals of a run together.
class ReplicaSplit {
 public:
  // `home`: the replica of everything before a rank is known; kSharedReplica where a launcher is
  // expected to start ranks.
  explicit ReplicaSplit(std::int32_t home) : home_(home) {}
  // The readings that an earlier meter committed.
  void Resume(const std::vector<Sample>& committed);
  // From now on everything is this replica's: the run's own first process said so.
  void ComeHome(std::int32_t replica) { home_ = replica; }

  // The whole's samples (replica 0), divided by the ranks' of the same signal. A sample is as well
  // known as the worse of both. Without ranks, now or before, the whole is `home`'s as it stands.
  //
  // GPUs: each rank gets what its processes were seen to use, and nobody claims that later: what
  // is no rank's is shared at once. Where the use of a GPU is assumed, because nobody shows whose
  // processes are on it, it goes with the CPU time of each rank.
  [[nodiscard]] std::vector<Sample> Divide(std::span<const Sample> whole,
                                           std::span<const Sample> ranks, bool final);

 private:
  CounterSplit& SplitOf(Signal signal);
  [[nodiscard]] Signal DividedBy(Signal signal, std::span<const Sample> ranks);

  std::int32_t home_;
  bool has_ranks_ = false;
  bool gpu_users_are_hidden_ = false;
  std::map<Signal, CounterSplit> counters_;
  std::vector<Sample> committed_;
};

}  // namespace epochcost::meter
