#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"

namespace epochcost {

// Something that a reader of the numbers must know: told, never swallowed.
enum class NoticeKind : std::uint8_t {
  kSourceChosen,  // a signal is read from this source
  kSourceLost,    // a source stopped answering
  kSourceBack,
  kCounterReset,    // a counter went backwards; what it lost is unknown
  kGap,             // readings are missing for a stretch of time
  kClockJump,       // the wall clock was set
  kSuspended,       // the machine slept
  kMeterRestarted,  // a new meter continued
  kMarksFolded,     // boundaries too close together were counted as one
  kMarkRejected,    // out of order, repeated, foreign or malformed
  kPriceChanged,
  kDegraded,      // runs with less than it could have, and why
  kCommitFailed,  // the ledger could not be written for a while
  kBudget,        // the alert threshold or the budget was passed
};

struct Notice {
  NoticeKind kind{};
  UtcTime at;
  std::string detail;  // a sentence in English
  std::string hint;    // what to do; may be empty
  Nanos lasted{};      // what it tells of took so long and ended at `at`; 0: an instant, or unknown
  friend bool operator==(const Notice&, const Notice&) = default;
};

[[nodiscard]] std::string_view Name(NoticeKind kind);  // "clock_jump"

}  // namespace epochcost
