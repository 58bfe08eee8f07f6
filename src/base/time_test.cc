#include "base/time.h"

#include <gtest/gtest.h>

namespace epochcost {
namespace {

TEST(ParseUtc, ReadsDatesTimesAndZones) {
  EXPECT_EQ(ParseUtc("1970-01-01").value().ns, 0);
  EXPECT_EQ(ParseUtc("2026-11-20T08:00:00+08:00").value(), ParseUtc("2026-11-20").value());
  EXPECT_EQ(FormatUtc(ParseUtc("2026-11-23T21:19:04.123Z").value()), "2026-11-23T21:19:04.123Z");
}

TEST(ParseUtc, RefusesTimesThatDoNotExist) {
  for (const char* bad :
       {"", "tomorrow", "2026-02-30", "2026-13-01", "2026-11-20T25:00:00Z", "2026-11-20T08:00:00",
        "1969-12-31", "2300-01-01", "2026-11-20Z", "2026-11-20T08:00:00Z "}) {
    EXPECT_FALSE(ParseUtc(bad).has_value()) << bad;
  }
}

TEST(FormatDuration, PicksTheUnitThatAPersonWould) {
  EXPECT_EQ(FormatDuration(Nanos{43'900'000}), "43 ms");
  EXPECT_EQ(FormatDuration(Nanos{12'450'000'000}), "12.4 s");
  EXPECT_EQ(FormatDuration(Nanos{187 * kNanosPerSecond}), "3 m 07 s");
  EXPECT_EQ(FormatDuration(Nanos{290'520 * kNanosPerSecond}), "80 h 42 m");
}

TEST(SystemClock, MovesForward) {
  const SystemClock clock;
  const BootTime before = clock.Boot();
  EXPECT_LE(before, clock.Boot());
  EXPECT_GT(clock.Utc(), ParseUtc("2020-01-01").value());
}

}  // namespace
}  // namespace epochcost
