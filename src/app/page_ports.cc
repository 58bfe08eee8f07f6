#include "app/page_ports.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "app/billing.h"
#include "app/calc_case.h"
#include "app/embedded_files.h"
#include "app/forecasting.h"
#include "app/page_demo.h"
#include "app/page_estimate.h"
#include "app/page_json.h"
#include "app/page_layers.h"
#include "app/verdict_file.h"
#include "base/text.h"
#include "ledger/formula_text.h"

namespace epochcost::app {
namespace {

struct Parameter {
  std::string_view name;
  std::string CalcOptions::* option;
};
constexpr std::array kParameters = {
    Parameter{"preset", &CalcOptions::preset},
    Parameter{"sheet", &CalcOptions::sheet},
    Parameter{"currency", &CalcOptions::currency},
    Parameter{"c_gpu", &CalcOptions::c_gpu},
    Parameter{"t_gpu", &CalcOptions::t_gpu},
    Parameter{"c_cpu", &CalcOptions::c_cpu},
    Parameter{"t_cpu", &CalcOptions::t_cpu},
    Parameter{"c_mem", &CalcOptions::c_mem},
    Parameter{"m_avg", &CalcOptions::m_avg},
    Parameter{"c_net", &CalcOptions::c_net},
    Parameter{"d_transfer", &CalcOptions::d_transfer},
    Parameter{"n_ops", &CalcOptions::n_ops},
    Parameter{"p_avg", &CalcOptions::p_avg},
    Parameter{"f_gpu", &CalcOptions::f_gpu},
    Parameter{"u_gpu", &CalcOptions::u_gpu},
    Parameter{"m_model", &CalcOptions::m_model},
    Parameter{"m_batch", &CalcOptions::m_batch},
    Parameter{"b_size", &CalcOptions::b_size},
    Parameter{"s_factor", &CalcOptions::s_factor},
    Parameter{"m_grad", &CalcOptions::m_grad},
    Parameter{"n_params", &CalcOptions::n_params},
    Parameter{"c_compression", &CalcOptions::c_compression},
    Parameter{"replicas", &CalcOptions::replicas},
    Parameter{"epochs", &CalcOptions::epochs},
};

Json OfInputs(const tariff::PresetInputs& inputs) {
  return {{"c_gpu", ToDecimal(inputs.c_gpu)},
          {"t_gpu", ToDecimal(inputs.t_gpu)},
          {"c_cpu", ToDecimal(inputs.c_cpu)},
          {"t_cpu", ToDecimal(inputs.t_cpu)},
          {"c_mem", ToDecimal(inputs.c_mem)},
          {"m_avg", ToDecimal(inputs.m_avg)},
          {"c_net", ToDecimal(inputs.c_net)},
          {"d_transfer", ToDecimal(inputs.d_transfer)},
          {"replicas", std::to_string(inputs.replicas)},
          {"epochs", std::to_string(inputs.epochs)}};
}

Json OfPreset(const tariff::Preset& preset) {
  const auto text = [](const std::string& value) { return value.empty() ? Json() : Json(value); };
  const auto bound = [&preset](NanoMoney tariff::PublishedRange::* end) {
    return preset.range ? OfMoney(((*preset.range).*end).Count(), preset.currency) : Json();
  };
  return {{"name", preset.name},
          {"title", preset.title},
          {"source", preset.source},
          {"source_date", preset.date},
          {"currency", preset.currency.Code()},
          {"parameters", text(preset.parameters)},
          {"hardware", text(preset.hardware)},
          {"published_epoch_low", bound(&tariff::PublishedRange::low)},
          {"published_epoch_high", bound(&tariff::PublishedRange::high)},
          {"inputs", preset.inputs ? OfInputs(*preset.inputs) : Json()}};
}

Json OfTerms(const CalcCase& of, const ledger::FormulaResult& result) {
  Json terms = Json::array();
  for (const TermRow& row : kTermRows) {
    const std::size_t i = IndexOf(row);
    if (!of.has_price.at(i) || !of.has_quantity.at(i)) continue;
    terms.push_back({{"term", Name(row.term)},
                     {"price", ToDecimal(of.input.*row.price)},
                     {"price_unit", row.price_unit},
                     {"quantity", ToDecimal(of.input.*row.quantity)},
                     {"quantity_unit", row.quantity_unit},
                     {"amount", ledger::ToText(result.*row.result)}});
  }
  return terms;
}

Result<std::string> Estimate(const Context& context, const Given& given) {
  CalcOptions options;
  for (const Parameter& parameter : kParameters) {
    const auto found = given.find(std::string(parameter.name));
    if (found != given.end()) options.*parameter.option = found->second;
  }
  const auto of = GatherCase(context, options);
  if (!of) return tl::unexpected(of.error());
  const auto result = ledger::Evaluate(of->input);
  if (!result) return tl::unexpected(result.error());
  // A preset that publishes a range only has nothing to compute with.
  const bool is_computed = !(of->preset && of->preset->range && !of->has_own_numbers);
  const auto money = [&](ledger::Exact value) {
    return is_computed ? OfMoney(ledger::ToNano(value), of->currency) : Json();
  };
  const bool is_from_preset = of->preset && (of->preset->inputs || !of->has_own_numbers);
  const Json json = {
      {"schema_version", 1},
      {"currency", of->currency.Code()},
      {"source", is_from_preset ? of->preset->source : Say("the numbers as given")},
      {"prices_source", of->prices_source.empty() ? Json() : Json(of->prices_source)},
      {"preset", of->preset ? OfPreset(*of->preset) : Json()},
      {"terms", is_computed ? OfTerms(*of, *result) : Json::array()},
      {"derived", of->derived},
      {"replicas", of->input.replicas},
      {"epochs", of->input.epochs},
      {"per_replica", money(result->per_replica)},
      {"per_epoch", money(result->per_epoch)},
      {"whole_run", money(result->whole_run)},
      {"quality", Name(Quality::kAssumed)},
      {"interval", nullptr}};
  return Dumped(json);
}

Result<std::string> PresetsJson() {
  Json items = Json::array();
  for (const tariff::Preset& preset : tariff::Presets()) items.push_back(OfPreset(preset));
  return Json{{"schema_version", 1}, {"items", std::move(items)}}.dump();
}

// The machine is tried once a minute at most, whoever asks.
class Doctor {
 public:
  Result<std::string> Ask() {
    constexpr std::chrono::seconds kGoodFor{60};
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (!answer_ || now - asked_ > kGoodFor) {
      answer_ = DoctorJson();
      asked_ = now;
    }
    return *answer_;
  }

