// epochcost runs: what ran, and what it cost.

#include <CLI/CLI.hpp>
#include <iostream>

#include "api/json.h"
#include "api/terminal.h"
#include "app/context.h"
#include "app/screen.h"
#include "base/text.h"

namespace epochcost::app {
namespace {

struct RunsOptions {
  std::string project;
  std::int64_t limit = 20;
  bool plain = false;
};

Result<std::vector<api::RunSummary>> Summaries(const Context& context, const RunsOptions& options) {
  store::RunQuery query{.limit = options.limit};
  if (!options.project.empty()) {
    const auto project = ParseProjectId(options.project);
    if (!project) return tl::unexpected(project.error());
    query.project = *project;
  }
  auto ledger = context.OpenLedger(true);
  if (!ledger) return tl::unexpected(ledger.error());
  const auto runs = (*ledger)->Runs(query);
  if (!runs) return tl::unexpected(runs.error());
  std::vector<api::RunSummary> summaries;
  for (const Run& run : *runs) {
    const auto cost = (*ledger)->Cost(run.id);
    if (!cost) return tl::unexpected(cost.error());
    summaries.push_back(api::Summarise(*cost));
  }
  return summaries;
}

void Execute(Context& context, const RunsOptions& options) {
  const auto summaries = Summaries(context, options);
  if (!summaries) return Complain(context, summaries.error());
  if (context.json) {
    std::cout << api::RunsJson(*summaries) << "\n";
    return;
  }
  if (summaries->empty()) {
    const Error none{ErrorCode::kNotFound, Say("no runs"),
                     options.project.empty() ? "" : Say("the project {} has none", options.project),
                     Say("meter a training: epochcost run -- python3 train.py")};
    return Complain(context, none);
  }
  std::cout << api::RunsTable(*summaries, StyleOfStdout(options.plain)) << "\n";
}

}  // namespace

void AddRuns(CLI::App& app, Context& context) {
  auto options = std::make_shared<RunsOptions>();
  CLI::App* const command = app.add_subcommand("runs", Say("List runs and what they cost."));
  command->add_option("--project", options->project, Say("only this project's"));
  command->add_option("--limit", options->limit, Say("the newest N"))
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000}))
      ->capture_default_str();
  command->add_flag("--json", context.json, Say("one JSON object (docs/json.md)"));
  command->add_flag("--plain", options->plain, Say("ASCII only, no colours"));
  command->callback([&context, options] { Execute(context, *options); });
}

}  // namespace epochcost::app
