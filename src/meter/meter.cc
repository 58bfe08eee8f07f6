#include "meter/meter.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>

#include "base/retell.h"

namespace epochcost::meter {
namespace {

constexpr std::int64_t kPeriodsOfGap = 5;
constexpr Nanos kFarthestAhead{5 * kNanosPerSecond};
constexpr Nanos kClockWasSet{kNanosPerSecond};
constexpr Nanos kSlept{100 * kNanosPerMilli};
constexpr Nanos kStillRead{2 * kNanosPerSecond};
constexpr std::size_t kMostWaiting = 65'536;
constexpr std::size_t kMostMetrics = 10'000;

// Beyond this no counter and no gauge of one machine can be; and sums of them stay in 128 bits.
constexpr Wide kLargestReading = Wide{1} << 62;

Nanos Length(Nanos d) { return Nanos{std::abs(d.Count())}; }

}  // namespace

Meter::Meter(MeterConfig config, const std::optional<ResumePoint>& resume)
    : config_(std::move(config)),
      anchor_{config_.boot_anchor, config_.utc_anchor},
      book_({config_.project, config_.agent, config_.boot, config_.run}, anchor_,
            config_.memory_per_epoch),
      series_start_(config_.boot_anchor),
      newest_(config_.boot_anchor) {
  // A boundary from while no meter ran lies before this one's anchor.
  tracks_.try_emplace(0, resume ? BootTime{} : config_.boot_anchor,
                      resume ? resume->scope : Scope{});
  epochs_from_ = resume ? "" : "none";
  if (resume) Resume(*resume);
}

void Meter::Resume(const ResumePoint& point) {
  resumed_counts_ = {point.steps, point.samples};
  book_.ResumeScope(0, point.scope, point.scope_byte_ms, point.scope_pieces);
  if (point.readings.empty()) return;
  newest_ = BootTime{};
  for (const Reading& reading : point.readings) {
    Sample start = reading.sample;
    // What a gauge showed while nobody read it is not known.
    if (IsGauge(start.signal)) start.quality = Worse(start.quality, Quality::kModelled);
    series_.try_emplace({start.replica, ResourceOf(start.signal)}, start, point.scope);
    newest_ = std::max(newest_, start.at);
  }
  series_start_ = newest_;
  resumed_at_ = newest_;
}

void Meter::Advance(BootTime at, std::span<const Sample> samples, std::span<const Mark> marks) {
  if (resumed_at_ && *resumed_at_ > at) DropReadingsOfAnotherBoot(at);
  TakeMarks(at, marks);
  for (const Sample& sample : samples) TakeSample(sample, samples);
  for (const Sample& sample : samples) answered_[sample.source] = at;
  TellHole(at);
  for (auto& [key, series] : series_) {
    // One that gets no readings any more is sealed too.
    if (at - series.SealedUntil() <= config_.longest_line) continue;
    std::vector<SeriesEvent> events;
    series.Seal(events);
    book_.Write(key.first, key.second, events);
  }
}

// The boot clock starts again with the machine, and so did every counter.
void Meter::DropReadingsOfAnotherBoot(BootTime at) {
  resumed_at_.reset();
  series_.clear();
  series_start_ = std::min(config_.boot_anchor, at);
  newest_ = series_start_;
  Tell(NoticeKind::kGap, at,
       "the committed readings are later than the machine's clock: it was started again since, and "
       "what was used in between is unknown");
}

// ---- marks

void Meter::TakeMarks(BootTime at, std::span<const Mark> marks) {
  std::vector<Mark> later;
  std::vector<const Mark*> due;
  const auto sort_out = [&](const Mark& mark) {
    if (mark.at <= at) {
      due.push_back(&mark);
    } else if (mark.at - at > kFarthestAhead) {
      Reject(mark, "it lies in the future");
    } else if (later.size() == kMostWaiting) {
      Reject(mark, "too many marks lie in the future");
    } else {
      later.push_back(mark);
    }
  };
  for (const Mark& mark : waiting_) sort_out(mark);
  for (const Mark& mark : marks) sort_out(mark);
  std::ranges::stable_sort(due, {}, &Mark::at);

  for (const Mark* mark : due) {
    if (!FlawOf(*mark).empty()) continue;
    if (mark->origin == MarkOrigin::kSdk) has_sdk_ = true;
    if (!IsBoundaryMark(mark->kind) || mark->replica == 0) continue;
    const auto [own, is_new] = tracks_.try_emplace(mark->replica, tracks_.at(0));
    if (is_new) own->second.Own();
  }
  std::map<std::int32_t, BoundaryBatch> batches;
  for (const Mark* mark : due) TakeMark(*mark, batches);
  for (auto& [track, batch] : batches) {
    if (batch.Folded() > 0) {
      Tell(NoticeKind::kMarksFolded, at,
           ForRecord("{0} boundaries of replica {1} within one reading were counted as one",
                     batch.Folded(), track),
           "mark epochs and phases, not steps");
    }
    for (Boundary& boundary : batch.Take()) Pass(track, std::move(boundary));
  }
  waiting_ = std::move(later);
}

void Meter::TakeMark(const Mark& mark, std::map<std::int32_t, BoundaryBatch>& batches) {
  last_mark_ = std::max(last_mark_, mark.at);
  if (const std::string flaw = FlawOf(mark); !flaw.empty()) return Reject(mark, flaw);
  if (mark.origin == MarkOrigin::kPrinted && has_sdk_) return;
  if (mark.kind != MarkKind::kBudget) Steps(mark.replica, mark.steps, mark.samples);
  if (IsBoundaryMark(mark.kind)) return TakeBoundaryMark(mark, batches);
  if (mark.kind == MarkKind::kHorizon) planned_epochs_ = mark.index;
  if (mark.kind != MarkKind::kMetric) return;
  if (metrics_.size() == kMostMetrics) return Reject(mark, "too many metrics at once");
  metrics_.push_back({mark.index, mark.name, mark.value, anchor_.ToUtc(mark.at)});
}

void Meter::TakeBoundaryMark(const Mark& mark, std::map<std::int32_t, BoundaryBatch>& batches) {
  // The meter before took it: the scope that is resumed is the one it led to. Out of the first
  // setup nothing had led yet.
  const bool is_in_setup = tracks_.at(mark.replica).Current() == Scope{};
  if (resumed_at_ && mark.at <= *resumed_at_ && !is_in_setup) return;
  Verdict verdict = tracks_.at(mark.replica).Apply(mark);
  if (!verdict.rejected.empty()) return Reject(mark, verdict.rejected);
  if (mark.kind == MarkKind::kClose) closed_at_ = std::max(closed_at_.value_or(mark.at), mark.at);
  if (mark.kind == MarkKind::kEpochBegin || mark.kind == MarkKind::kEpochEnd) {
    epochs_from_ = mark.origin == MarkOrigin::kSdk ? "sdk"
                   : mark.name.empty()             ? "printed"
                                                   : "printed: " + mark.name;
  }
  if (verdict.boundary) batches[mark.replica].Add(std::move(*verdict.boundary));
}

// Puts the boundary where nothing is sealed yet, and cuts every series that follows this track.
void Meter::Pass(std::int32_t track, Boundary boundary) {
  boundary.at = std::max(boundary.at, EarliestFree(track));
  tracks_.at(track).Remember(boundary);
  for (const Scope& scope : boundary.closes) {
    closing_.push_back({scope, boundary.at});
    if (boundary.steps && scope.kind == ScopeKind::kEpoch) steps_of_[scope] += *boundary.steps;
  }
  for (auto& [key, series] : series_) {
    if (TrackOf(key.first) != track) continue;
    std::vector<SeriesEvent> events;
    series.Pass(boundary, events);
    book_.Write(key.first, key.second, events);
  }
}

BootTime Meter::EarliestFree(std::int32_t track) const {
  BootTime free = tracks_.at(track).DecidedUntil();
  for (const auto& [key, series] : series_) {
    if (TrackOf(key.first) == track) free = std::max(free, series.SealedUntil());
  }
  return free;
}

std::int32_t Meter::TrackOf(std::int32_t replica) const {
  return tracks_.contains(replica) ? replica : 0;
}

void Meter::Reject(const Mark& mark, const std::string& why) {
  Tell(NoticeKind::kMarkRejected, newest_,
       ForRecord("the mark '{0}' of replica {1} was not taken: {2}", Describe(mark), mark.replica,
                 why));
}

void Meter::Steps(std::int32_t replica, std::int64_t steps, std::int64_t samples) {
  constexpr std::int64_t kMost = 1'000'000'000'000'000;
  if (steps > kMost || samples > kMost) {
    return Tell(
        NoticeKind::kMarkRejected, newest_,
        ForRecord("{0} steps and {1} samples of replica {2} cannot be", steps, samples, replica));
  }
  Counts& counts = counts_[replica];
  counts.steps = std::max(counts.steps, steps);
  counts.samples = std::max(counts.samples, samples);
}

// ---- readings

void Meter::TakeSample(const Sample& sample, std::span<const Sample> poll) {
  if (lost_.erase(sample.source) > 0) {
    Tell(NoticeKind::kSourceBack, sample.at,
         ForRecord("{} answers again", Info(sample.source).name));
  }
  if (sample.value < 0 || sample.value > kLargestReading || sample.at.ns < 0) {
    return Tell(NoticeKind::kDegraded, sample.at,
                ForRecord("{0} of replica {1} read {2} from {3}, which cannot be, and was left out",
                          Info(ResourceOf(sample.signal)).name, sample.replica,
                          ToString(sample.value), Info(sample.source).name));
  }
  Series* series = FindSeries(sample);
  if (series == nullptr) series = StartSeries(sample);
  // A second source of the same series would re-base it at every poll.
  const bool is_second_voice = sample.source != series->Newest().source &&
                               std::ranges::any_of(poll, [&](const Sample& other) {
                                 return other.signal == sample.signal &&
                                        other.replica == sample.replica &&
                                        other.source == series->Newest().source;
                               });
  if (is_second_voice) return;
  std::vector<SeriesEvent> events;
  const ReadOutcome outcome = series->Read(
      sample, {config_.longest_line, Nanos{kPeriodsOfGap * config_.period.Count()}}, events);
  book_.Write(sample.replica, ResourceOf(sample.signal), events);
  if (!outcome.was_taken) return;
  newest_ = std::max(newest_, sample.at);
  TellOutcome(sample, outcome);
}

Series* Meter::FindSeries(const Sample& sample) {
  const auto found = series_.find({sample.replica, ResourceOf(sample.signal)});
  return found == series_.end() ? nullptr : &found->second;
}

// A gauge begins where it is first read. A counter that started at 0 with the run begins with the
// run; if its source has answered before, nothing of this replica was there at that time.
Series* Meter::StartSeries(const Sample& sample) {
  Sample start = sample;
  if (!IsGauge(sample.signal) && config_.counters_start_at_zero) {
    start.value = 0;
    const auto answered = answered_.find(sample.source);
    start.at = answered == answered_.end() ? series_start_ : answered->second;
    // Usage needs a length of time to lie in.
    start.at = std::min(start.at, sample.at - Nanos{sample.value > 0 ? 1 : 0});
  }
  ScopeTrack& track = tracks_.at(TrackOf(sample.replica));
  const SeriesKey key{sample.replica, ResourceOf(sample.signal)};
  Series& series = series_.try_emplace(key, start, track.FirstScope()).first->second;
  std::vector<SeriesEvent> events;
  for (const Boundary& boundary : track.History()) series.Pass(boundary, events);
  book_.Write(key.first, key.second, events);
  return &series;
}

void Meter::TellOutcome(const Sample& sample, const ReadOutcome& outcome) {
  const auto name = Info(ResourceOf(sample.signal)).name;
  if (outcome.was_reset) {
    Tell(NoticeKind::kCounterReset, sample.at,
         ForRecord("the {0} counter of replica {1} from {2} went backwards and is counted from 0",
                   name, sample.replica, Info(sample.source).name));
  }
  if (outcome.changed_source) {
    Tell(NoticeKind::kGap, sample.at,
         ForRecord("{0} of replica {1} comes from {2} now; what was used in the {3} before is {4}",
                   name, sample.replica, Info(sample.source).name, FormatDuration(outcome.hole),
                   IsGauge(sample.signal) ? "interpolated" : "not known"),
         "", outcome.hole);
  } else if (outcome.hole > hole_ && outcome.hole > Nanos{kPeriodsOfGap * config_.period.Count()}) {
    hole_ = outcome.hole;
    hole_of_ = name;
  }
}

void Meter::TellHole(BootTime at) {
  if (hole_ == Nanos{}) return;
  Tell(NoticeKind::kGap, at,
       ForRecord("no reading for {} ({}): counters lost nothing, memory is interpolated",
                 FormatDuration(hole_), hole_of_),
       "", hole_);
  hole_ = Nanos{};
}

void Meter::SourceFailed(SourceKind source, const Error& error, BootTime at) {
  if (!lost_.insert(source).second) return;
  Tell(NoticeKind::kSourceLost, at,
       ForRecord("{} does not answer: {}{}{}", Info(source).name, error.what,
                 error.why.empty() ? "" : ": ", error.why),
       error.hint);
}

void Meter::ObserveClocks(BootTime boot, UtcTime utc, std::int64_t monotonic_ns) {
  const Nanos drift = utc - anchor_.ToUtc(boot);
  const Nanos jump = drift - wall_drift_;
  if (Length(jump) > kClockWasSet) {
    wall_drift_ = drift;
    Tell(NoticeKind::kClockJump, boot,
         ForRecord("the wall clock was set {} {}; this run's times go on without the jump",
                   FormatDuration(Length(jump)), jump.Count() > 0 ? "forward" : "back"));
  }
  const Nanos asleep{boot.ns - monotonic_ns};
  if (slept_ && asleep - *slept_ > kSlept) {
    Tell(NoticeKind::kSuspended, boot,
         ForRecord("the machine slept for {}", FormatDuration(asleep - *slept_)), "",
         asleep - *slept_);
  }
  slept_ = asleep;
}

// ---- handing over

void Meter::CutHere() {
  for (auto& [key, series] : series_) {
    std::vector<SeriesEvent> events;
    series.Seal(events);
    book_.Write(key.first, key.second, events);
  }
}

bool Meter::HasPassed(BootTime instant) const {
  return std::ranges::all_of(series_, [&](const auto& entry) {
    const BootTime read = entry.second.Newest().at;
    return read >= instant || newest_ - read > kStillRead;
  });
}

Harvest Meter::Take(bool final) {
  if (final) {
    if (!waiting_.empty()) TakeMarks(std::ranges::max(waiting_, {}, &Mark::at).at, {});
    CutHere();
    book_.CloseScopes();
  }
  Harvest harvest;
  std::vector<LineBook::OpenStretch> open;
  for (const auto& [key, series] : series_) {
    if (const auto stretch = series.Open()) open.push_back({key.first, key.second, *stretch});
    harvest.readings.push_back({series.Newest()});
  }
  harvest.open = book_.AsIfSealed(open);
  harvest.sealed = book_.TakeSealed();
  harvest.contiguous_seq = book_.LastSeq();
  harvest.notices = notices_.Take(anchor_.ToUtc(newest_), final);
  harvest.metrics = std::exchange(metrics_, {});
  harvest.progress = Progress(final);
  harvest.newest_reading = newest_;
  return harvest;
}

// A scope is told closed when all that was used in it is in this Take or an earlier one.
RunProgress Meter::Progress(bool final) {
  RunProgress progress{.scope = tracks_.at(0).Current(),
                       .planned_epochs = planned_epochs_,
                       .epochs_from = epochs_from_};
  for (const auto& [replica, counts] : counts_) {
    progress.steps += counts.steps;
    progress.samples += counts.samples;
  }
  progress.steps = std::max(progress.steps, resumed_counts_.steps);
  progress.samples = std::max(progress.samples, resumed_counts_.samples);

  std::erase_if(closing_, [&](const Closing& closing) {
    const bool is_held = std::ranges::any_of(
        tracks_, [&](const auto& entry) { return entry.second.MayStillHold(closing.scope); });
    if (!final && (is_held || !HasPassed(closing.at))) return false;
    const bool is_told = std::ranges::find(progress.closed, closing.scope) != progress.closed.end();
    if (!is_told) progress.closed.push_back(closing.scope);
    if (auto steps = steps_of_.extract(closing.scope)) {
      progress.steps_of.emplace_back(closing.scope, steps.mapped());
    }
    return true;
  });
  return progress;
}

void Meter::Tell(NoticeKind kind, BootTime at, std::string detail, std::string hint, Nanos lasted) {
  notices_.Add({kind, anchor_.ToUtc(at), std::move(detail), std::move(hint), lasted});
}

}  // namespace epochcost::meter