 private:
  std::mutex mutex_;
  std::optional<Result<std::string>> answer_;
  std::chrono::steady_clock::time_point asked_;
};

// What is forecast of a run that goes on, and what was.
class Outlook {
 public:
  explicit Outlook(std::string ledger) : ledger_(std::move(ledger)) {}

  Result<api::http::Outlooks> Of(store::Store& store, const RunCost& cost, UtcTime now) {
    const std::lock_guard lock(mutex_);
    api::http::Outlooks outlooks;
    // A ledger of an earlier version keeps none.
    if (const auto forecasts = ForecastsIn(ledger_)) {
      auto kept = (*forecasts)->Forecasts(cost.run.id);
      if (!kept) return tl::unexpected(kept.error());
      outlooks.kept = *std::move(kept);
    } else if (forecasts.error().code == ErrorCode::kUnavailable) {
      return tl::unexpected(forecasts.error());
    }
    if (cost.run.state != RunState::kRunning) {
      outlooks.why_not = Say("no forecast of a run that has ended");
      return outlooks;
    }
    auto forecast = Now(store, cost, now);
    if (forecast) {
      outlooks.now = *std::move(forecast);
    } else {
      outlooks.why_not = forecast.error().what + ": " + forecast.error().why;
    }
    return outlooks;
  }

