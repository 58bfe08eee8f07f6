#pragma once
// Instants. Two clocks that cannot be confused: the wall (UTC, may jump) and the machine's boot
// clock (CLOCK_BOOTTIME, counts through suspend, never jumps). Intervals come from the second.

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/quantity.h"
#include "base/result.h"

namespace epochcost {

// Nanoseconds since the clock's epoch.
template <class Clock>
struct Instant {
  std::int64_t ns = 0;
  friend constexpr auto operator<=>(Instant, Instant) = default;
  friend constexpr Nanos operator-(Instant a, Instant b) { return Nanos{a.ns - b.ns}; }
  friend constexpr Instant operator+(Instant a, Nanos d) { return Instant{a.ns + d.Count()}; }
  friend constexpr Instant operator-(Instant a, Nanos d) { return Instant{a.ns - d.Count()}; }
};

using UtcTime = Instant<struct WallClock>;
using BootTime = Instant<struct BootClock>;

inline constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
inline constexpr std::int64_t kNanosPerMilli = 1'000'000;

// Where time comes from. Stage rooms get instants as arguments; only the rooms that touch the world
// hold one of these.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual UtcTime Utc() const = 0;
  [[nodiscard]] virtual BootTime Boot() const = 0;
  // CLOCK_MONOTONIC: stands still while the machine sleeps. Boot − Monotonic grows by each sleep.
  [[nodiscard]] virtual std::int64_t MonotonicNs() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] UtcTime Utc() const override;
  [[nodiscard]] BootTime Boot() const override;
  [[nodiscard]] std::int64_t MonotonicNs() const override;
};

// ISO 8601 in UTC with milliseconds: "2026-11-23T21:19:04.123Z".
[[nodiscard]] std::string FormatUtc(UtcTime time);

// "2026-11-20", "2026-11-20T08:00:00Z", "…T08:00:00.5Z", "…T08:00:00+08:00". A bare date is its
// midnight in UTC. Error kInvalidInput: anything else, or a day that does not exist.
[[nodiscard]] Result<UtcTime> ParseUtc(std::string_view text);

// A length of time for a person: "43 ms", "12.4 s", "3 m 07 s", "80 h 42 m". Negative: "−12.4 s".
[[nodiscard]] std::string FormatDuration(Nanos duration);

}  // namespace epochcost
