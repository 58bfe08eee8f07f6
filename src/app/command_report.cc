// epochcost report: a run as a file to keep or to send.

#include <CLI/CLI.hpp>
#include <iostream>

#include "api/cost_csv.h"
#include "api/json.h"
#include "api/report.h"
#include "app/context.h"
#include "app/data_home.h"
#include "app/run_choice.h"
#include "base/text.h"

namespace epochcost::app {
namespace {

struct ReportOptions {
  std::string run;
  std::string format = "html";
  std::string output;
};

std::string TextOf(const RunCost& cost, const std::string& format) {
  if (format == "csv") return api::CostCsv(cost);
  if (format == "json") return api::CostJson(cost) + "\n";
  return api::ReportHtml(cost);
}

void Execute(Context& context, const ReportOptions& options) {
  const auto cost = CostOfChoice(context, options.run);
  if (!cost) return Complain(context, cost.error());
  std::string path = options.output;
  if (path.empty()) {
    // Data goes to stdout; a page is nothing to read there.
    path = options.format == "html"
               ? FolderOf(context.data_home, cost->run.id).path + "/report.html"
               : "-";
  }
  if (const auto written = WriteWhole(path, TextOf(*cost, options.format)); !written) {
    return Complain(context, written.error());
  }
  if (path != "-" && !context.quiet) std::cerr << Say("report: {}", path) << "\n";
}

}  // namespace

void AddReport(CLI::App& app, Context& context) {
  auto options = std::make_shared<ReportOptions>();
  CLI::App* const command =
      app.add_subcommand("report", Say("Write a run's report: a page, CSV or JSON."));
  command->add_option("RUN", options->run, Say("id, the beginning of an id, or name"));
  command->add_option("--format", options->format, Say("html, csv or json"))
      ->check(CLI::IsMember({"html", "csv", "json"}))
      ->capture_default_str();
  command->add_option("-o,--output", options->output,
                      Say("file; - is stdout. The page goes to the run's folder by default"));
  command->callback([&context, options] { Execute(context, *options); });
}

}  // namespace epochcost::app
