#pragma once
// One resource of one replica: readings in, stretches of use out.

#include <deque>
#include <optional>
#include <vector>

#include "base/quantity.h"
#include "base/time.h"
#include "base/wide.h"
#include "meter/boundary.h"
#include "model/sample.h"
#include "model/vocabulary.h"

namespace epochcost::meter {

[[nodiscard]] Resource ResourceOf(Signal signal);
[[nodiscard]] constexpr bool IsGauge(Signal signal) { return signal == Signal::kMemoryBytes; }

// Readings farther apart than this from the instant between them that they stand for make what is
// cut there modelled.
inline constexpr Nanos kSharp{20 * kNanosPerMilli};

// What was used in [t0, t1) within one scope: a usage line that has no number yet.
struct Stretch {
  Scope scope;
  BootTime t0;
  BootTime t1;
  Wide u0 = 0;
  Wide u1 = 0;
  Quality quality = Quality::kMeasured;
  SourceKind source = SourceKind::kNone;
};

// What a series says, in order: a stretch was sealed, or a boundary was passed and only `live`
// scopes go on.
struct SeriesEvent {
  std::optional<Stretch> sealed;
  std::optional<std::vector<Scope>> live;
};

// What came of a reading.
struct ReadOutcome {
  bool was_taken = false;       // false: not later than the one before
  bool was_reset = false;       // the counter went backwards, and counted from 0
  bool changed_source = false;  // the counter was re-based: what was used in `hole` is unknown
  Nanos hole;                   // since the reading before
};

struct SeriesRules {
  Nanos longest_line;
  Nanos longest_gap;  // between two readings, before it is one
};

// Keeps the cumulative reading and the readings since the last cut, so that a boundary that becomes
// known late still falls where it was, if what lies there is not sealed.
//
// The cumulative reading never falls. Stretches of one series are contiguous, have a length, and
// their u telescope: Σ(u1 − u0) is the last cumulative reading, however it was cut.
//
// Memory is kept in half byte·ns (the trapezoid between two levels, without a remainder) and said
// in byte·ms.
class Series {
 public:
  // Starts at `start.at` with a cumulative reading of 0, where the counter stood at `start.value`
  // or the gauge showed it.
  Series(const Sample& start, Scope scope);

  // A boundary at or after the last one given. Where its instant is sealed, the meter has moved it.
  void Pass(const Boundary& boundary, std::vector<SeriesEvent>& out);
  ReadOutcome Read(const Sample& sample, const SeriesRules& rules, std::vector<SeriesEvent>& out);
  // Seals what is open at the newest reading.
  void Seal(std::vector<SeriesEvent>& out);

  // What Seal would seal now.
  [[nodiscard]] std::optional<Stretch> Open() const;
  [[nodiscard]] const Sample& Newest() const { return newest_; }
  [[nodiscard]] BootTime SealedUntil() const { return t0_; }

 private:
  struct Point {
    BootTime at;
    Wide used = 0;                         // cumulative, in the series' inner unit
    Wide level = 0;                        // gauges
    Quality quality = Quality::kMeasured;  // of the segment that ends here
  };
  struct Seam {
    Wide used = 0;
    Quality quality = Quality::kMeasured;
  };

  [[nodiscard]] Point Next(const Sample& sample, const SeriesRules& rules,
                           ReadOutcome& outcome) const;
  [[nodiscard]] Seam At(BootTime instant) const;
  [[nodiscard]] Stretch Until(BootTime t1, const Seam& seam) const;
  void CutAt(BootTime instant, std::vector<SeriesEvent>& out);
  void PassPending(std::vector<SeriesEvent>& out);
  [[nodiscard]] Wide Said(Wide used) const;

  bool is_gauge_;
  Sample newest_;
  Scope scope_;
  BootTime t0_;
  BootTime scope_began_;          // nothing of scope_ is sealed while this is t0_
  Seam left_;                     // at t0_
  std::deque<Point> points_;      // the last one at or before t0_, and all since
  std::deque<Boundary> pending_;  // not reached by a reading yet
};

}  // namespace epochcost::meter
