// epochcost compare: one training on many machines, side by side.

#include "api/compare_picture.h"
#include "api/estimate_json.h"
#include "api/estimate_text.h"
#include "app/comparison.h"
#include "app/context.h"
#include "app/estimate_options.h"
#include "app/own_machines.h"
#include "app/price_choice.h"
#include "app/screen.h"
#include "base/text.h"

#include <CLI/CLI.hpp>
#include <cerrno>
#include <fstream>
#include <iostream>
#include <memory>
#include <utility>

namespace epochcost::app {
namespace {

struct CompareOptions {
  PlanOptions plan;
  std::vector<std::string> machines;
  std::string prices, sheet, svg, html;
  bool plain = false;
};

Result<void> WriteTo(const std::string& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary);
  file << content;
  file.close();
  if (file) return {};
  return Fail(ErrorCode::kIo, Say("cannot write {}", path), SystemReason(errno));
}

Result<std::vector<api::Compared>> CompareAll(const Context& context,
                                              const CompareOptions& options) {
  PlanOptions plan = options.plan;
  TakeModelFile(plan);
  const auto sheet = ChooseSheet(context, options.prices, options.sheet);
  if (!sheet) return tl::unexpected(sheet.error());
  const auto own = LoadOwnMachines(context.data_home);
  if (!own) return tl::unexpected(own.error());
  return CompareMachines(plan, options.machines, *own, *sheet);
}

void Execute(Context& context, const CompareOptions& options) {
  const auto rows = CompareAll(context, options);
  if (!rows) {
    Complain(context, rows.error());
    if (rows.error().code == ErrorCode::kNotFound) context.exit_code = 2;
    return;
  }
  if (!options.svg.empty()) {
    if (auto ok = WriteTo(options.svg, api::CompareSvg(*rows)); !ok) {
      return Complain(context, ok.error());
    }
  }
  if (!options.html.empty()) {
    if (auto ok = WriteTo(options.html, api::CompareHtml(*rows)); !ok) {
      return Complain(context, ok.error());
    }
  }
  const bool any =
      std::ranges::any_of(*rows, [](const auto& row) { return row.priced.has_value(); });
  if (!any) context.exit_code = 1;
  std::cout << (context.json ? api::CompareJson(*rows)
                             : api::CompareText(*rows, StyleOfStdout(options.plain)))
            << "\n";
}

class CompareExamples final : public CLI::Formatter {
 public:
  [[nodiscard]] std::string make_usage(const CLI::App* app, std::string name) const override {
    return Say("examples:\n"
               "  epochcost compare --model llama3-8b --tokens 1e9 --batch 512 \\\n"
               "                    --on 8xA100-80GB@9.5 --on 8xH100@20 --on 16xL40S@4\n"
               "  epochcost compare --model resnet50 --samples 1281167 --epochs 90 --batch 1024 "
               "\\\n"
               "                    --on 4xV100 --on 8xA10 --html machines.html\n") +
           CLI::Formatter::make_usage(app, std::move(name));
  }
};

}  // namespace

void AddCompare(CLI::App& app, Context& context) {
  const auto options = std::make_shared<CompareOptions>();
  CLI::App* const command =
      app.add_subcommand("compare", Say("One training on many machines, side by side"));
  command->formatter(std::make_shared<CompareExamples>());
  command
      ->add_option("--on", options->machines,
                   Say("a machine, such as 8xH100, with a price an hour: 8xH100@20; many times"))
      ->expected(1)
      ->take_all();
  AddPlanOptions(*command, options->plan);
  command->add_option("--prices", options->prices,
                      Say("take the prices from a price sheet (TOML)"));
  command->add_option("--sheet", options->sheet, Say("the sheet of that file, or of the ledger"));
  command->add_option("--svg", options->svg, Say("write a picture to this file"));
  command->add_option("--html", options->html, Say("write a page to this file"));
  command->add_flag("--json", context.json, Say("as one JSON object"));
  command->add_flag("--plain", options->plain, Say("ASCII only, no colours"));
  command->callback([options, &context] { Execute(context, *options); });
}

}  // namespace epochcost::app
