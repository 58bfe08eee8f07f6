#include "meter/scope_track.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "base/retell.h"

namespace epochcost::meter {
namespace {

constexpr std::size_t kDeepestPhases = 16;
constexpr std::size_t kLongestHistory = 4096;
constexpr std::int64_t kMostSteps = 1'000'000'000'000'000;

std::string_view NameOf(MarkKind kind) {
  switch (kind) {
    case MarkKind::kEpochBegin:
      return "epoch begin";
    case MarkKind::kEpochEnd:
      return "epoch end";
    case MarkKind::kPhaseBegin:
      return "phase begin";
    case MarkKind::kPhaseEnd:
      return "phase end";
    case MarkKind::kMetric:
      return "metric";
    case MarkKind::kHorizon:
      return "horizon";
    case MarkKind::kClose:
      return "close";
    case MarkKind::kBudget:
      return "budget";
  }
  return {};
}

// How many bytes the UTF-8 character that `text` begins with has; 0 where it is none or controls.
std::size_t PlainCharacter(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return byte(0) >= 0x20 && byte(0) != 0x7f ? 1 : 0;
  const std::size_t length = byte(0) >= 0xf0 ? 4 : byte(0) >= 0xe0 ? 3 : 2;
  if (byte(0) < 0xc2 || byte(0) > 0xf4 || text.size() < length) return 0;
  char32_t code = byte(0) & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
    code = (code << 6) | (byte(i) & 0x3fU);
  }
  const bool is_overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool is_no_character = code > 0x10ffff || (code >= 0xd800 && code < 0xe000) || code < 0xa0;
  return is_overlong || is_no_character ? 0 : length;
}

bool IsPlain(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = PlainCharacter(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::optional<ScopeKind> ParsePhase(std::string_view name) {
  const auto kind = ParseScopeKind(name);
  return kind == ScopeKind::kEpoch ? std::nullopt : kind;
}

std::string FlawOfMetric(const Mark& mark) {
  if (mark.name.empty() || !IsPlain(mark.name)) return "its name is empty or not plain UTF-8";
  if (!std::isfinite(mark.value)) return "its value is not a finite number";
  return {};
}

}  // namespace

std::string FlawOf(const Mark& mark) {
  if (NameOf(mark.kind).empty()) return "no such kind of mark";
  if (mark.at.ns < 0) return "its time is negative";
  if (mark.replica < 0) return "its replica is negative";
  if (mark.kind == MarkKind::kBudget) return {};
  if (mark.index < 0) return "its index is negative";
  if (std::clamp<std::int64_t>(mark.steps, 0, kMostSteps) != mark.steps ||
      std::clamp<std::int64_t>(mark.samples, 0, kMostSteps) != mark.samples) {
    return ForRecord("its steps or samples are not between 0 and {}", kMostSteps);
  }
  if (mark.kind == MarkKind::kMetric) return FlawOfMetric(mark);
  if (mark.kind == MarkKind::kPhaseBegin && !ParsePhase(mark.name)) {
    return "no such phase; there are eval, checkpoint, setup, idle";
  }
  if (mark.kind == MarkKind::kHorizon && mark.index == 0) return "no epochs are planned";
  return {};
}

std::string Describe(const Mark& mark) {
  const std::string_view kind = NameOf(mark.kind);
  if (kind.empty()) return ForRecord("mark of kind {}", static_cast<std::uint32_t>(mark.kind));
  if (mark.kind == MarkKind::kPhaseBegin || mark.kind == MarkKind::kPhaseEnd ||
      mark.kind == MarkKind::kMetric) {
    return fmt::format("{} '{}'", kind, IsPlain(mark.name) ? mark.name : "?");
  }
  if (mark.kind == MarkKind::kClose) return std::string(kind);
  return fmt::format("{} {}", kind, mark.index);
}

ScopeTrack::ScopeTrack(BootTime start, Scope scope)
    : base_(scope), decided_until_(start), first_(scope) {
  if (scope.kind == ScopeKind::kEpoch) epoch_ = scope.index;
  if (scope.kind == ScopeKind::kIdle) epoch_ = scope.index;
  if (scope.kind == ScopeKind::kEval || scope.kind == ScopeKind::kCheckpoint) {
    base_ = {ScopeKind::kEpoch, scope.index};
    phases_.push_back(scope);
    epoch_ = scope.index;
  }
}

std::vector<Scope> ScopeTrack::Live() const {
  std::vector<Scope> live{base_};
  live.insert(live.end(), phases_.begin(), phases_.end());
  return live;
}

bool ScopeTrack::MayStillHold(const Scope& scope) const {
  if (base_ == scope || std::ranges::find(phases_, scope) != phases_.end()) return true;
  return scope.kind == ScopeKind::kEpoch && (!epoch_ || *epoch_ < scope.index);
}

void ScopeTrack::Remember(const Boundary& boundary) {
  decided_until_ = std::max(decided_until_, boundary.at);
  history_.push_back(boundary);
  if (history_.size() <= kLongestHistory) return;
  first_ = history_.front().scope;
  history_.pop_front();
}

Verdict ScopeTrack::Apply(const Mark& mark) {
  if (last_mark_ && mark.at < *last_mark_) {
    return {.rejected = "it lies before the boundary that was taken last"};
  }
  switch (mark.kind) {
    case MarkKind::kEpochBegin:
      return BeginEpoch(mark);
    case MarkKind::kEpochEnd:
      return EndEpoch(mark);
    case MarkKind::kPhaseBegin:
      return BeginPhase(mark);
    case MarkKind::kPhaseEnd:
      return EndPhase(mark);
    case MarkKind::kClose:
      return Close(mark);
    default:
      return {};
  }
}

Verdict ScopeTrack::BeginEpoch(const Mark& mark) {
  if (epoch_ && mark.index == *epoch_ && base_.kind == ScopeKind::kEpoch) {
    // Another voice opened it: this one only says so too.
    const bool was_opened_elsewhere = is_inherited_ || opened_by_ != mark.origin;
    is_inherited_ = false;
    opened_by_ = mark.origin;
    if (was_opened_elsewhere) return {};
    return {.rejected = "it is open already"};
  }
  if (epoch_ && mark.index <= *epoch_) {
    return {.rejected = ForRecord("epoch {} has begun already", *epoch_)};
  }
  std::vector<Scope> closes{base_};
  const auto steps = base_.kind == ScopeKind::kEpoch ? StepsUntil(mark) : std::nullopt;
  epoch_ = mark.index;
  base_ = {ScopeKind::kEpoch, mark.index};
  phases_.clear();
  opened_by_ = mark.origin;
  steps_at_begin_ = mark.steps;
  had_phase_ = false;
  Verdict verdict = GoTo(mark, std::move(closes));
  verdict.boundary->steps = steps;
  return verdict;
}

std::optional<std::int64_t> ScopeTrack::StepsUntil(const Mark& mark) const {
  if (!steps_at_begin_ || mark.steps < *steps_at_begin_) return std::nullopt;
  return mark.steps - *steps_at_begin_;
}

Verdict ScopeTrack::EndEpoch(const Mark& mark) {
  const Scope ended{ScopeKind::kEpoch, mark.index};
  if (base_ != ended) {
    if (epoch_ && mark.index <= *epoch_) return {.rejected = "it has ended already"};
    return {.rejected = "it never began"};
  }
  base_ = {ScopeKind::kIdle, mark.index};
  phases_.clear();
  Verdict verdict = GoTo(mark, {ended});
  verdict.boundary->steps = StepsUntil(mark);
  return verdict;
}

Verdict ScopeTrack::BeginPhase(const Mark& mark) {
  if (phases_.size() >= kDeepestPhases) {
    return {.rejected = ForRecord("{} phases are open within each other already", kDeepestPhases)};
  }
  had_phase_ = true;
  phases_.push_back({*ParsePhase(mark.name), epoch_.value_or(0)});
  return GoTo(mark, {});
}

Verdict ScopeTrack::EndPhase(const Mark& mark) {
  const auto kind = ParsePhase(mark.name);
  const auto open = std::find_if(phases_.rbegin(), phases_.rend(), [&](const Scope& phase) {
    return mark.name.empty() || phase.kind == kind;
  });
  if (open == phases_.rend()) return {.rejected = "no such phase is open"};
  // A phase that a name reaches past was never ended; it ends with the one it lies in.
  std::vector<Scope> closes{*open};
  phases_.erase(std::prev(open.base()), phases_.end());
  return GoTo(mark, std::move(closes));
}

Verdict ScopeTrack::Close(const Mark& mark) {
  const Scope open = base_;
  const bool is_no_epoch = open.kind == ScopeKind::kEpoch && open.index > 0 && !had_phase_ &&
                           steps_at_begin_ == mark.steps;
  base_ = {ScopeKind::kIdle, is_no_epoch ? open.index - 1 : epoch_.value_or(0)};
  phases_.clear();
  Verdict verdict = GoTo(mark, {});
  if (is_no_epoch) verdict.boundary->disowns = open;
  return verdict;
}

Verdict ScopeTrack::GoTo(const Mark& mark, std::vector<Scope> closes) {
  last_mark_ = mark.at;
  is_inherited_ = false;
  return {.boundary = Boundary{
              .at = mark.at, .scope = Current(), .live = Live(), .closes = std::move(closes)}};
}

}  // namespace epochcost::meter
