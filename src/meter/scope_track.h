#pragma once
// Which scope one replica is in: the state machine of its marks.

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "meter/boundary.h"
#include "model/mark.h"

namespace epochcost::meter {

// Whether the mark, taken by itself, can be one; the sentence says what is wrong with it, or is
// empty. A mark file is written by a foreign program: nothing in it is trusted.
[[nodiscard]] std::string FlawOf(const Mark& mark);

// "epoch_begin 3", for a notice.
[[nodiscard]] std::string Describe(const Mark& mark);

[[nodiscard]] constexpr bool IsBoundaryMark(MarkKind kind) {
  return kind == MarkKind::kEpochBegin || kind == MarkKind::kEpochEnd ||
         kind == MarkKind::kPhaseBegin || kind == MarkKind::kPhaseEnd || kind == MarkKind::kClose;
}

// What came of a mark: a boundary, or a sentence why it was not taken, or neither (it says what is
// so already).
struct Verdict {
  std::optional<Boundary> boundary;
  std::string rejected;
};

// Starts in `scope`. An epoch runs from its begin to its end or the next begin; phases lie above
// it or above what is outside of epochs, and return to it at their end. Epochs only go forward.
class ScopeTrack {
 public:
  ScopeTrack(BootTime start, Scope scope);

  // A mark without flaw and with IsBoundaryMark. The boundary lies at the mark's own time.
  Verdict Apply(const Mark& mark);
  // The replica has marks of its own from now on; what it followed before is where it stands.
  void Own() { is_inherited_ = true; }

  [[nodiscard]] Scope Current() const { return phases_.empty() ? base_ : phases_.back(); }
  [[nodiscard]] std::vector<Scope> Live() const;
  // The scope may still get usage: it is open, or lies ahead.
  [[nodiscard]] bool MayStillHold(const Scope& scope) const;

  // The instant before which everything is decided: no later boundary lies before it.
  [[nodiscard]] BootTime DecidedUntil() const { return decided_until_; }
  // Writes the boundary down, at its effective instant, for series that begin late.
  void Remember(const Boundary& boundary);
  [[nodiscard]] Scope FirstScope() const { return first_; }
  [[nodiscard]] const std::deque<Boundary>& History() const { return history_; }

 private:
  Verdict BeginEpoch(const Mark& mark);
  Verdict EndEpoch(const Mark& mark);
  Verdict BeginPhase(const Mark& mark);
  Verdict EndPhase(const Mark& mark);
  Verdict Close(const Mark& mark);
  Verdict GoTo(const Mark& mark, std::vector<Scope> closes);
  [[nodiscard]] std::optional<std::int64_t> StepsUntil(const Mark& mark) const;

  Scope base_;
  std::vector<Scope> phases_;
  std::optional<std::int64_t> epoch_;  // the last that began
  std::optional<BootTime> last_mark_;
  bool is_inherited_ = false;  // where it stands was not said by its own marks
  MarkOrigin opened_by_ = MarkOrigin::kSdk;
  std::optional<std::int64_t> steps_at_begin_;  // of the epoch that is open; unknown if resumed
  bool had_phase_ = false;                      // in the epoch that is open
  BootTime decided_until_;
  Scope first_;  // before history_ begins
  std::deque<Boundary> history_;
};

}  // namespace epochcost::meter
