#include "forecast/run/budget.h"

#include <algorithm>
#include <array>

namespace epochcost::forecast {
namespace {

constexpr std::int64_t kMillion = 1'000'000;
constexpr std::int64_t kWorthTelling = 10'000;  // a chance of one percent

// When `left` is spent, if the rest costs `rest_nano` and takes `rest`; now where nothing is left.
UtcTime SpentAt(UtcTime now, Wide left, Wide rest_nano, Nanos rest) {
  if (left <= 0) return now;
  if (rest_nano <= 0) return now + rest;
  // In thousandths: the budget may be reached long after the run's end.
  const Wide share = FloorDiv(left * 1000, rest_nano);
  return now + Nanos{static_cast<std::int64_t>(std::min<Wide>(share, Wide{1'000'000}) *
                                               rest.Count() / 1000)};
}

}  // namespace

std::int64_t ChanceAbovePpm(const Range<Wide>& cost, Wide nano) {
  const std::array values = {cost.low95, cost.low80, cost.expected, cost.high80, cost.high95};
  constexpr std::array<std::int64_t, 5> kAbove = {975'000, 900'000, 500'000, 100'000, 25'000};
  if (nano < values.front())
    return nano < values.front() - (values[2] - values[0]) ? kMillion : 990'000;
  if (nano >= values.back()) return nano > values.back() + (values[4] - values[2]) ? 0 : 10'000;
  for (std::size_t i = 1; i < values.size(); ++i) {
    if (nano >= values[i]) continue;
    const Wide width = values[i] - values[i - 1];
    const Wide part = (nano - values[i - 1]) * (kAbove[i - 1] - kAbove[i]);
    return kAbove[i - 1] - static_cast<std::int64_t>(FloorDiv(part, width));
  }
  return kAbove.back();
}

std::optional<BudgetOutlook> BudgetOutlookOf(const epochcost::Forecast& forecast,
                                             const Project& project, const Money& project_spent,
                                             Nanos rest) {
  if (!project.budget || project.budget->currency != forecast.spent.currency ||
      project_spent.currency != forecast.spent.currency)
    return std::nullopt;
  const Wide others = project_spent.nano - forecast.spent.nano;
  const Wide limit = project.budget->nano - others;  // for this run
  BudgetOutlook outlook{.budget = *project.budget,
                        .spent = project_spent,
                        .break_ppm = ChanceAbovePpm(forecast.cost_nano, limit),
                        .suffices = {others + forecast.cost_nano.high80, project_spent.currency}};
  if (outlook.break_ppm < kWorthTelling) return outlook;
  const Wide left = limit - forecast.spent.nano;
  const auto at = [&](Wide cost) {
    return SpentAt(forecast.made, left, cost - forecast.spent.nano, rest);
  };
  // The dearer the rest, the sooner.
  const Range<Wide>& cost = forecast.cost_nano;
  outlook.breaks = Range<UtcTime>{at(cost.expected), at(cost.high95), at(cost.high80),
                                  at(cost.low80), at(cost.low95)};
  return outlook;
}

}  // namespace epochcost::forecast
