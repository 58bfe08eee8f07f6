#include "api/http/timeline.h"

#include <algorithm>

#include "base/text.h"

namespace epochcost::api::http {
namespace {

constexpr std::int64_t kJoined = 500 * kNanosPerMilli;
constexpr Wide kNanosPerHour = Wide{3600} * kNanosPerSecond;

tl::unexpected<Error> TooMuch() {
  return Fail(ErrorCode::kOverflow, Say("the run cost more than a chart can hold"));
}

void AddPoints(const std::vector<store::PostedAmount>& amounts, Timeline& line) {
  std::int64_t first = 0;
  for (const store::PostedAmount& posted : amounts) {
    if (line.t.empty() || posted.t1.ns - first > kJoined) {
      line.t.push_back(posted.t1.ns);
      first = posted.t1.ns;
    }
    line.t.back() = posted.t1.ns;
  }
}

// Spreads each amount over the points of its line's time, in proportion and exactly.
void AddRates(const std::vector<store::PostedAmount>& amounts, Timeline& line) {
  line.spread.resize(line.Size());
  for (const store::PostedAmount& posted : amounts) {
    const Wide amount = posted.amount.Count();
    const std::int64_t length = posted.t1.ns - posted.t0.ns;
    auto at = length > 0 ? std::ranges::upper_bound(line.t, posted.t0.ns)
                         : std::ranges::lower_bound(line.t, posted.t1.ns);
    Wide given = 0;
    for (; at != line.t.end() && given != amount; ++at) {
      const bool is_last = *at >= posted.t1.ns || length <= 0;
      const Wide until = is_last ? amount : amount * (*at - posted.t0.ns) / length;
      line.spread[static_cast<std::size_t>(at - line.t.begin())] += until - given;
      given = until;
      if (is_last) break;
    }
  }
  line.rate_per_hour.resize(line.Size());
  line.begin = amounts.front().t0.ns;
  for (const store::PostedAmount& posted : amounts) line.begin = std::min(line.begin, posted.t0.ns);
  std::int64_t before = line.begin;
  for (std::size_t i = 0; i < line.Size(); ++i) {
    const std::int64_t length = line.t[i] - before;
    line.rate_per_hour[i] = length > 0 ? line.spread[i] * kNanosPerHour / length : 0;
    before = line.t[i];
  }
}

}  // namespace

Result<Timeline> MakeTimeline(std::vector<store::PostedAmount> amounts) {
  Timeline line;
  if (amounts.empty()) return line;
  std::ranges::stable_sort(amounts, {}, &store::PostedAmount::t1);
  AddPoints(amounts, line);
  line.cumulative.resize(line.Size());
  std::size_t point = 0;
  std::int64_t total = 0;
  std::array<std::int64_t, kResourceCount> sums{};
  const auto keep = [&] {
    line.cumulative[point] = total;
    for (std::size_t r = 0; r < kResourceCount; ++r) {
      if (!line.by_resource[r].empty()) line.by_resource[r][point] = sums[r];
    }
  };
  for (const store::PostedAmount& posted : amounts) {
    while (posted.t1.ns > line.t[point]) {
      keep();
      ++point;
    }
    const auto r = static_cast<std::size_t>(posted.resource);
    line.by_resource.at(r).resize(line.Size());
    sums.at(r) += posted.amount.Count();  // no larger than the total
    if (__builtin_add_overflow(total, posted.amount.Count(), &total)) {
      return TooMuch();
    }
  }
  keep();
  AddRates(amounts, line);
  return line;
}

Wide SpentBetween(const Timeline& line, UtcTime from, UtcTime to) {
  Wide spent = 0;
  auto at = std::ranges::upper_bound(line.t, from.ns);
  std::int64_t before = at == line.t.begin() ? line.begin : *std::prev(at);
  for (; at != line.t.end() && before < to.ns; ++at) {
    const Wide amount = line.spread[static_cast<std::size_t>(at - line.t.begin())];
    const std::int64_t covered = std::min(*at, to.ns) - std::max(before, from.ns);
    const std::int64_t length = *at - before;
    spent += covered >= length ? amount : amount * covered / length;
    before = *at;
  }
  return spent;
}

Thinned Thin(const Timeline& line, UtcTime from, UtcTime to, std::size_t most) {
  const auto begin =
      static_cast<std::size_t>(std::ranges::lower_bound(line.t, from.ns) - line.t.begin());
  const auto end =
      static_cast<std::size_t>(std::ranges::upper_bound(line.t, to.ns) - line.t.begin());
  Thinned thinned;
  if (begin >= end) return thinned;
  thinned.of = end - begin;
  if (thinned.of <= most) {
    for (std::size_t i = begin; i < end; ++i) thinned.points.push_back(i);
    return thinned;
  }
  const auto keep = [&thinned](std::size_t i) {
    if (thinned.points.empty() || thinned.points.back() < i) thinned.points.push_back(i);
  };
  keep(begin);
  // Two of the points are the first and the last; the others come in pairs.
  const Wide stretches = static_cast<Wide>(most > 2 ? (most - 2) / 2 : 0);
  const Wide length = Wide{line.t[end - 1]} - line.t[begin] + 1;
  for (std::size_t i = begin + 1; i + 1 < end && stretches > 0;) {
    const Wide stretch = (Wide{line.t[i]} - line.t[begin]) * stretches / length;
    std::size_t least = i;
    std::size_t greatest = i;
    for (; i + 1 < end && (Wide{line.t[i]} - line.t[begin]) * stretches / length == stretch; ++i) {
      if (line.rate_per_hour[i] < line.rate_per_hour[least]) least = i;
      if (line.rate_per_hour[i] > line.rate_per_hour[greatest]) greatest = i;
    }
    keep(std::min(least, greatest));
    keep(std::max(least, greatest));
  }
  keep(end - 1);
  return thinned;
}

}  // namespace epochcost::api::http
