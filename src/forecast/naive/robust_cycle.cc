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

// A kind that has not been seen yet costs what the others do: nothing tells more.
double DeclaredRest(const Known& known, std::span<const double> rates) {
  std::array<std::vector<double>, 4> by_kind;
  const std::size_t skipped = known.finished.size() - rates.size();
  for (std::size_t i = 0; i < rates.size(); ++i)
    by_kind[KindOf(known.finished[i + skipped])].push_back(rates[i]);
  const double any = MedianOfSpan(Last(rates, kWindow));
  std::array<double, 4> level{};
  for (std::size_t kind = 0; kind < by_kind.size(); ++kind)
    level[kind] = by_kind[kind].empty() ? any : MedianOfSpan(Last(by_kind[kind], kWindow));
  double cost = 0;
  for (const PlannedUnit& unit : known.ahead) cost += level[KindOf(unit)] * unit.work;
  return cost;
}

double PeriodicRest(const Known& known, std::span<const double> rates, std::size_t period) {
  std::vector<double> level;
  for (std::size_t phase = 0; phase < period; ++phase) {
    const std::vector<double> seen = PhaseRates(rates, period, phase);
    level.push_back(MedianOfSpan(Last(seen, std::max<std::size_t>(kRepeats, kWindow / period))));
  }
  double cost = 0;
  for (std::size_t i = 0; i < known.ahead.size(); ++i)
    cost += level[(rates.size() + i) % period] * known.ahead[i].work;
  return cost;
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
  const double work = WorkOf(known.ahead);
  double cost = 0;
  if (IsDeclared(known)) {
    cost = DeclaredRest(known, rates);
  } else if (const auto period = PeriodOf(Last(rates, 3 * kLongestPeriod)); period) {
    cost = PeriodicRest(known, Last(rates, 3 * kLongestPeriod), *period);
  } else {
    cost = MedianOfSpan(Last(rates.subspan(LevelSince(rates)), kWindow)) * work;
  }
  const std::span<const double> recent = Last(rates, kWindow);
  return Rest{.cost = cost, .deviation = MeanDistance(recent, MedianOfSpan(recent)) * work};
}

}  // namespace epochcost::forecast
