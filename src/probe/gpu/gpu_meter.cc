#include "probe/gpu/gpu_meter.h"

#include <algorithm>
#include <utility>

#include "base/retell.h"
#include "base/text.h"

namespace epochcost::probe {
namespace {

constexpr Nanos kLongestStep{kNanosPerSecond};  // beyond it a level is no longer what was between
constexpr Nanos kIdleIsTold{60 * kNanosPerSecond};
constexpr Ppm kIdlePower = kAll / 5;
// 1 mW for 1 ns is 1 pJ; a µJ is a million of them.
constexpr Wide kPicojoulesPerMicrojoule = 1'000'000;

// `whole` in parts of `of`; what the floors leave over goes to the first, so that nothing is lost.
std::map<std::int32_t, Wide> Split(Wide whole, const std::map<std::int32_t, Ppm>& of) {
  Wide sum = 0;
  for (const auto& [replica, share] : of) sum += share;
  std::map<std::int32_t, Wide> parts;
  if (sum == 0) return parts;
  const Wide owed = whole * sum / kAll;
  Wide given = 0;
  for (const auto& [replica, share] : of) given += parts[replica] = owed * share / sum;
  parts.begin()->second += owed - given;
  return parts;
}

}  // namespace

std::optional<std::int32_t> GpuMeter::Owner(pid_t pid) {
  if (const auto replica = replica_of_(pid)) {
    own_[pid] = *replica;
    return replica;
  }
  // One that ended since: /proc no longer says whose it was.
  if (const auto known = own_.find(pid); known != own_.end()) return known->second;
  return std::nullopt;
}

GpuMeter::Shares GpuMeter::SharesOf(const Gpu& gpu, const GpuReading& reading) {
  Shares shares;
  const bool is_hidden = reading.processes.empty() && reading.busy.value_or(0) > 0;
  if (!reading.knows_processes || is_hidden) {
    // No compute process but busy, and not ours by any word: a desktop draws on it.
    if (is_hidden && reading.knows_processes && !is_allocated_) return shares;
    TellOnce(
        ForRecord("the driver does not show who uses GPU {}: all of its use is taken as the run's",
                  gpu.index));
    shares.of[kSharedReplica] = kAll;
    shares.quality = Quality::kAssumed;
    return shares;
  }
  struct Weight {
    Wide busy = 0;
    Wide count = 0;
  };
  std::map<std::int32_t, Weight> own;
  Weight all;
  for (const GpuProcess& process : reading.processes) {
    const auto owner = Owner(process.pid);
    shares.has_others = shares.has_others || !owner;
    for (Weight* const weight : {&all, owner ? &own[*owner] : nullptr}) {
      if (weight == nullptr) continue;
      weight->busy += process.busy.value_or(0);
      weight->count += 1;
    }
  }
  if (own.empty()) return shares;
  if (shares.has_others) {
    TellOnce(ForRecord("GPU {} is shared with processes that are not the run's: its use is split",
                       gpu.index));
  }
  const bool is_split = shares.has_others || own.size() > 1;
  if (is_split) shares.quality = Quality::kModelled;
  for (const auto& [replica, weight] : own) {
    const Wide part =
        all.busy > 0 ? weight.busy * kAll / all.busy : weight.count * kAll / all.count;
    shares.of[replica] = is_split ? static_cast<Ppm>(part) : kAll;
  }
  return shares;
}

void GpuMeter::Take(const Gpu& gpu, const GpuReading& reading) {
  const auto [found, is_first] = seen_.try_emplace(gpu.uuid);
  Seen& seen = found->second;
  const Shares shares = SharesOf(gpu, reading);
  seen.is_held = seen.is_held || is_allocated_ || !shares.of.empty();
  if (is_first) {
    seen.used_at = reading.at;
    seen.last = reading;
    return;
  }
  if (reading.at <= seen.last.at) return;
  if (!shares.of.empty()) {
    seen.holders.clear();
    for (const auto& [replica, share] : shares.of) seen.holders.push_back(replica);
  }
  if (seen.is_held) {
    AddBusy(gpu, reading, shares, seen);
    AddHeld(gpu, reading.at - seen.last.at, shares, seen);
    AddEnergy(gpu, reading, shares, seen);
    TellIdle(gpu, reading, seen);
  }
  seen.last = reading;
}

void GpuMeter::AddBusy(const Gpu& gpu, const GpuReading& reading, const Shares& shares,
                       Seen& seen) {
  const Nanos time = reading.at - seen.last.at;
  Quality quality =
      time > kLongestStep ? Worse(shares.quality, Quality::kModelled) : shares.quality;
  Ppm busy = reading.busy.value_or(0);
  if (!reading.busy && !shares.of.empty()) {
    TellOnce(
        ForRecord("GPU {} does not tell its utilisation: taken as busy while the run has a process "
                  "on it",
                  gpu.index));
    busy = kAll;
    quality = Quality::kAssumed;
  }
  const Wide whole = Wide{time.Count()} * busy * gpu.share;  // ns × ppm × ppm
  for (const auto& [replica, part] : Split(whole, shares.of)) {
    Wide& rest = seen.busy_rest[replica];
    rest += part;
    GpuTotals& totals = totals_[replica];
    totals.busy_ns += rest / (Wide{kAll} * kAll);
    totals.busy_quality = quality;
    rest %= Wide{kAll} * kAll;
    if (part > 0) {
      seen.used_at = reading.at;
      seen.is_told_idle = false;
    }
  }
}

void GpuMeter::AddHeld(const Gpu& gpu, Nanos time, const Shares& shares, Seen& seen) {
  // Shared with others, it is held by the part in which it is used; alone or idle, all of it.
  std::map<std::int32_t, Ppm> of = shares.has_others ? shares.of : std::map<std::int32_t, Ppm>{};
  if (of.empty()) {
    for (const std::int32_t replica : seen.holders)
      of[replica] = kAll / static_cast<Ppm>(seen.holders.size());
  }
  for (const auto& [replica, part] : Split(Wide{time.Count()} * gpu.share / kAll, of))
    totals_[replica].held_ns += part;
}

void GpuMeter::AddEnergy(const Gpu& gpu, const GpuReading& reading, const Shares& shares,
                         Seen& seen) {
  const Wide time = (reading.at - seen.last.at).Count();
  Quality quality = gpu.share == kAll ? Quality::kMeasured : Quality::kModelled;
  if (shares.has_others) quality = Quality::kModelled;
  Wide microjoules = 0;
  if (reading.energy_uj && seen.last.energy_uj) {
    microjoules = *reading.energy_uj - *seen.last.energy_uj;
    if (microjoules < 0) {
      TellOnce(ForRecord(
          "the energy counter of GPU {} went backwards: what it had is counted from 0", gpu.index));
      microjoules = *reading.energy_uj;
    }
  } else {
    Wide milliwatts = 0;
    if (reading.power_mw) {
      milliwatts = (Wide{*reading.power_mw} + seen.last.power_mw.value_or(*reading.power_mw)) / 2;
      quality = Worse(quality, Quality::kModelled);
    } else {
      const Ppm load = kIdlePower + (kAll - kIdlePower) * reading.busy.value_or(0) / kAll;
      milliwatts = Wide{gpu.power_limit_mw} * load / kAll;
      quality = Quality::kAssumed;
      TellOnce(
          ForRecord("GPU {} tells neither energy nor power: modelled from its rated power, good to "
                    "±25 % of it",
                    gpu.index));
    }
    seen.energy_rest += milliwatts * time;
    microjoules = seen.energy_rest / kPicojoulesPerMicrojoule;
    seen.energy_rest %= kPicojoulesPerMicrojoule;
  }
  std::map<std::int32_t, Ppm> of = shares.of;
  if (of.empty() && !shares.has_others) {  // idle, and nobody else's
    for (const std::int32_t replica : seen.holders)
      of[replica] = kAll / static_cast<Ppm>(seen.holders.size());
  }
  for (const auto& [replica, part] : Split(microjoules * gpu.share / kAll, of)) {
    totals_[replica].energy_uj += part;
    totals_[replica].energy_quality = quality;
  }
}

void GpuMeter::TellIdle(const Gpu& gpu, const GpuReading& reading, Seen& seen) {
  if (seen.is_told_idle || reading.at - seen.used_at < kIdleIsTold) return;
  seen.is_told_idle = true;
  const std::string idle = FormatDuration(reading.at - seen.used_at);
  const std::int32_t holder = seen.holders.front();
  notices_.push_back(holder == kSharedReplica || seen.holders.size() > 1
                         ? ForRecord("GPU {} is held and has not been used for {}", gpu.index, idle)
                         : ForRecord("GPU {} is held by rank {} and has not been used for {}",
                                     gpu.index, holder, idle));
}

GpuTotals GpuMeter::Whole() const {
  GpuTotals whole;
  for (const auto& [rank, totals] : totals_) {
    whole.busy_ns += totals.busy_ns;
    whole.held_ns += totals.held_ns;
    whole.energy_uj += totals.energy_uj;
    whole.busy_quality = Worse(whole.busy_quality, totals.busy_quality);
    whole.energy_quality = Worse(whole.energy_quality, totals.energy_quality);
  }
  return whole;
}

std::optional<std::int32_t> GpuMeter::RankOf(pid_t pid) const {
  const auto known = own_.find(pid);
  return known == own_.end() ? std::nullopt : std::optional(known->second);
}

void GpuMeter::TellOnce(const std::string& sentence) {
  if (told_.insert(sentence).second) notices_.push_back(sentence);
}

std::vector<std::string> GpuMeter::TakeNotices() { return std::exchange(notices_, {}); }

}  // namespace epochcost::probe
