#include "forecast/series.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/text.h"

namespace epochcost::forecast {
namespace {

bool IsPositive(double value) { return std::isfinite(value) && value > 0; }

}  // namespace

std::vector<double> Rates(std::span<const Unit> units) {
  std::vector<double> rates;
  rates.reserve(units.size());
  for (const Unit& unit : units) rates.push_back(unit.cost / unit.work);
  return rates;
}

double WorkOf(std::span<const PlannedUnit> units) {
  return std::accumulate(units.begin(), units.end(), 0.0,
                         [](double sum, const PlannedUnit& unit) { return sum + unit.work; });
}

double WorkOf(std::span<const Unit> units) {
  return std::accumulate(units.begin(), units.end(), 0.0,
                         [](double sum, const Unit& unit) { return sum + unit.work; });
}

double CostOf(std::span<const Unit> units) {
  return std::accumulate(units.begin(), units.end(), 0.0,
                         [](double sum, const Unit& unit) { return sum + unit.cost; });
}

double Median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

double Quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  const double at = std::clamp(share, 0.0, 1.0) * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  if (below + 1 >= values.size()) return values.back();
  const double part = at - static_cast<double>(below);
  return values[below] * (1 - part) + values[below + 1] * part;
}

tl::unexpected<Error> TooFewUnits(std::size_t needs, std::size_t has) {
  return Fail(ErrorCode::kUnsupported, Say("this method cannot forecast yet"),
              Say("needs {} finished units, has {}", needs, has));
}

Result<void> Check(const Known& known) {
  std::size_t number = 0;
  for (const Unit& unit : known.finished) {
    ++number;
    if (!IsPositive(unit.cost) || !IsPositive(unit.work))
      return Fail(ErrorCode::kInvalidInput,
                  Say("unit {} cost {} for a work of {}", number, unit.cost, unit.work),
                  Say("both must be finite and more than 0"));
  }
  number = 0;
  for (const PlannedUnit& unit : known.ahead) {
    ++number;
    if (!IsPositive(unit.work))
      return Fail(
          ErrorCode::kInvalidInput,
          Say("the unit planned as number {} from here has a work of {}", number, unit.work),
          Say("it must be finite and more than 0"));
  }
  if (known.ahead.empty())
    return Fail(ErrorCode::kInvalidInput, Say("nothing is left to forecast"),
                Say("every planned unit is finished"));
  if (!std::isfinite(known.before) || known.before < 0)
    return Fail(ErrorCode::kInvalidInput, Say("the time before the first unit is {}", known.before),
                Say("it must be finite and not negative"));
  return {};
}

}  // namespace epochcost::forecast
