#include "meter/replica_split.h"

#include <algorithm>
#include "model/replica.h"

namespace epochcost::meter {
namespace {

Wide Sum(std::span<const ReplicaUse> uses) {
  Wide sum = 0;
  for (const ReplicaUse& use : uses) sum += use.value;
  return sum;
}

// Cuts `parts` down (or up) so that together they are `whole`, in proportion; what rounding leaves
// is nobody's.
void Scale(std::vector<ReplicaUse>& parts, Wide whole) {
  const Wide sum = Sum(parts);
  for (ReplicaUse& part : parts) part.value = sum == 0 ? 0 : part.value * whole / sum;
}

bool IsOfGpus(Signal signal) {
  return signal == Signal::kGpuBusyNs || signal == Signal::kGpuHeldNs ||
         signal == Signal::kGpuEnergyUj;
}

CounterSplit::Claims ClaimsFor(Signal signal) {
  return signal == Signal::kCpuNs || IsOfGpus(signal) ? CounterSplit::Claims::kExact
                                                      : CounterSplit::Claims::kRelative;
}

// Counts from the start of a meter, not from the start of the run.
bool BeginsWithTheMeter(const Sample& sample) {
  return IsOfGpus(sample.signal) || sample.source == SourceKind::kRapl;
}

bool IsReadOfEachRank(Signal signal) {
  return signal == Signal::kCpuNs || signal == Signal::kMemoryBytes ||
         signal == Signal::kNetworkInBytes || signal == Signal::kNetworkOutBytes ||
         signal == Signal::kLoopbackBytes;
}

}  // namespace

std::vector<ReplicaUse> CounterSplit::Divide(BootTime at, Wide whole,
                                             std::span<const ReplicaUse> ranks, bool final) {
  if (whole < last_whole_) whole_before_ += last_whole_;
  last_whole_ = whole;
  whole += whole_before_;
  has_ranks_ = has_ranks_ || !ranks.empty() ||
               std::ranges::any_of(given_, [this](const auto& one) { return one.first != home_; });
  if (!has_ranks_) return {{home_, given_[home_] = std::max(given_[home_], whole)}};
  std::vector<ReplicaUse> claims = ClaimsOf(ranks);
  Meet(claims, Unclaimed(whole));
  Share(at, Unclaimed(whole), final);
  std::vector<ReplicaUse> readings;
  for (const auto& [replica, value] : given_) readings.push_back({replica, value});
  return readings;
}

std::vector<ReplicaUse> CounterSplit::ClaimsOf(std::span<const ReplicaUse> ranks) {
  std::vector<ReplicaUse> claims;
  for (const ReplicaUse& read : ranks) {
    Rank& rank = ranks_[read.replica];
    const Wide given = given_[read.replica];
    if (!rank.is_known) {
      // A counter that holds less than was committed began after that was counted.
      const bool is_new = read.value < given && (read.replica != home_ || begin_anew_);
      rank.before = is_new ? given - read.value : Wide{0};
      rank.is_known = true;
    }
    if (read.value < rank.last) rank.before += rank.last;
    const Wide growth = read.value < rank.last ? read.value : read.value - rank.last;
    rank.last = read.value;
    const Wide claim =
        claims_ == Claims::kRelative ? growth : std::max<Wide>(0, rank.before + rank.last - given);
    claims.push_back({read.replica, claim});
  }
  return claims;
}

Wide CounterSplit::Unclaimed(Wide whole) const {
  for (const auto& [replica, value] : given_) whole -= value;
  return std::max<Wide>(0, whole);
}

void CounterSplit::Meet(std::vector<ReplicaUse>& claims, Wide unclaimed) {
  if (Sum(claims) > unclaimed || claims_ == Claims::kRelative) Scale(claims, unclaimed);
  for (const ReplicaUse& claim : claims) given_[claim.replica] += claim.value;
}

void CounterSplit::Share(BootTime at, Wide unclaimed, bool final) {
  held_back_.emplace_back(at, unclaimed);
  while (held_back_.size() > 1 && at - held_back_[1].first >= kPatience) held_back_.pop_front();
  const bool is_old = final || at - held_back_.front().first >= kPatience;
  Wide shared = final ? unclaimed : Wide{0};
  if (is_old && !final)
    shared = std::ranges::min_element(held_back_, {}, [](const auto& one) {
               return one.second;
             })->second;
  if (shared == 0) return;
  given_[kSharedReplica] += shared;
  for (auto& [when, rest] : held_back_) rest = std::max<Wide>(0, rest - shared);
}

std::vector<ReplicaUse> DivideGauge(Wide whole, std::span<const ReplicaUse> ranks,
                                    std::int32_t home) {
  if (ranks.empty()) return {{home, whole}};
  std::vector<ReplicaUse> parts(ranks.begin(), ranks.end());
  if (Sum(parts) > whole) Scale(parts, whole);
  parts.push_back({kSharedReplica, whole - Sum(parts)});
  return parts;
}

void ReplicaSplit::Resume(const std::vector<Sample>& committed) {
  committed_ = committed;
  for (const Sample& sample : committed) {
    if (IsGauge(sample.signal)) continue;
    SplitOf(sample.signal).Resume({sample.replica, sample.value}, BeginsWithTheMeter(sample));
    has_ranks_ = has_ranks_ || sample.replica != home_;
  }
}

// The energy of CPUs, disk and RDMA are read of the run as a whole: they go with the CPU time that
// each rank used.
Signal ReplicaSplit::DividedBy(Signal signal, std::span<const Sample> ranks) {
  if (IsReadOfEachRank(signal)) return signal;
  if (!IsOfGpus(signal)) return Signal::kCpuNs;
  const bool is_told =
      std::ranges::any_of(ranks, [signal](const Sample& rank) { return rank.signal == signal; });
  const bool goes_with_cpu = !is_told && gpu_users_are_hidden_;
  SplitOf(signal).ClaimBy(goes_with_cpu ? CounterSplit::Claims::kRelative
                                        : CounterSplit::Claims::kExact);
  return goes_with_cpu ? Signal::kCpuNs : signal;
}

CounterSplit& ReplicaSplit::SplitOf(Signal signal) {
  return counters_.try_emplace(signal, home_, ClaimsFor(signal)).first->second;
}

std::vector<Sample> ReplicaSplit::Divide(std::span<const Sample> whole,
                                         std::span<const Sample> ranks, bool final) {
  has_ranks_ = has_ranks_ || !ranks.empty();
  std::vector<Sample> out;
  for (const Sample& sample : whole) {
    if (!has_ranks_) {
      out.push_back(sample);
      out.back().replica = home_;
      if (!IsGauge(sample.signal)) SplitOf(sample.signal).Follow(sample.value);
      continue;
    }
    if (sample.signal == Signal::kGpuBusyNs)
      gpu_users_are_hidden_ = sample.quality == Quality::kAssumed;
    std::vector<ReplicaUse> uses;
    std::map<std::int32_t, Quality> known;
    Quality quality = sample.quality;
    const Signal by = DividedBy(sample.signal, ranks);
    for (const Sample& rank : ranks) {
      if (rank.signal != by) continue;
      if (by != sample.signal) quality = Worse(quality, Quality::kModelled);
      uses.push_back({rank.replica, rank.value});
      known[rank.replica] = rank.quality;
      quality = Worse(quality, rank.quality);
    }
    // Of GPUs the whole is the sum of what the ranks have, so that one rank's is no worse known for
    // another's.
    const bool is_each_its_own = IsOfGpus(sample.signal) && by == sample.signal;
    const std::vector<ReplicaUse> parts =
        IsGauge(sample.signal)
            ? DivideGauge(sample.value, uses, home_)
            : SplitOf(sample.signal)
                  .Divide(sample.at, sample.value, uses, final || IsOfGpus(sample.signal));
    for (const ReplicaUse& part : parts) {
      Sample divided = sample;
      divided.replica = part.replica;
      divided.value = part.value;
      const auto own = known.find(part.replica);
      divided.quality = is_each_its_own && own != known.end() ? own->second : quality;
      out.push_back(divided);
    }
  }
  return out;
}

}  // namespace epochcost::meter
