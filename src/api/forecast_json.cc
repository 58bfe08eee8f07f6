#include "api/forecast_json.h"

#include "api/escape.h"
#include "api/figures.h"
#include "api/json_parts.h"

namespace epochcost::api {
namespace {

template <class T, class Each>
Json OfRange(const Range<T>& range, const Each& each) {
  return {{"expected", each(range.expected)},
          {"low95", each(range.low95)},
          {"low80", each(range.low80)},
          {"high80", each(range.high80)},
          {"high95", each(range.high95)}};
}

Json OfBudget(const std::optional<BudgetOutlook>& budget) {
  if (!budget) return nullptr;
  return {{"budget_nano", Integer(budget->budget.nano)},
          {"spent_nano", Integer(budget->spent.nano)},
          {"break_ppm", budget->break_ppm},
          {"breaks", budget->breaks
                         ? OfRange(*budget->breaks, [](UtcTime at) { return Json(ExactUtc(at)); })
                         : Json(nullptr)},
          {"suffices_90_nano", Integer(budget->suffices.nano)}};
}

Json OfStopping(const std::optional<StopOutlook>& stopping) {
  if (!stopping) return nullptr;
  return {{"metric", Text(stopping->metric)},
          {"lower_is_better", stopping->lower_is_better},
          {"epochs", Integer(stopping->epochs)},
          {"cost_nano", OfRange(stopping->cost_nano, [](Wide value) { return Integer(value); })},
          {"delta_ppm", stopping->delta_ppm},
          {"improves_ppm", stopping->improves_ppm ? Json(*stopping->improves_ppm) : Json(nullptr)},
          {"stop", stopping->is_advised},
          {"why", Text(stopping->why)}};
}

Json OfForecast(const Forecast& forecast) {
  const auto integer = [](Wide value) { return Integer(value); };
  const auto nanos = [](Nanos value) { return Integer(value.Count()); };
  Json members = Json::array();
  for (const ForecastMember& member : forecast.members)
    members.push_back({{"name", Text(member.name)},
                       {"weight_ppm", member.weight_ppm},
                       {"why", Text(member.why)}});
  return {{"run_id", Text(forecast.run.Value())},
          {"made", ExactUtc(forecast.made)},
          {"epochs_done", Integer(forecast.epochs_done)},
          {"planned_epochs",
           forecast.planned_epochs ? Integer(*forecast.planned_epochs) : Json(nullptr)},
          {"epochs", OfRange(forecast.epochs, integer)},
          {"currency", forecast.spent.currency.Code()},
          {"spent_nano", Integer(forecast.spent.nano)},
          {"cost_nano", OfRange(forecast.cost_nano, integer)},
          {"duration_ns", OfRange(forecast.duration, nanos)},
          {"quality", epochcost::Name(forecast.quality)},
          {"doubt_ppm",
           {{"duration", forecast.duration_ppm},
            {"power", forecast.power_ppm},
            {"price", forecast.price_ppm}}},
          {"price_why", Text(forecast.price_why)},
          {"confidence", epochcost::Name(forecast.confidence)},
          {"confidence_why", Text(forecast.confidence_why)},
          {"class", Text(forecast.of_class)},
          {"members", std::move(members)},
          {"budget", OfBudget(forecast.budget)},
          {"stopping", OfStopping(forecast.stopping)}};
}

}  // namespace

std::string ForecastJson(const Forecast& forecast) {
  Json json = {{"schema_version", kSchemaVersion}, {"type", "forecast"}};
  json.update(OfForecast(forecast));
  return json.dump();
}

std::string ScoresJson(const std::vector<ForecastScore>& scores) {
  Json list = Json::array();
  for (const ForecastScore& score : scores)
    list.push_back({{"forecast", OfForecast(score.forecast)},
                    {"duration_ns", Integer(score.duration.Count())},
                    {"cost_nano", Integer(score.cost.nano)}});
  Json json = {{"schema_version", kSchemaVersion}, {"scores", std::move(list)}};
  return json.dump();
}

}  // namespace epochcost::api
