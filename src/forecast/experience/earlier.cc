#include "forecast/experience/earlier.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "forecast/series.h"

namespace epochcost::forecast {
namespace {

// Found on completed runs (bench/accuracy/forecast); the error is flat around them.
constexpr double kLikelyShift = 0.03;  // between runs of one system; a larger one is believed
                                       // sooner, where it is no noise:
constexpr double kClear = 3;           // times what the units differ among themselves,
constexpr double kLasting = 8;         // and in so many of them
constexpr double kSameWork = 1.5;      // works that differ by more are counted differently
constexpr double kUnlike = 0.06;    // an earlier run as far from this one, in logarithms of what a
                                    // unit costs, counts a third,
constexpr double kUnitsToTell = 4;  // once so many units can be compared

double MeanWork(std::span<const Unit> units) {
  return WorkOf(units) / static_cast<double>(units.size());
}

double MeanWorkOf(const Known& known) {
  return (WorkOf(known.finished) + WorkOf(known.ahead)) /
         static_cast<double>(known.finished.size() + known.ahead.size());
}

struct Value {
  double value = 0;
  double weight = 0;
};

// The value that halves the weight; between two where it lies between them.
double WeightedMedian(std::vector<Value>& values) {
  constexpr double kRounding = 1e-9;
  std::ranges::sort(values, {}, &Value::value);
  double whole = 0;
  for (const Value& each : values) whole += each.weight;
  double passed = 0;
  for (std::size_t i = 0; i + 1 < values.size(); ++i) {
    passed += values[i].weight;
    if (std::abs(passed - whole / 2) <= kRounding * whole)
      return (values[i].value + values[i + 1].value) / 2;
    if (passed > whole / 2) return values[i].value;
  }
  return values.back().value;
}

// The earlier runs as rates (cost per work as this run counts it), and how much each counts: those
// whose units so far are like this run's tell more of what comes.
class EarlierRates {
 public:
  explicit EarlierRates(const Known& known) : known_(known) {
    const double work = MeanWorkOf(known);
    for (const CompletedRun* run : known.earlier) {
      const double ratio = MeanWork(run->units) / work;
      scales_.push_back(ratio < kSameWork && ratio > 1 / kSameWork ? 1 : ratio);
    }
    weights_.assign(scales_.size(), 1.0);
    if (scales_.size() > 1 && !known.finished.empty()) Compare();
  }

  // What this run's units should cost per work: the weighted median of those that got so far;
  // behind the end of the longest, what the last quarter did.
  [[nodiscard]] std::vector<double> Expected() const {
    const std::size_t planned = known_.finished.size() + known_.ahead.size();
    std::vector<double> expected;
    std::vector<Value> rates;
    for (std::size_t i = 0; i < planned; ++i) {
      rates.clear();
      for (std::size_t j = 0; j < scales_.size(); ++j)
        if (Has(j, i)) rates.push_back({Rate(j, i), weights_[j]});
      if (!rates.empty()) {
        expected.push_back(WeightedMedian(rates));
        continue;
      }
      const std::size_t length = expected.size();
      const auto from = static_cast<std::ptrdiff_t>(std::min(length - 1, length * 3 / 4));
      expected.resize(planned, Median({expected.begin() + from, expected.end()}));
      break;
    }
    return expected;
  }

  // How far the earlier runs lie from what is expected of the units to come, as a share.
  [[nodiscard]] double Disagreement(std::span<const double> expected) const {
    double sum = 0;
    double weight = 0;
    for (std::size_t j = 0; j < scales_.size(); ++j) {
      double own = 0;
      double median = 0;
      for (std::size_t i = known_.finished.size(); i < expected.size() && Has(j, i); ++i) {
        own += Rate(j, i);
        median += expected[i];
      }
      if (median <= 0) continue;
      sum += weights_[j] * std::abs(std::log(own / median));
      weight += weights_[j];
    }
    return weight > 0 ? sum / weight : 0;
  }

 private:
  [[nodiscard]] bool Has(std::size_t run, std::size_t unit) const {
    return unit < known_.earlier[run]->units.size();
  }
  [[nodiscard]] double Rate(std::size_t run, std::size_t unit) const {
    const Unit& seen = known_.earlier[run]->units[unit];
    return seen.cost / seen.work * scales_[run];
  }

  void Compare() {
    const std::size_t done = known_.finished.size();
    const std::size_t first = done > 1 ? 1 : 0;  // a first unit tells of the start alone
    std::vector<double> distances;
    std::vector<double> off;
    for (std::size_t j = 0; j < scales_.size(); ++j) {
      off.clear();
      for (std::size_t i = first; i < done && Has(j, i); ++i) {
        const Unit& own = known_.finished[i];
        off.push_back(std::abs(std::log(own.cost / own.work / Rate(j, i))));
      }
      distances.push_back(off.empty() ? 1 : Median(off));
    }
    const double nearest = *std::ranges::min_element(distances);
    const double compared = done > 1 ? static_cast<double>(done - 1) : 0.3;
    const double sharpness = std::min(1.0, compared / kUnitsToTell) / kUnlike;
    for (std::size_t j = 0; j < scales_.size(); ++j)
      weights_[j] = std::exp((nearest - distances[j]) * sharpness);
  }

  const Known& known_;
  std::vector<double> scales_;
  std::vector<double> weights_;
};

}  // namespace

Result<Rest> EarlierRuns::Forecast(const Known& known) const {
  if (known.earlier.empty())
    return Fail(ErrorCode::kUnsupported, Say("this method cannot forecast yet"),
                Say("no earlier run of this workload on this system is completed"));
  const EarlierRates rates(known);
  const std::vector<double> expected = rates.Expected();
  std::vector<double> ratios;
  for (std::size_t i = 0; i < known.finished.size(); ++i) {
    ratios.push_back(std::log(known.finished[i].cost / known.finished[i].work / expected[i]));
  }
  double shift = 0;
  double sum_scatter = 0;
  if (!ratios.empty()) {
    const double seen = static_cast<double>(ratios.size());
    const double level = Median(ratios);
    for (double& ratio : ratios) ratio = std::abs(ratio - level);
    const double scatter = Median(ratios);
    // Of the rest's sum: the noise of the units ahead, and what that of those seen hides of the
    // level.
    sum_scatter = scatter / kMedianOfNormal *
                  std::sqrt(1 / seen + 1 / static_cast<double>(known.ahead.size()));
    const bool is_clear = seen >= kLasting && std::abs(level) >= kClear * scatter;
    const double unlikely = is_clear ? level / kLikelyShift : 0;
    shift = level * seen / (seen + units_at_one_ / (1 + unlikely * unlikely));
  }
  double cost = 0;
  for (std::size_t i = 0; i < known.ahead.size(); ++i)
    cost += expected[known.finished.size() + i] * known.ahead[i].work;
  cost *= std::exp(shift);
  return Rest{.cost = cost,
              .deviation = cost * std::hypot(sum_scatter, rates.Disagreement(expected))};
}

}  // namespace epochcost::forecast
