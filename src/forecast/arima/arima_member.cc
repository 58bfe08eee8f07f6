#include "forecast/arima/arima_member.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/text.h"
#include "forecast/arima/auto_arima.h"
#include "forecast/series.h"

namespace epochcost::forecast {
namespace {

constexpr std::size_t kMost = 128;

using Columns = std::vector<std::vector<double>>;

// Adds a column for a flag that some units have and some planned ones, on both sides.
void AddFlag(std::span<const Unit> past, std::span<const PlannedUnit> ahead, bool Unit::* flag,
             bool PlannedUnit::* planned, Columns& before, Columns& after) {
  std::vector<double> seen;
  for (const Unit& unit : past) seen.push_back(unit.*flag ? 1 : 0);
  std::vector<double> coming;
  for (const PlannedUnit& unit : ahead) coming.push_back(unit.*planned ? 1 : 0);
  if (std::ranges::find(seen, 1.0) == seen.end() ||
      std::ranges::find(coming, 1.0) == coming.end()) {
    return;
  }
  before.push_back(std::move(seen));
  after.push_back(std::move(coming));
}

// `order`: fits this one if there is one, else searches and leaves what it found.
Result<Rest> RestOf(const Known& known, std::optional<arima::Order>& order) {
  if (known.finished.size() < ArimaMember::kLeast)
    return TooFewUnits(ArimaMember::kLeast, known.finished.size());
  const std::size_t used = std::min(known.finished.size() - 1, kMost);
  const std::span<const Unit> past = known.finished.last(used);
  arima::Options options{.order = order, .rough = true};
  Columns after;
  AddFlag(past, known.ahead, &Unit::evaluates, &PlannedUnit::evaluates, options.regressors, after);
  AddFlag(past, known.ahead, &Unit::checkpoints, &PlannedUnit::checkpoints, options.regressors,
          after);
  const auto fitted = arima::FitAuto(Rates(past), options);
  if (!fitted) return tl::unexpected(fitted.error());
  order = fitted->order;
  const auto ahead = fitted->Ahead(static_cast<int>(known.ahead.size()), {}, after);
  if (!ahead) return tl::unexpected(ahead.error());
  Rest rest;
  for (std::size_t h = 0; h < known.ahead.size(); ++h) {
    rest.cost += known.ahead[h].work * ahead->mean[h];
  }
  // Exact for units of one size, which they nearly always are.
  rest.deviation =
      ahead->sum_sd.back() * WorkOf(known.ahead) / static_cast<double>(known.ahead.size());
  if (!std::isfinite(rest.cost) || !(rest.cost > 0) || !std::isfinite(rest.deviation)) {
    return Fail(ErrorCode::kUnsupported, Say("this method cannot forecast yet"),
                Say("the trend it sees leads below zero"));
  }
  return rest;
}

}  // namespace

Result<Rest> ArimaMember::Forecast(const Known& known) const {
  std::optional<arima::Order> order;
  return RestOf(known, order);
}

std::vector<Result<Rest>> ArimaMember::ForecastEach(std::span<const Known> questions) const {
  std::optional<arima::Order> order;
  std::vector<Result<Rest>> answers;
  for (const Known& question : questions) answers.push_back(RestOf(question, order));
  return answers;
}

}  // namespace epochcost::forecast
