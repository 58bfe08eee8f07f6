#include "forecast/lstm/inputs.h"

#include <algorithm>
#include <cmath>

#include "forecast/series.h"

namespace epochcost::forecast::lstm {
namespace {

constexpr std::size_t kPresent = 20;  // units that make the level
constexpr std::size_t kShort = 8;     // units that make a shift of it

double Bounded(double value, double bound) { return std::clamp(value, -bound, bound); }

// The median of values[from … to).
double MedianOf(const std::vector<double>& values, std::size_t from, std::size_t to,
                std::vector<double>& scratch) {
  scratch.assign(values.begin() + static_cast<std::ptrdiff_t>(from),
                 values.begin() + static_cast<std::ptrdiff_t>(to));
  const std::size_t middle = scratch.size() / 2;
  std::nth_element(scratch.begin(), scratch.begin() + static_cast<std::ptrdiff_t>(middle),
                   scratch.end());
  const double upper = scratch[middle];
  if (scratch.size() % 2 == 1) return upper;
  return (upper + *std::max_element(scratch.begin(),
                                    scratch.begin() + static_cast<std::ptrdiff_t>(middle))) /
         2;
}

}  // namespace

Sequence InputsOf(std::string_view unit, double before, std::span<const Unit> finished,
                  const Plan& plan, std::size_t longest) {
  const std::vector<double> rates = Rates(finished);
  std::vector<double> logs(rates.size());
  std::ranges::transform(rates, logs.begin(), [](double rate) { return std::log(rate); });
  const std::size_t begin = rates.size() > longest ? rates.size() - longest : 0;
  Sequence sequence;
  std::vector<double> scratch;
  std::vector<double> distances;
  double work = 0;
  double sum = 0;  // of the rates, the first left out
  double evaluated = 0;
  double previous = 0;
  for (std::size_t t = 0; t < rates.size(); ++t) {
    work += finished[t].work;
    if (t > 0) sum += rates[t];
    if (finished[t].evaluates) ++evaluated;
    if (t < begin) continue;
    const std::size_t first = t > 0 ? 1 : 0;
    const std::size_t from = t + 1 > first + kPresent ? t + 1 - kPresent : first;
    const double level = MedianOf(rates, from, t + 1, scratch);
    const double log_level = std::log(level);
    if (t == begin) previous = log_level;
    distances.clear();
    for (std::size_t i = from; i <= t; ++i) distances.push_back(std::abs(logs[i] - log_level));
    const double spread = MedianOf(distances, 0, distances.size(), scratch);
    const double mean = t > 0 ? sum / static_cast<double>(t) : rates[0];
    double late = 0;
    const std::size_t late_from = std::max(first, t + 1 > 4 ? t - 3 : 0);
    for (std::size_t i = late_from; i <= t; ++i) late += rates[i];
    late /= static_cast<double>(t + 1 - late_from);
    double shift = 0;
    if (t + 1 >= first + 2 * kShort) {
      shift = std::log(MedianOf(rates, t + 1 - kShort, t + 1, scratch)) -
              std::log(MedianOf(rates, t + 1 - 2 * kShort, t + 1 - kShort, scratch));
    }
    const auto seen = static_cast<double>(t + 1);
    const double left = plan.units - seen;
    const double more_evaluations = plan.evaluations > 0 && left > 0
                                        ? (plan.evaluations - evaluated) / left - evaluated / seen
                                        : 0.0;
    const std::array<double, kInputs> inputs = {
        3 * Bounded(logs[t] - previous, 3),
        3 * Bounded(logs[t] - log_level, 3),
        3 * Bounded(log_level - previous, 3),
        Bounded(logs[0] - log_level, 3),
        2 * std::min(1.0, work / plan.work) - 1,
        std::log(seen) / 3,
        std::log(std::max(plan.units, seen)) - 3.5,
        Bounded(std::log1p(before / finished[0].work / level), 3),
        Bounded(std::log(spread + 1e-4) / 3 + 2, 2),
        unit == "epoch" ? 1.0 : 0.0,
        unit == "block" ? 1.0 : 0.0,
        unit == "eval" ? 1.0 : 0.0,
        10 * Bounded(std::log(mean) - log_level, 1),
        10 * Bounded(std::log(late) - log_level, 1),
        10 * Bounded(shift, 1),
        finished[t].evaluates ? 1.0 : 0.0,
        finished[t].checkpoints ? 1.0 : 0.0,
        Bounded(more_evaluations, 1)};
    std::array<float, kInputs>& row = sequence.inputs.emplace_back();
    std::ranges::transform(inputs, row.begin(), [](double v) { return static_cast<float>(v); });
    sequence.levels.push_back(level);
    previous = log_level;
  }
  return sequence;
}

Plan PlanOf(const Known& known) {
  Plan plan{.work = WorkOf(known.finished) + WorkOf(known.ahead),
            .units = static_cast<double>(known.finished.size() + known.ahead.size())};
  const auto declared = std::ranges::count_if(known.ahead, &PlannedUnit::evaluates);
  if (declared > 0) {
    plan.evaluations =
        static_cast<double>(declared + std::ranges::count_if(known.finished, &Unit::evaluates));
  }
  return plan;
}

Plan PlanOf(const CompletedRun& run) {
  return {.work = WorkOf(std::span<const Unit>(run.units)),
          .units = static_cast<double>(run.units.size()),
          .evaluations = static_cast<double>(std::ranges::count_if(run.units, &Unit::evaluates))};
}

}  // namespace epochcost::forecast::lstm
