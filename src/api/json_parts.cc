#include "api/json_parts.h"

#include <cmath>

#include "api/escape.h"
#include "api/figures.h"
#include "base/retell.h"

namespace epochcost::api {
namespace {

constexpr Wide kLargestExactNumber = Wide{1} << 53;

}  // namespace

Json Integer(Wide value) {
  if (value > kLargestExactNumber || value < -kLargestExactNumber) return ToString(value);
  return static_cast<std::int64_t>(value);
}

Json Integer(const std::optional<Wide>& value) { return value ? Integer(*value) : Json(nullptr); }

// Names come from outside and may not be UTF-8; the library refuses to write what is not.
Json Text(std::string_view text) { return ValidUtf8(text); }
Json TextOrNull(std::string_view text) { return text.empty() ? Json(nullptr) : Text(text); }

std::string_view Name(RunState state) {
  switch (state) {
    case RunState::kRunning:
      return "running";
    case RunState::kFinished:
      return "finished";
    case RunState::kInterrupted:
      return "interrupted";
  }
  return "interrupted";
}

Json OfRun(const Run& run) {
  Json command = Json::array();
  for (const std::string& word : run.command) command.push_back(Text(word));
  return {{"id", Text(run.id.Value())},
          {"project", Text(run.project.Value())},
          {"name", Text(run.name)},
          {"agent", Text(run.agent.Value())},
          {"command", std::move(command)},
          {"working_directory", Text(run.working_directory)},
          {"started", ExactUtc(run.started)},
          {"ended", run.ended ? Json(ExactUtc(*run.ended)) : Json(nullptr)},
          {"state", Name(run.state)},
          {"exit_code", run.exit_code ? Json(*run.exit_code) : Json(nullptr)},
          {"sheet", Text(run.sheet.Value())},
          {"currency", run.currency.Code()},
          {"epochs_from", TextOrNull(run.epochs_from)},
          {"planned_epochs", run.planned_epochs ? Integer(*run.planned_epochs) : Json(nullptr)},
          {"readings_per_second", run.hz}};
}

Json OfNotice(const Notice& notice) {
  return {{"kind", epochcost::Name(notice.kind)},
          {"at", ExactUtc(notice.at)},
          {"detail", Text(Retell(notice.detail, Language::kEnglish))},
          {"hint", TextOrNull(Retell(notice.hint, Language::kEnglish))},
          {"lasted_ns", Integer(notice.lasted.Count())}};
}

Json OfMetric(const MetricPoint& point) {
  // JSON knows neither NaN nor infinity; a model that diverged has no number to tell.
  const bool finite = std::isfinite(point.value);
  return {{"epoch", Integer(point.epoch)},
          {"name", Text(point.name)},
          {"value", finite ? Json(point.value) : Json(nullptr)},
          {"at", ExactUtc(point.at)}};
}

Json OfSheet(const PriceSheet& sheet) {
  Json rates = Json::object();
  Json rented = Json::object();
  for (const ResourceInfo& info : Resources()) {
    const auto& rate = sheet.rates.at(static_cast<std::size_t>(info.resource));
    const auto price = PriceOf(sheet, info.resource);
    const std::string name{info.name};
    if (rate && price) {
      rates[name] = Json{{"nano", rate->nano},
                         {"per_base_units", Integer(rate->per)},
                         {"price", ToDecimal(price->nano)},
                         {"unit", std::string(price->unit)}};
    }
    const auto& rent = sheet.rented.at(static_cast<std::size_t>(info.resource));
    if (rent) rented[name] = Json{{"milli_units", rent->milli}};
  }
  return {{"name", Text(sheet.name.Value())},
          {"version", sheet.version},
          {"provider", TextOrNull(sheet.provider)},
          {"region", TextOrNull(sheet.region)},
          {"currency", sheet.currency.Code()},
          {"valid_from", ExactUtc(sheet.valid_from)},
          {"effect", sheet.effect == Effect::kAtInstant ? "at_instant" : "at_next_reading"},
          {"source", TextOrNull(sheet.source)},
          {"source_date", TextOrNull(sheet.source_date)},
          {"memory_basis", sheet.memory_basis == MemoryBasis::kGbHour ? "gb_hour" : "per_epoch"},
          {"headline", sheet.headline == Headline::kUsed ? "used" : "billed"},
          {"quality", epochcost::Name(sheet.provenance)},
          {"rates", std::move(rates)},
          {"rented", std::move(rented)}};
}

}  // namespace epochcost::api
