#pragma once
// Samples and marks in, usage lines out.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "meter/boundary.h"
#include "meter/line_book.h"
#include "meter/notice_log.h"
#include "meter/scope_track.h"
#include "meter/series.h"
#include "model/commit.h"
#include "model/mark.h"
#include "model/sample.h"
#include "model/usage.h"

namespace epochcost::meter {

struct MeterConfig {
  ProjectId project;
  AgentId agent;
  BootId boot;
  RunId run;
  // One instant on both clocks: the run's start or, where a meter resumes it, any. The same anchors
  // again make the times of its lines follow exactly on those before.
  BootTime boot_anchor;
  UtcTime utc_anchor;
  Nanos longest_line{10 * kNanosPerSecond};
  Nanos period{100 * kNanosPerMilli};  // between two readings; five of them are a gap
  // Memory is priced per epoch: the end of a scope is a line (LineKind::kMemoryClose).
  bool memory_per_epoch = false;
  // Counters stood at 0 when the run started, so that what their first reading shows is the run's.
  // False where a meter was attached to something running: the first reading is the base.
  bool counters_start_at_zero = true;
};

// What is to be committed.
struct Harvest {
  std::vector<UsageLine> sealed;  // immutable, since the last Take
  // As if cut at the newest readings, numbered after the sealed ones; with the closing lines of the
  // open scopes where memory is priced per epoch. They replace those of the last Take.
  std::vector<UsageLine> open;
  std::int64_t contiguous_seq = 0;  // of the sealed lines, this Take's and all before
  // The newest of every series: what `sealed` and `open` together cover. A meter that resumes from
  // them takes the open lines for permanent.
  std::vector<Reading> readings;
  std::vector<Notice> notices;
  std::vector<MetricPoint> metrics;
  RunProgress progress;
  BootTime newest_reading;
};

// A state machine without clock, file or thread. One of it meters one run from one start of the
// meter on.
//
// A series (replica, resource) has a cumulative reading that starts at 0 and never falls. Its lines
// are contiguous, half open, each within one scope and at most `longest_line` long unless a hole
// between two readings is longer; Σ(u1 − u0) is the last cumulative reading however it was cut. A
// boundary between two readings is interpolated (⌊⌋); the lines at it are `modelled` if the next
// reading is more than kSharp later.
//
// A boundary takes effect at its mark's time if nothing that lies after it is sealed, else at the
// earliest instant where nothing is: so the beginning of a first epoch that was recognised only at
// its end ("epoch 1: loss 0.4") moves there, and what was sealed before stays `setup`.
class Meter {
 public:
  // `resume`: where an earlier meter of this run got to. What was used since is counted.
  Meter(MeterConfig config, const std::optional<ResumePoint>& resume);

  // One poll: its readings, all taken at about `at`, and the marks that had been written when it
  // was over, in the order of each writer. Marks later than `at` wait for the next call.
  void Advance(BootTime at, std::span<const Sample> samples, std::span<const Mark> marks);
  // The header's counters of a mark file: cumulative.
  void Steps(std::int32_t replica, std::int64_t steps, std::int64_t samples);
  // A source did not answer. Told once, and once more when it answers again.
  void SourceFailed(SourceKind source, const Error& error, BootTime at);
  // Recognises a wall clock that was set (by more than a second against the boot clock) and a
  // machine that slept (the boot clock gained more than 100 ms on the monotonic one). Each is told
  // once; no line moves.
  void ObserveClocks(BootTime boot, UtcTime utc, std::int64_t monotonic_ns);
  // A price changes: seals every open line at its newest reading.
  void CutHere();
  // Hands over what was sealed and told since the last call. `final`: nothing comes after; every
  // scope is closed and everything is sealed.
  Harvest Take(bool final);

  // The run's own time, which a wall clock that is set does not move.
  [[nodiscard]] UtcTime UtcOf(BootTime at) const { return anchor_.ToUtc(at); }
  // The newest mark that was taken into account or rejected; 0 before the first.
  [[nodiscard]] BootTime LastMarkTime() const { return last_mark_; }
  // The newest close mark that was taken into account.
  [[nodiscard]] std::optional<BootTime> ClosedAt() const { return closed_at_; }
  // Marks that lie after the last poll's instant are kept for the next: until then, an offset
  // behind them must not be committed, or a meter that resumes would not see them. Reading them
  // again does no harm.
  [[nodiscard]] bool HasWaitingMarks() const { return !waiting_.empty(); }
  // Every series that still gets readings has one at or after `instant`: a Take covers what was
  // used until then.
  [[nodiscard]] bool HasPassed(BootTime instant) const;

 private:
  using SeriesKey = std::pair<std::int32_t, Resource>;
  struct Closing {
    Scope scope;
    BootTime at;
  };
  struct Counts {
    std::int64_t steps = 0;
    std::int64_t samples = 0;
  };

  void Resume(const ResumePoint& point);
  void DropReadingsOfAnotherBoot(BootTime at);

  void TakeMarks(BootTime at, std::span<const Mark> marks);
  void TakeMark(const Mark& mark, std::map<std::int32_t, BoundaryBatch>& batches);
  void TakeBoundaryMark(const Mark& mark, std::map<std::int32_t, BoundaryBatch>& batches);
  void Pass(std::int32_t track, Boundary boundary);
  void Reject(const Mark& mark, const std::string& why);

  void TakeSample(const Sample& sample, std::span<const Sample> poll);
  [[nodiscard]] Series* FindSeries(const Sample& sample);
  Series* StartSeries(const Sample& sample);
  void TellOutcome(const Sample& sample, const ReadOutcome& outcome);
  void TellHole(BootTime at);

  [[nodiscard]] std::int32_t TrackOf(std::int32_t replica) const;
  [[nodiscard]] BootTime EarliestFree(std::int32_t track) const;
  [[nodiscard]] RunProgress Progress(bool final);
  void Tell(NoticeKind kind, BootTime at, std::string detail, std::string hint = {},
            Nanos lasted = {});

  MeterConfig config_;
  ClockAnchor anchor_;
  LineBook book_;
  NoticeLog notices_;
  std::map<SeriesKey, Series> series_;
  std::map<std::int32_t, ScopeTrack> tracks_;  // 0, and every replica with marks of its own
  BootTime series_start_;                      // where a series that nobody has seen begins
  std::optional<BootTime> resumed_at_;         // the newest reading that was resumed

  std::vector<Mark> waiting_;
  std::vector<Closing> closing_;
  std::map<Scope, std::int64_t> steps_of_;  // of epochs in closing_
  std::vector<MetricPoint> metrics_;
  bool has_sdk_ = false;
  std::string epochs_from_;
  std::map<std::int32_t, Counts> counts_;
  Counts resumed_counts_;
  std::optional<std::int64_t> planned_epochs_;
  BootTime last_mark_;
  std::optional<BootTime> closed_at_;
  BootTime newest_;

  std::set<SourceKind> lost_;
  std::map<SourceKind, BootTime> answered_;  // when a source last gave a sample
  Nanos hole_;  // the longest between two readings that met in this poll
  std::string hole_of_;
  Nanos wall_drift_;
  std::optional<Nanos> slept_;
};

}  // namespace epochcost::meter
