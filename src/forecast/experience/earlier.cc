#include "forecast/experience/earlier.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "forecast/series.h"

namespace epochcost::forecast {
namespace {

constexpr double kLikelyShift =
    0.03;                          // between runs of one system; a larger one is believed sooner
constexpr double kSameWork = 1.5;  // works that differ by more are counted differently

double MeanWork(std::span<const Unit> units) {
  return WorkOf(units) / static_cast<double>(units.size());
}

double MeanWorkOf(const Known& known) {
  return (WorkOf(known.finished) + WorkOf(known.ahead)) /
         static_cast<double>(known.finished.size() + known.ahead.size());
}

// The rates that this run's units should have: the median over the earlier runs; behind the end of
// the longest of them, what its last quarter cost.
std::vector<double> ExpectedRates(const Known& known) {
  const double work = MeanWorkOf(known);
  const std::size_t planned = known.finished.size() + known.ahead.size();
  std::vector<double> expected;
  std::vector<double> scales;
  for (const CompletedRun* run : known.earlier) {
    const double ratio = MeanWork(run->units) / work;
    scales.push_back(ratio < kSameWork && ratio > 1 / kSameWork ? 1 : ratio);
  }
  std::vector<double> rates;
  for (std::size_t i = 0; i < planned; ++i) {
    rates.clear();
    for (std::size_t j = 0; j < scales.size(); ++j) {
      const std::vector<Unit>& units = known.earlier[j]->units;
      if (i < units.size()) rates.push_back(units[i].cost / units[i].work * scales[j]);
    }
    if (!rates.empty()) {
      expected.push_back(Median(rates));
    } else {
      const std::size_t length = expected.size();
      const auto from = static_cast<std::ptrdiff_t>(std::min(length - 1, length * 3 / 4));
      expected.resize(planned, Median({expected.begin() + from, expected.end()}));
      break;
    }
  }
  return expected;
}

}  // namespace

Result<Rest> EarlierRuns::Forecast(const Known& known) const {
  if (known.earlier.empty())
    return Fail(ErrorCode::kUnsupported, Say("this method cannot forecast yet"),
                Say("no earlier run of this workload on this system is completed"));
  const std::vector<double> expected = ExpectedRates(known);
  std::vector<double> ratios;
  for (std::size_t i = 0; i < known.finished.size(); ++i) {
    ratios.push_back(std::log(known.finished[i].cost / known.finished[i].work / expected[i]));
  }
  double shift = 0;
  double scatter = 0;
  if (!ratios.empty()) {
    const double seen = static_cast<double>(ratios.size());
    const double level = Median(ratios);
    const double unlikely = level / kLikelyShift;
    shift = level * seen / (seen + units_at_one_ / (1 + unlikely * unlikely));
    for (double& ratio : ratios) ratio = std::abs(ratio - level);
    scatter = Median(ratios);
  }
  double cost = 0;
  for (std::size_t i = 0; i < known.ahead.size(); ++i)
    cost += expected[known.finished.size() + i] * known.ahead[i].work;
  cost *= std::exp(shift);
  return Rest{.cost = cost, .deviation = cost * scatter};
}

}  // namespace epochcost::forecast
