// epochcost export: a run's ledger in the form that others read.

#include <CLI/CLI.hpp>
#include <iostream>

#include "api/focus.h"
#include "app/context.h"
#include "app/run_choice.h"
#include "base/text.h"

namespace epochcost::app {
namespace {

struct ExportOptions {
  std::string run;
  std::string format = "focus";
  std::string output = "-";
  bool lines = false;
};

Result<std::string> Focus(const Context& context, const ExportOptions& options) {
  auto ledger = context.OpenLedger(true);
  if (!ledger) return tl::unexpected(ledger.error());
  const auto run = ChooseRun(**ledger, options.run);
  if (!run) return tl::unexpected(run.error());
  auto sheets = (*ledger)->Sheets();
  if (!sheets) return tl::unexpected(sheets.error());
  api::FocusExport focus(*run, std::move(*sheets),
                         options.lines ? api::FocusRows::kLines : api::FocusRows::kSums);
  const auto read =
      (*ledger)->ForEachLine(run->id, [&focus](const LedgerLine& line) { return focus.Add(line); });
  if (!read) return tl::unexpected(read.error());
  return focus.Csv();
}

void Execute(Context& context, const ExportOptions& options) {
  const auto csv = Focus(context, options);
  if (!csv) return Complain(context, csv.error());
  if (const auto written = WriteWhole(options.output, *csv); !written) {
    return Complain(context, written.error());
  }
  if (options.output != "-" && !context.quiet)
    std::cerr << Say("export: {}", options.output) << "\n";
}

}  // namespace

void AddExport(CLI::App& app, Context& context) {
  auto options = std::make_shared<ExportOptions>();
  CLI::App* const command =
      app.add_subcommand("export", Say("Export a run's ledger: FOCUS 1.2 (FinOps) as CSV."));
  command->add_option("RUN", options->run, Say("id, the beginning of an id, or name"));
  command->add_option("--format", options->format, Say("the form; FOCUS 1.2 is the one there is"))
      ->check(CLI::IsMember({"focus"}))
      ->capture_default_str();
  command->add_flag("--lines", options->lines,
                    Say("a row for each line of the ledger, not for each sum"));
  command->add_option("-o,--output", options->output, Say("file; - is stdout"))
      ->capture_default_str();
  command->callback([&context, options] { Execute(context, *options); });
}

}  // namespace epochcost::app
