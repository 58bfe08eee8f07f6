#include "forecast/naive/cycle.h"

#include <utility>

#include "forecast/series.h"

namespace epochcost::forecast {
namespace {

double Rate(const Unit& unit) { return unit.cost / unit.work; }

}  // namespace

Result<Rest> FirstUnit::Forecast(const Known& known) const {
  if (known.finished.empty()) return TooFewUnits(1, 0);
  return Rest{.cost = Rate(known.finished.front()) * WorkOf(known.ahead)};
}

Result<Rest> ElapsedByProgress::Forecast(const Known& known) const {
  if (known.finished.empty()) return TooFewUnits(1, 0);
  const double elapsed = known.before + CostOf(known.finished);
  return Rest{.cost = elapsed / WorkOf(known.finished) * WorkOf(known.ahead)};
}

Result<Rest> LastUnit::Forecast(const Known& known) const {
  if (known.finished.empty()) return TooFewUnits(1, 0);
  return Rest{.cost = Rate(known.finished.back()) * WorkOf(known.ahead)};
}

Result<Rest> MedianCycle::Forecast(const Known& known) const {
  if (known.finished.empty()) return TooFewUnits(1, 0);
  std::vector<double> rates = Rates(known.finished);
  if (rates.size() > 1) rates.erase(rates.begin());
  return Rest{.cost = Median(std::move(rates)) * WorkOf(known.ahead)};
}

}  // namespace epochcost::forecast
