#include "meter/series.h"

#include <algorithm>
#include <utility>

namespace epochcost::meter {
namespace {

constexpr Wide kHalfByteNanosPerByteMilli = Wide{2} * kNanosPerMilli;

// A source that stays away while a program marks without end must not fill the memory: of the
// boundaries in its hole, where all is interpolated anyway, the older half is given up.
constexpr std::size_t kMostPending = 4096;

}  // namespace

Resource ResourceOf(Signal signal) {
  switch (signal) {
    case Signal::kGpuBusyNs:
      return Resource::kGpuTime;
    case Signal::kCpuNs:
      return Resource::kCpuTime;
    case Signal::kMemoryBytes:
      return Resource::kMemory;
    case Signal::kNetworkInBytes:
      return Resource::kNetworkIn;
    case Signal::kNetworkOutBytes:
      return Resource::kNetworkOut;
    case Signal::kLoopbackBytes:
      return Resource::kLoopback;
    case Signal::kGpuHeldNs:
      return Resource::kGpuHeld;
    case Signal::kGpuEnergyUj:
      return Resource::kGpuEnergy;
    case Signal::kCpuEnergyUj:
      return Resource::kCpuEnergy;
    case Signal::kDiskReadBytes:
      return Resource::kDiskRead;
    case Signal::kDiskWriteBytes:
      return Resource::kDiskWrite;
    case Signal::kRdmaInBytes:
      return Resource::kRdmaIn;
    case Signal::kRdmaOutBytes:
      return Resource::kRdmaOut;
  }
  return Resource::kCpuTime;
}

Series::Series(const Sample& start, Scope scope)
    : is_gauge_(IsGauge(start.signal)),
      newest_(start),
      scope_(scope),
      t0_(start.at),
      scope_began_(start.at) {
  points_.push_back({.at = start.at, .level = is_gauge_ ? start.value : 0});
}

void Series::Pass(const Boundary& boundary, std::vector<SeriesEvent>& out) {
  pending_.push_back(boundary);
  if (pending_.size() > kMostPending) {
    pending_.erase(pending_.begin(), pending_.begin() + kMostPending / 2);
  }
  PassPending(out);
}

ReadOutcome Series::Read(const Sample& sample, const SeriesRules& rules,
                         std::vector<SeriesEvent>& out) {
  ReadOutcome outcome;
  if (sample.at <= newest_.at) return outcome;
  outcome.was_taken = true;
  outcome.changed_source = sample.source != newest_.source;
  outcome.hole = sample.at - newest_.at;
  const Point next = Next(sample, rules, outcome);
  // Cut at the reading before, where nothing needs to be interpolated.
  if (outcome.changed_source || sample.at - t0_ > rules.longest_line) Seal(out);
  points_.push_back(next);
  newest_ = sample;
  PassPending(out);
  return outcome;
}

void Series::Seal(std::vector<SeriesEvent>& out) { CutAt(newest_.at, out); }

std::optional<Stretch> Series::Open() const {
  if (newest_.at <= t0_) return std::nullopt;
  return Until(newest_.at, At(newest_.at));
}

Series::Point Series::Next(const Sample& sample, const SeriesRules& rules,
                           ReadOutcome& outcome) const {
  const Point& last = points_.back();
  Point next{.at = sample.at, .used = last.used, .quality = sample.quality};
  if (is_gauge_) {
    next.level = sample.value;
    next.used += (last.level + sample.value) * outcome.hole.Count();
    next.quality = Worse(next.quality, newest_.quality);
    if (outcome.hole > rules.longest_gap) next.quality = Worse(next.quality, Quality::kModelled);
  } else if (!outcome.changed_source) {
    outcome.was_reset = sample.value < newest_.value;
    next.used += outcome.was_reset ? sample.value : sample.value - newest_.value;
  }
  if (outcome.changed_source) next.quality = Worse(next.quality, Quality::kModelled);
  return next;
}

Series::Seam Series::At(BootTime instant) const {
  const auto after = std::ranges::lower_bound(points_, instant, {}, &Point::at);
  if (after == points_.end()) return {points_.back().used, Quality::kMeasured};
  if (after->at == instant || after == points_.begin()) return {after->used, Quality::kMeasured};
  const Point& a = *std::prev(after);
  const Point& b = *after;
  const Wide whole = (b.at - a.at).Count();
  const Wide part = (instant - a.at).Count();
  const Quality quality = b.at - instant <= kSharp ? Quality::kMeasured : Quality::kModelled;
  if (!is_gauge_) return {a.used + FloorDiv((b.used - a.used) * part, whole), quality};
  // The area under the straight line from a to b, twice: 2·a·part + (b − a)·part²/whole, divided
  // in two steps because part² times a level leaves 128 bits.
  const Wide slope = (b.level - a.level) * part;
  const Wide quotient = FloorDiv(slope, whole);
  const Wide remainder = slope - quotient * whole;
  return {a.used + 2 * a.level * part + quotient * part + FloorDiv(remainder * part, whole),
          quality};
}

Stretch Series::Until(BootTime t1, const Seam& seam) const {
  Stretch stretch{.scope = scope_,
                  .t0 = t0_,
                  .t1 = t1,
                  .u0 = Said(left_.used),
                  .u1 = Said(seam.used),
                  .quality = Worse(left_.quality, seam.quality),
                  .source = newest_.source};
  for (std::size_t i = 1; i < points_.size() && points_[i - 1].at < t1; ++i) {
    if (points_[i].at > t0_) stretch.quality = Worse(stretch.quality, points_[i].quality);
  }
  return stretch;
}

void Series::CutAt(BootTime instant, std::vector<SeriesEvent>& out) {
  if (instant <= t0_) return;
  const Seam seam = At(instant);
  out.push_back({.sealed = Until(instant, seam)});
  t0_ = instant;
  left_ = seam;
  while (points_.size() > 1 && points_[1].at <= t0_) points_.pop_front();
}

void Series::PassPending(std::vector<SeriesEvent>& out) {
  while (!pending_.empty() && pending_.front().at <= newest_.at) {
    Boundary boundary = std::move(pending_.front());
    pending_.pop_front();
    if (boundary.disowns == scope_ && t0_ == scope_began_) scope_ = boundary.scope;
    CutAt(boundary.at, out);
    if (scope_ != boundary.scope) scope_began_ = std::max(t0_, boundary.at);
    scope_ = boundary.scope;
    out.push_back({.live = std::move(boundary.live)});
  }
}

Wide Series::Said(Wide used) const {
  return is_gauge_ ? FloorDiv(used, kHalfByteNanosPerByteMilli) : used;
}

}  // namespace epochcost::meter
