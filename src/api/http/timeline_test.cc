#include "api/http/timeline.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <limits>

namespace epochcost::api::http {
namespace {

store::PostedAmount Posted(std::int64_t from_s, std::int64_t to_s, std::int64_t nano,
                           Resource resource = Resource::kCpuTime) {
  return {resource, UtcTime{from_s * kNanosPerSecond}, UtcTime{to_s * kNanosPerSecond},
          NanoMoney{nano}};
}

TEST(Timeline, AddsUpWhatWasPosted) {
  const Timeline line =
      MakeTimeline({Posted(10, 20, 5), Posted(0, 10, 3), Posted(0, 10, 2, Resource::kMemory)})
          .value();
  EXPECT_EQ(line.cumulative, (std::vector<std::int64_t>{5, 10}));
  EXPECT_EQ(line.by_resource[1], (std::vector<std::int64_t>{3, 8}));
  EXPECT_EQ(line.by_resource[2], (std::vector<std::int64_t>{2, 2}));
  EXPECT_TRUE(line.by_resource[0].empty());
  EXPECT_EQ(line.rate_per_hour, (std::vector<Wide>{1800, 1800}));
}

TEST(Timeline, SpreadsWhatIsPostedAtTheEndOfAnEpochOverIt) {
  const Timeline line =
      MakeTimeline({Posted(0, 10, 0), Posted(10, 20, 0), Posted(0, 20, 100, Resource::kMemory)})
          .value();
  EXPECT_EQ(line.cumulative, (std::vector<std::int64_t>{0, 100}));
  EXPECT_EQ(line.rate_per_hour, (std::vector<Wide>{18'000, 18'000}));
}

TEST(SpentBetween, CutsPointsByTheirTimeAndAddsUpToTheTotal) {
  EXPECT_TRUE(rc::check([] {
    const auto count = *rc::gen::inRange<std::int64_t>(1, 60);
    std::vector<store::PostedAmount> amounts;
    Wide total = 0;
    for (std::int64_t i = 0; i < count; ++i) {
      amounts.push_back(Posted(i, i + 1 + *rc::gen::inRange<std::int64_t>(0, 9),
                               *rc::gen::inRange<std::int64_t>(0, 1'000'000)));
      total += amounts.back().amount.Count();
    }
    const Timeline line = MakeTimeline(amounts).value();
    const UtcTime cut{*rc::gen::inRange<std::int64_t>(-2, 80) * kNanosPerSecond / 2};
    const UtcTime first{std::numeric_limits<std::int64_t>::min()};
    const UtcTime last{std::numeric_limits<std::int64_t>::max()};
    RC_ASSERT(SpentBetween(line, first, last) == total);
    const Wide parts = SpentBetween(line, first, cut) + SpentBetween(line, cut, last);
    RC_ASSERT(parts == total || parts == total - 1);  // the point that is cut is rounded down twice
  }));
  const Timeline line = MakeTimeline({Posted(0, 10, 100), Posted(10, 20, 50)}).value();
  EXPECT_EQ(SpentBetween(line, UtcTime{5 * kNanosPerSecond}, UtcTime{12 * kNanosPerSecond}), 60);
  EXPECT_EQ(SpentBetween(line, UtcTime{20 * kNanosPerSecond}, UtcTime{30 * kNanosPerSecond}), 0);
  EXPECT_EQ(SpentBetween({}, UtcTime{0}, UtcTime{1}), 0);
}

TEST(Timeline, SaysWhereATotalLeavesSixtyFourBits) {
  const auto huge = std::numeric_limits<std::int64_t>::max();
  EXPECT_FALSE(MakeTimeline({Posted(0, 10, huge), Posted(10, 20, 1)}));
}

TEST(Timeline, OfNothingIsEmpty) { EXPECT_EQ(MakeTimeline({})->Size(), 0U); }

TEST(Thinning, KeepsTheEndsAndThePeaksWithinTheNumberAsked) {
  EXPECT_TRUE(rc::check([] {
    const auto count = *rc::gen::inRange<std::int64_t>(1, 400);
    const auto most = static_cast<std::size_t>(*rc::gen::inRange(2, 100));
    std::vector<store::PostedAmount> amounts;
    for (std::int64_t i = 0; i < count; ++i) {
      amounts.push_back(Posted(i, i + 1, *rc::gen::inRange<std::int64_t>(0, 1'000'000)));
    }
    const Timeline line = MakeTimeline(amounts).value();
    const Thinned thinned = Thin(line, UtcTime{0}, UtcTime{(count + 1) * kNanosPerSecond}, most);
    RC_ASSERT(thinned.of == line.Size());
    RC_ASSERT(thinned.points.size() <= std::max<std::size_t>(most, 2));
    RC_ASSERT(std::ranges::is_sorted(thinned.points));
    RC_ASSERT(thinned.points.front() == 0);
    RC_ASSERT(thinned.points.back() == line.Size() - 1);
    if (most < 4 || line.Size() < 3) return;
    // The dearest moment is never lost.
    const auto peak = std::ranges::max(line.rate_per_hour);
    RC_ASSERT(std::ranges::any_of(
        thinned.points, [&](std::size_t point) { return line.rate_per_hour[point] == peak; }));
  }));
}

}  // namespace
}  // namespace epochcost::api::http
