#pragma once
// What a run cost over time, from the amounts that were posted, thinned out for a chart.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "base/wide.h"
#include "model/vocabulary.h"
#include "store/store.h"

namespace epochcost::api::http {

// Columns of one length, t ascending. `cumulative` is exact: all that was posted by lines that end
// at or before t. `spread` is what was spent since the point before, each amount spread over its
// own line's time, so that what is posted at the end of an epoch makes no spike; it adds up to the
// same. `rate_per_hour` is how fast that was, in nano-units.
struct Timeline {
  std::int64_t begin = 0;       // of the earliest line; UTC, ns
  std::vector<std::int64_t> t;  // UTC, ns
  std::vector<std::int64_t> cumulative;
  std::vector<Wide> spread;
  std::vector<Wide> rate_per_hour;
  std::array<std::vector<std::int64_t>, kResourceCount> by_resource;  // cumulative; empty: none
  [[nodiscard]] std::size_t Size() const { return t.size(); }
};

// Amounts in any order. Lines that end within half a second of each other share a point. Error
// kOverflow: the run's total leaves 64 bits of nano-units.
[[nodiscard]] Result<Timeline> MakeTimeline(std::vector<store::PostedAmount> amounts);

// What was spent in [from, to), in nano-units: whole points exactly, of one that is cut its share
// of the time, rounded down.
[[nodiscard]] Wide SpentBetween(const Timeline& line, UtcTime from, UtcTime to);

// Which points of [from, to] remain when at most `most` may: all of them, or of each of most/2
// stretches of equal length the ones with the least and the greatest rate; the first and the last
// point always. Indices, ascending.
struct Thinned {
  std::vector<std::size_t> points;
  std::size_t of = 0;  // points there were in the range
};
[[nodiscard]] Thinned Thin(const Timeline& line, UtcTime from, UtcTime to, std::size_t most);

}  // namespace epochcost::api::http
