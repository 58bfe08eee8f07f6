// epochcost forecast: what the rest of a run will cost; forecast score: how right past ones were;
// forecast train: learns from the ledger's own runs.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "api/forecast_json.h"
#include "api/forecast_text.h"
#include "app/command_forecast.h"
#include "app/forecast_training.h"
#include "app/forecasting.h"
#include "app/recorded_tables.h"
#include "app/run_choice.h"
#include "app/screen.h"
#include "base/text.h"
#include "forecast/lstm/trainer.h"

namespace epochcost::app {
namespace {

constexpr std::int64_t kRunsToScore = 1'000;

struct ForecastOptions {
  std::string run;
  std::string project;
  std::string data;  // folder of tables to learn from
  bool plain = false;
  std::uint64_t seed = 1;
  int passes = 45;
};

std::string LedgerPath(const Context& context) {
  return context.ledger.empty() ? context.data_home + "/ledger.db" : context.ledger;
}

Result<RunCost> CostToForecast(Context& context, store::Store& ledger, const std::string& text) {
  const auto run = ChooseRun(ledger, text);
  if (!run) return tl::unexpected(run.error());
  return CostOf(context, ledger, *run);
}

void Execute(Context& context, const ForecastOptions& options) {
  auto ledger = context.OpenLedger(true);
  if (!ledger) return Complain(context, ledger.error());
  const auto cost = CostToForecast(context, **ledger, options.run);
  if (!cost) return Complain(context, cost.error());
  auto forecasting = Forecasting::Make();
  if (!forecasting) return Complain(context, forecasting.error());
  const auto forecast = forecasting->Of(**ledger, *cost, context.clock.Utc(), LedgerPath(context));
  if (!forecast) return Complain(context, forecast.error());
  if (context.json) {
    std::cout << api::ForecastJson(*forecast) << "\n";
    return;
  }
  std::cout << api::ForecastText(cost->run, *forecast, StyleOfStdout(options.plain)) << "\n";
}

Result<std::vector<ForecastScore>> AllScores(Context& context, const ForecastOptions& options) {
  auto ledger = context.OpenLedger(true);
  if (!ledger) return tl::unexpected(ledger.error());
  store::RunQuery query{.limit = kRunsToScore};
  if (!options.project.empty()) {
    const auto project = ParseProjectId(options.project);
    if (!project) return tl::unexpected(project.error());
    query.project = *project;
  }
  const auto runs = (*ledger)->Runs(query);
  if (!runs) return tl::unexpected(runs.error());
  const auto forecasts = ForecastsIn(LedgerPath(context));
  if (!forecasts) return tl::unexpected(forecasts.error());
  std::vector<ForecastScore> all;
  for (const Run& run : *runs) {
    // A run that broke off is not what was forecast.
    if (run.state != RunState::kFinished || run.exit_code != 0) continue;
    const auto cost = CostOf(context, **ledger, run);
    if (!cost) return tl::unexpected(cost.error());
    auto scores = ScoresOf(**forecasts, *cost);
    if (!scores) return tl::unexpected(scores.error());
    std::move(scores->begin(), scores->end(), std::back_inserter(all));
  }
  return all;
}

void ExecuteScore(Context& context, const ForecastOptions& options) {
  const auto scores = AllScores(context, options);
  if (!scores) return Complain(context, scores.error());
  if (context.json) {
    std::cout << api::ScoresJson(*scores) << "\n";
    return;
  }
  if (scores->empty()) {
    return Complain(context,
                    {ErrorCode::kNotFound, Say("no forecast of a run that has ended"), "",
                     Say("forecasts are made and kept while epochcost run meters a training")});
  }
  std::cout << api::ScoreText(*scores, StyleOfStdout(options.plain)) << "\n";
}

Result<TrainingReport> Train(Context& context, const ForecastOptions& options,
                             const TrainingPlan& plan) {
  if (!options.data.empty()) {
    const auto runs = ReadTables(options.data);
    if (!runs) return tl::unexpected(runs.error());
    return TrainOn(*runs, plan);
  }
  auto ledger = context.OpenLedger(true);
  if (!ledger) return tl::unexpected(ledger.error());
  return TrainForecaster(**ledger, plan);
}

void ExecuteTrain(Context& context, const ForecastOptions& options) {
  TrainingPlan plan{.folder = LearntFolder(context.data_home),
                    .library = forecast::lstm::TrainerLibrary(),
                    .seed = options.seed,
                    .passes = options.passes};
  if (!context.quiet && !context.json) {
    plan.progress = [&](std::size_t network, std::size_t networks, std::int64_t pass, double loss) {
      if ((pass + 1) % 10 != 0 && pass + 1 != options.passes) return;
      std::cerr << Say("network {} of {}, pass {} of {}: loss {:.5f}", network + 1, networks,
                       pass + 1, options.passes, loss)
                << "\n";
    };
  }
  const auto report = Train(context, options, plan);
  if (!report) return Complain(context, report.error());
  if (context.json) {
    std::cout << fmt::format(
                     R"({{"schema_version":1,"runs":{},"skipped":{},"workloads":{},"machines":{},)"
                     R"("weights_bytes":{},"seed":{}}})",
                     report->runs, report->skipped, report->workloads, report->machines,
                     report->bytes, options.seed)
              << "\n";
    return;
  }
  std::cout << Say("learnt from {} runs; jobs: {}, machines: {}, left out: {}", report->runs,
                   report->workloads, report->machines, report->skipped)
            << "\n"
            << Say("{} serves from the next forecast on; without it, what the program brings along",
                   report->folder)
            << "\n";
}

}  // namespace

void AddForecast(CLI::App& app, Context& context) {
  auto options = std::make_shared<ForecastOptions>();
  CLI::App* const command = app.add_subcommand(
      "forecast", Say("Say what a run that goes on will cost: the latest, or the one named."));
  command->footer(
      Say("examples:\n"
          "  epochcost forecast               the latest run, with ranges and the budget\n"
          "  epochcost forecast --json digits\n"
          "  epochcost forecast score         how right past forecasts were\n"
          "  epochcost forecast train         learn from the ledger's own completed runs\n"
          "  epochcost forecast train --data runs/   from tables that others recorded"));
  command->add_option("RUN", options->run, Say("id, the beginning of an id, or name"));
  command->add_flag("--json", context.json, Say("one JSON object (docs/json.md)"));
  command->add_flag("--plain", options->plain, Say("ASCII only, no colours"));
  CLI::App* const score =
      command->add_subcommand("score", Say("How right the forecasts of ended runs were, by kind."));
  score->add_option("--project", options->project, Say("only this project's runs"));
  score->callback([&context, options] { ExecuteScore(context, *options); });
  CLI::App* const train = command->add_subcommand(
      "train", Say("Learn from the ledger's completed runs; needs libtorch."));
  train->add_option("--data", options->data,
                    Say("learn from runs.csv and epochs.csv of this folder instead of the ledger"));
  train->add_option("--seed", options->seed, Say("the same seed and runs give the same weights"));
  train->add_option("--passes", options->passes, Say("over all runs"))
      ->check(CLI::Range(1, 10'000));
  train->callback([&context, options] { ExecuteTrain(context, *options); });
  command->callback([&context, command, options] {
    if (command->get_subcommands().empty()) Execute(context, *options);
  });
}

}  // namespace epochcost::app
