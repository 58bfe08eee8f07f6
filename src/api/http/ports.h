#pragma once
// What the HTTP interface needs of others: the app hands it over, since this room knows only the
// store's port and the nouns.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/text.h"
#include "base/time.h"
#include "model/cost.h"
#include "model/forecast.h"
#include "model/price.h"
#include "store/store.h"

namespace epochcost::api::http {

// What a person said an alert was. A later word replaces an earlier one.
struct AlertVerdict {
  std::string verdict;  // "acknowledged", "planned", "false_alarm"; empty: taken back
  std::string note;
  UtcTime at;
};
using AlertVerdicts = std::map<std::string, AlertVerdict>;  // by alert id

// One file of the page.
struct Asset {
  std::string_view path;  // "index.html", "assets/index-3f9c.js"
  std::string_view gzip;  // its bytes, compressed
};

// What is forecast of a run: now, and what was kept before, oldest first.
struct Outlooks {
  std::optional<Forecast> now;
  std::string why_not;  // where there is none now
  std::vector<Forecast> kept;
};

// Every function is called from any thread of the server, one call at a time per store.
struct Ports {
  // Opens the ledger for reading. Each reader opens its own.
  std::function<Result<std::unique_ptr<store::Store>>()> open_ledger;
  // Fills `billed` and `idle`; `now` ends a run that goes on.
  std::function<Result<void>(store::Store&, RunCost&, UtcTime now)> bill;
  // What each of these runs is billed, in their order; nothing where it cannot be computed.
  std::function<Result<std::vector<std::optional<Money>>>(
      store::Store&, std::span<const store::RunStanding* const>, UtcTime now)>
      billed;
  // The formula of an epoch with its numbers, for a person.
  std::function<std::string(const EpochCost&, const PriceSheet&)> formula;
  // What the rest of the run will cost.
  std::function<Result<Outlooks>(store::Store&, const RunCost&)> forecasts;
  // How far off, in millionths of what an ended run cost, the forecast was that was made at a tenth
  // of its epochs; nothing where none was kept. Asked for every row of the list of runs.
  std::function<std::optional<std::int64_t>(const store::RunStanding&)> forecast_error_ppm;
  // JSON documents as openapi.json describes them: Estimate (by parameter), PresetList, Doctor.
  std::function<Result<std::string>(const std::map<std::string, std::string>&)> estimate;
  std::function<Result<std::string>()> presets;
  std::function<Result<std::string>()> doctor;
  // The estimator: Plan, PlanChanges, PlanLayers, Comparison, Catalog, and LayersAnswer of a
  // metered run.
  using Given = std::map<std::string, std::string>;
  std::function<Result<std::string>(const Given&, Language)> plan;
  std::function<Result<std::string>(const Given&, Language)> plan_changes;
  std::function<Result<std::string>(const Given&, Language)> plan_layers;
  std::function<Result<std::string>(const Given&, Language)> comparison;
  std::function<Result<std::string>()> catalog;
  std::function<Result<std::string>(const RunCost&, const Given&, Language)> layers;
  // Starts a small run of the project "demo", into the ledger.
  std::function<Result<void>()> demo;
  // What was said of a run's alerts, and saying it.
  std::function<Result<AlertVerdicts>(const RunId&)> verdicts;
  std::function<Result<void>(const RunId&, const std::string& alert, const AlertVerdict&)> judge;
  std::vector<Asset> assets;
  std::string version;
  const Clock* clock = nullptr;
};

}  // namespace epochcost::api::http
