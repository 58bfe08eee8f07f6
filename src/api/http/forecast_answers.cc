// What a run will cost, as forecasts say it.

#include <algorithm>
#include <optional>

#include "api/http/answers.h"
#include "api/http/call.h"
#include "base/retell.h"

namespace epochcost::api::http {
namespace {

Json OfInterval(std::int64_t level_ppm, Wide low, Wide high, Currency currency) {
  return {
      {"level_ppm", level_ppm}, {"low", OfMoney(low, currency)}, {"high", OfMoney(high, currency)}};
}

Json OfIntervals(const Range<Wide>& range, Currency currency) {
  return Json::array({OfInterval(800'000, range.low80, range.high80, currency),
                      OfInterval(950'000, range.low95, range.high95, currency)});
}

Json OfPoint(std::int64_t epoch, UtcTime at, const Range<Wide>& range, Currency currency) {
  return {{"epoch", epoch},
          {"at", ExactUtc(at)},
          {"median", OfMoney(range.expected, currency)},
          {"intervals", OfIntervals(range, currency)}};
}

// The methods that took part, the weightiest first.
std::string MethodOf(const Forecast& forecast) {
  std::string text;
  for (const ForecastMember& member : forecast.members) {
    if (member.weight_ppm > 0) text += (text.empty() ? "" : ", ") + member.name;
  }
  return text;
}

Json OfCrossing(const std::optional<BudgetOutlook>& outlook) {
  if (!outlook) return nullptr;
  return {{"at", outlook->breaks ? Json(ExactUtc(outlook->breaks->expected)) : Json(nullptr)},
          {"probability_ppm", outlook->break_ppm}};
}

// The fan has two points: what is certain now, and the end.
Json OfForecast(const Forecast& forecast, UtcTime started) {
  const Currency currency = forecast.spent.currency;
  const Wide spent = forecast.spent.nano;
  const UtcTime ends = started + forecast.duration.expected;
  const Range<Wide> now{spent, spent, spent, spent, spent};
  Json members = Json::array();
  for (const ForecastMember& member : forecast.members) {
    members.push_back({{"name", Text(member.name)},
                       {"weight_ppm", member.weight_ppm},
                       {"why", TextOrNull(member.why)}});
  }
  return {{"made_at", ExactUtc(forecast.made)},
          {"after_epoch", forecast.epochs_done},
          {"method", Text(MethodOf(forecast))},
          {"confidence", forecast.confidence == Confidence::kLow ? "low" : "normal"},
          {"confidence_why", TextOrNull(forecast.confidence_why)},
          {"quality", epochcost::Name(forecast.quality)},
          {"total", OfMoney(forecast.cost_nano.expected, currency)},
          {"intervals", OfIntervals(forecast.cost_nano, currency)},
          {"points",
           Json::array({OfPoint(forecast.epochs_done, forecast.made, now, currency),
                        OfPoint(forecast.epochs.expected, ends, forecast.cost_nano, currency)})},
          {"ends_at", ExactUtc(ends)},
          {"crossing", OfCrossing(forecast.budget)},
          {"suffices", forecast.budget ? OfMoney(forecast.budget->suffices) : Json(nullptr)},
          {"members", std::move(members)}};
}

// What stands behind the money of the project, for the budget line; null where there is none.
Result<Json> BudgetOf(const Call& call, const Run& run) {
  const auto project =
      call.desk.library.With([&](store::Store& ledger) { return ledger.GetProject(run.project); });
  if (!project && project.error().code == ErrorCode::kNotFound) return Json(nullptr);
  if (!project) return tl::unexpected(project.error());
  if (!project->budget) return Json(nullptr);
  return OfBudget(*project, call.desk.runs.Spent(run.project, project->budget->currency));
}

}  // namespace

Result<Answer> GetForecast(const Call& call) {
  const auto entry = RunOf(call);
  if (!entry) return tl::unexpected(entry.error());
  const auto kept = call.desk.library.CostOf(**entry);
  if (!kept) return tl::unexpected(kept.error());
  const RunCost& cost = **kept;
  const auto forecasts = call.desk.library.With(
      [&](store::Store& ledger) { return call.desk.ports.forecasts(ledger, cost); });
  if (!forecasts) return tl::unexpected(forecasts.error());
  const auto budget = BudgetOf(call, cost.run);
  if (!budget) return tl::unexpected(budget.error());
  Json past = Json::array();
  for (const Forecast& forecast : forecasts->kept) {
    past.push_back(OfForecast(forecast, cost.run.started));
  }
  const auto& now = forecasts->now;
  Json json = Versioned();
  json["run_id"] = Text(cost.run.id.Value());
  json["forecast"] = now ? OfForecast(*now, cost.run.started) : Json(nullptr);
  json["reason"] = now ? Json(nullptr) : Text(Retell(forecasts->why_not, call.language));
  json["past"] = std::move(past);
  json["budget"] = *budget;
  return JsonAnswer(json);
}

}  // namespace epochcost::api::http
