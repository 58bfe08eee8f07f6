// epochcost show: one run, epoch by epoch.

#include <CLI/CLI.hpp>
#include <iostream>

#include "api/json.h"
#include "api/terminal.h"
#include "app/context.h"
#include "app/run_choice.h"
#include "app/screen.h"
#include "base/text.h"

namespace epochcost::app {
namespace {

struct ShowOptions {
  std::string run;
  std::int64_t epochs = 20;
  bool all = false;
  bool lines = false;
  bool plain = false;
};

void Execute(Context& context, const ShowOptions& options) {
  const auto cost = CostOfChoice(context, options.run);
  if (!cost) return Complain(context, cost.error());
  if (context.json) {
    std::cout << api::CostJson(*cost) << "\n";
    return;
  }
  const auto rows = options.all ? std::nullopt : std::optional<std::int64_t>(options.epochs);
  std::cout << api::ShowText(*cost, rows, StyleOfStdout(options.plain)) << "\n";
}

// Every line of the ledger as it stands, one JSON object each.
void ExecuteLines(Context& context, const ShowOptions& options) {
  auto ledger = context.OpenLedger(true);
  if (!ledger) return Complain(context, ledger.error());
  const auto run = ChooseRun(**ledger, options.run);
  if (!run) return Complain(context, run.error());
  const auto read = (*ledger)->ForEachLine(run->id, [](const LedgerLine& line) -> Result<void> {
    std::cout << api::LineJson(line) << "\n";
    if (!std::cout) return Fail(ErrorCode::kIo, Say("cannot write {}", Say("stdout")));
    return {};
  });
  if (!read) Complain(context, read.error());
}

}  // namespace

void AddShow(CLI::App& app, Context& context) {
  auto options = std::make_shared<ShowOptions>();
  CLI::App* const command =
      app.add_subcommand("show", Say("Show what a run cost: the latest, or the one named."));
  command->add_option("RUN", options->run, Say("id, the beginning of an id, or name"));
  command
      ->add_option("--epochs", options->epochs,
                   Say("how many epochs to list, from both ends; the rest is added up"))
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}))
      ->capture_default_str();
  command->add_flag("--all", options->all, Say("list every epoch"));
  command->add_flag("--json", context.json, Say("one JSON object (docs/json.md)"));
  command->add_flag("--ndjson", options->lines, Say("every line of the ledger, one object each"));
  command->add_flag("--plain", options->plain, Say("ASCII only, no colours"));
  command->callback([&context, options] {
    return options->lines ? ExecuteLines(context, *options) : Execute(context, *options);
  });
}

}  // namespace epochcost::app