  // A run that has ended is looked up once.
  std::optional<std::int64_t> OffAtATenth(const store::RunStanding& standing) {
    const std::lock_guard lock(mutex_);
    const auto known = off_at_a_tenth_.find(standing.run.id);
    if (known != off_at_a_tenth_.end()) return known->second;
    const auto forecasts = ForecastsIn(ledger_);
    if (!forecasts) return std::nullopt;
    const auto kept = (*forecasts)->Forecasts(standing.run.id);
    if (!kept) return std::nullopt;
    return off_at_a_tenth_[standing.run.id] = OffOf(*kept, standing);
  }

 private:
  static std::optional<std::int64_t> OffOf(const std::vector<Forecast>& kept,
                                           const store::RunStanding& standing) {
    const auto made = std::ranges::find_if(kept, [&](const Forecast& forecast) {
      return forecast.epochs_done * 10 >= standing.closed_epochs;
    });
    if (made == kept.end() || made->epochs_done >= standing.closed_epochs) return std::nullopt;
    if (standing.total.nano <= 0) return std::nullopt;
    const Wide off = made->cost_nano.expected - standing.total.nano;
    return static_cast<std::int64_t>(off * 1'000'000 / standing.total.nano);
  }

  Result<Forecast> Now(store::Store& store, const RunCost& cost, UtcTime now) {
    if (!forecasting_) {
      auto made = Forecasting::Make();
      if (!made) return tl::unexpected(made.error());
      forecasting_.emplace(*std::move(made));
    }
    return forecasting_->Of(store, cost, now, ledger_);
  }

  std::string ledger_;
  std::mutex mutex_;
  std::optional<Forecasting> forecasting_;
  std::map<RunId, std::optional<std::int64_t>> off_at_a_tenth_;
};

}  // namespace

api::http::Ports PagePorts(const Context& context, std::string version) {
  api::http::Ports ports;
  ports.open_ledger = [&context] { return context.OpenLedger(true); };
  ports.bill = FillBilling;
  ports.billed = BilledOf;
  ports.formula = ledger::FormulaText;
  const std::string ledger =
      context.ledger.empty() ? context.data_home + "/ledger.db" : context.ledger;
  const auto outlook = std::make_shared<Outlook>(ledger);
  ports.forecasts = [outlook, &context](store::Store& store, const RunCost& cost) {
    return outlook->Of(store, cost, context.clock.Utc());
  };
  ports.forecast_error_ppm = [outlook](const store::RunStanding& standing) {
    return outlook->OffAtATenth(standing);
  };
  ports.estimate = [&context](const Given& given) { return Estimate(context, given); };
  ports.demo = [home = context.data_home, ledger] { return StartDemo(home, ledger); };
  ports.plan = [&context](const Given& given, Language language) {
    return PlanJson(context, given, language);
  };
  ports.plan_changes = [&context](const Given& given, Language language) {
    return PlanChangesJson(context, given, language);
  };
  ports.plan_layers = [&context](const Given& given, Language language) {
    return PlanLayersJson(context, given, language);
  };
  ports.comparison = [&context](const Given& given, Language language) {
    return ComparisonJson(context, given, language);
  };
  ports.catalog = [&context] { return CatalogJson(context); };
  ports.layers = [&context](const RunCost& cost, const Given& given, Language language) {
    return RunLayersJson(context, cost, given, language);
  };
  ports.presets = PresetsJson;
  ports.doctor = [doctor = std::make_shared<Doctor>()] { return doctor->Ask(); };
  const std::string verdicts = context.data_home + "/alerts.ndjson";
  ports.verdicts = [verdicts](const RunId& run) { return ReadVerdicts(verdicts, run); };
  ports.judge = [verdicts](const RunId& run, const std::string& alert,
                           const api::http::AlertVerdict& verdict) {
    return AppendVerdict(verdicts, run, alert, verdict);
  };
  for (const embedded::File& file : embedded::kPageFiles) {
    ports.assets.push_back({file.path, file.Gzip()});
  }
  ports.version = std::move(version);
  ports.clock = &context.clock;
  return ports;
}

}  // namespace epochcost::app
