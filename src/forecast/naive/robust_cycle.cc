#include "forecast/naive/robust_cycle.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "forecast/series.h"

namespace epochcost::forecast {
namespace {

constexpr std::size_t kWindow = 20;
constexpr std::size_t kLongestPeriod = 10;
constexpr std::size_t kRepeats = 3;
constexpr double kExplained = 0.25;    // of the scatter may be left
constexpr double kLeastShift = 0.005;  // of the rate
constexpr std::size_t kLasting = 4;    // units on the same side
constexpr double kFirstUnit = 0.1;     // what a single unit, which is the first, may be off
constexpr double kUnseen = 0.5;        // what a kind of unit that has not been seen may be off
constexpr double kMeanDistanceOfNormal = 0.7979;  // of a normal variable from its mean, in σ

double MeanDistance(std::span<const double> values, double from) {
  double sum = 0;
  for (const double value : values) sum += std::abs(value - from);
  return sum / static_cast<double>(values.size());
}

std::vector<double> PhaseRates(std::span<const double> rates, std::size_t period,
                               std::size_t phase) {
  std::vector<double> out;
  for (std::size_t i = phase; i < rates.size(); i += period) out.push_back(rates[i]);
  return out;
}

std::span<const double> Last(std::span<const double> rates, std::size_t count) {
  return rates.last(std::min(rates.size(), count));
}

double MedianOfSpan(std::span<const double> rates) { return Median({rates.begin(), rates.end()}); }

// By declared kind: 0 plain, 1 evaluates, 2 checkpoints, 3 both.
template <class T>
std::size_t KindOf(const T& unit) {
  return (unit.evaluates ? 1U : 0U) + (unit.checkpoints ? 2U : 0U);
}

bool IsDeclared(const Known& known) {
  return std::any_of(known.finished.begin(), known.finished.end(),
                     [](const Unit& unit) { return KindOf(unit) != 0; }) ||
         std::any_of(known.ahead.begin(), known.ahead.end(),
                     [](const PlannedUnit& unit) { return KindOf(unit) != 0; });
}

// Units that cost alike: those that were seen, and what is ahead of them.
struct Group {
  std::vector<double> rates;
  double ahead = 0;    // work
  double squares = 0;  // of the works ahead, summed
  double level = 0;
};

// What the levels leave unexplained is noise of each unit: of the rest's sum it is the smaller the
// more units there are, and so is what it lets the levels be off.
Rest RestOf(std::vector<Group> groups, double any) {
  Rest rest;
  double off = 0;
  double seen = 0;
  double levels = 0;
  for (Group& group : groups) {
    if (!group.rates.empty()) {
      group.level = MedianOfSpan(group.rates);
      off += MeanDistance(group.rates, group.level) / group.level *
             static_cast<double>(group.rates.size());
      seen += static_cast<double>(group.rates.size());
      ++levels;
    } else {
      group.level = any;  // nothing tells more
    }
    rest.cost += group.level * group.ahead;
  }
  double noise = off / std::max(1.0, seen - levels) / kMeanDistanceOfNormal;
  if (seen <= 1) noise = kFirstUnit;
  double variance = 0;
  for (const Group& group : groups) {
    const double level_off =
        group.rates.empty() ? kUnseen : noise / std::sqrt(static_cast<double>(group.rates.size()));
    const double share = group.level / rest.cost;  // a square of a cost may be too large a number
    variance += share * share *
                (noise * noise * group.squares + level_off * level_off * group.ahead * group.ahead);
  }
  rest.deviation = rest.cost * std::sqrt(variance);
  return rest;
}

void KeepLast(std::vector<double>& rates, std::size_t count) {
  if (rates.size() > count)
    rates.erase(rates.begin(), rates.end() - static_cast<std::ptrdiff_t>(count));
}

void Plan(const PlannedUnit& unit, Group& group) {
  group.ahead += unit.work;
  group.squares += unit.work * unit.work;
}

Rest DeclaredRest(const Known& known, std::span<const double> rates) {
  std::vector<Group> by_kind(4);
  const std::size_t skipped = known.finished.size() - rates.size();
  for (std::size_t i = 0; i < rates.size(); ++i)
    by_kind[KindOf(known.finished[i + skipped])].rates.push_back(rates[i]);
  for (Group& group : by_kind) KeepLast(group.rates, kWindow);
  for (const PlannedUnit& unit : known.ahead) Plan(unit, by_kind[KindOf(unit)]);
  return RestOf(std::move(by_kind), MedianOfSpan(Last(rates, kWindow)));
}

Rest PeriodicRest(const Known& known, std::span<const double> rates, std::size_t period) {
  std::vector<Group> by_phase(period);
  for (std::size_t phase = 0; phase < period; ++phase) {
    by_phase[phase].rates = PhaseRates(rates, period, phase);
    KeepLast(by_phase[phase].rates, std::max<std::size_t>(kRepeats, kWindow / period));
  }
  for (std::size_t i = 0; i < known.ahead.size(); ++i)
    Plan(known.ahead[i], by_phase[(rates.size() + i) % period]);
  return RestOf(std::move(by_phase), MedianOfSpan(rates));
}

Rest LevelRest(const Known& known, std::span<const double> rates) {
  Group group{.rates = {rates.begin(), rates.end()}};
  for (const PlannedUnit& unit : known.ahead) Plan(unit, group);
  return RestOf({std::move(group)}, 0);
}

}  // namespace

std::optional<std::size_t> PeriodOf(std::span<const double> rates) {
  if (rates.size() < 2 * kRepeats) return std::nullopt;
  const double scatter = MeanDistance(rates, MedianOfSpan(rates));
  if (scatter <= kLeastShift / 10 * MedianOfSpan(rates)) return std::nullopt;
  for (std::size_t period = 2; period <= kLongestPeriod && period * kRepeats <= rates.size();
       ++period) {
    double left = 0;
    for (std::size_t phase = 0; phase < period; ++phase) {
      const std::vector<double> seen = PhaseRates(rates, period, phase);
      left += MeanDistance(seen, MedianOfSpan(seen)) * static_cast<double>(seen.size());
    }
    if (left / static_cast<double>(rates.size()) < kExplained * scatter) return period;
  }
  return std::nullopt;
}

std::size_t LevelSince(std::span<const double> rates) {
  if (rates.size() < 2 * kLasting) return 0;
  const std::span<const double> last = rates.last(kLasting);
  const double level = MedianOfSpan(last);
  const double noise = std::max(MeanDistance(last, level) * 4, kLeastShift * level);
  std::size_t since = rates.size() - kLasting;
  while (since > 0 && std::abs(rates[since - 1] - level) <= noise) --since;
  // A single outlier is no shift: what lies before it must differ too.
  const std::span<const double> before = rates.first(since);
  if (before.size() < kLasting) return 0;
  return std::abs(MedianOfSpan(before.last(kLasting)) - level) > noise ? since : 0;
}

Result<Rest> RobustCycle::Forecast(const Known& known) const {
  if (known.finished.empty()) return TooFewUnits(1, 0);
  const std::vector<double> all = Rates(known.finished);
  const std::span<const double> rates = std::span(all).subspan(all.size() > 1 ? 1 : 0);
  if (IsDeclared(known)) return DeclaredRest(known, rates);
  const std::span<const double> window = Last(rates, 3 * kLongestPeriod);
  if (const auto period = PeriodOf(window); period) return PeriodicRest(known, window, *period);
  return LevelRest(known, Last(rates.subspan(LevelSince(rates)), kWindow));
}

}  // namespace epochcost::forecast
