// epochcost compare: one training on many machines, side by side.

#include "api/compare_picture.h"
#include "api/estimate_json.h"
#include "api/estimate_text.h"
#include "app/context.h"
#include "app/estimate_case.h"
#include "app/estimate_options.h"
#include "app/estimate_price.h"
#include "app/price_choice.h"
#include "app/screen.h"
#include "base/text.h"

#include <fmt/format.h>

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

using Shared = std::shared_ptr<const estimate::Graph>;

Result<PricedEstimate> PricedPlan(const PlanOptions& options, const Shared& graph,
                                  const MachineWords& machine, const PriceSheet& sheet) {
  const auto plan = GatherPlan(options, graph, machine);
  if (!plan) return tl::unexpected(plan.error());
  const auto answered = estimate::Answer(*plan);
  if (!answered) return tl::unexpected(answered.error());
  return Price(*answered, sheet, machine.price_nano);
}

// Ways of running it that need ever less memory, where the person did not choose.
std::vector<PlanOptions> WaysOf(const PlanOptions& given) {
  std::vector<PlanOptions> ways;
  for (const std::string_view zero : {"0", "1", "3"}) {
    if (!given.zero.empty() && zero != "0") continue;
    for (const std::string_view recompute : {"none", "full"}) {
      if (!given.recompute.empty() && recompute != "none") continue;
      for (const std::string_view tensor : {"1", "2", "4", "8"}) {
        if (!given.tensor.empty() && tensor != "1") continue;
        PlanOptions way = given;
        if (way.zero.empty()) way.zero = zero;
        if (way.recompute.empty()) way.recompute = recompute;
        if (way.tensor.empty()) way.tensor = tensor;
        ways.push_back(std::move(way));
      }
    }
  }
  return ways;
}

// The cheapest way that fits; of those that do not, the one that needs least memory.
bool IsBetter(const PricedEstimate& a, const PricedEstimate& b) {
  const bool fits = a.estimate.obstacles.empty();
  if (fits != b.estimate.obstacles.empty()) return fits;
  if (fits) return a.whole_run.nano < b.whole_run.nano;
  return a.estimate.peak_memory_gb.value < b.estimate.peak_memory_gb.value;
}

api::Compared Best(const CompareOptions& options, const OwnMachines& own, const Shared& graph,
                   const std::string& text, const PriceSheet& sheet) {
  api::Compared row{.machine = text, .priced = std::nullopt, .refused = std::nullopt};
  const auto machine = ParseMachine(text, own);
  if (!machine) {
    row.refused = machine.error();
    return row;
  }
  row.machine = fmt::format("{} × {}", machine->devices, machine->device.name);
  for (const PlanOptions& way : WaysOf(options.plan)) {
    auto priced = PricedPlan(way, graph, *machine, sheet);
    if (!priced) {
      if (!row.refused) row.refused = priced.error();
      continue;
    }
    if (!row.priced || IsBetter(*priced, *row.priced)) row.priced = *std::move(priced);
  }
  if (row.priced) row.refused.reset();
  return row;
}

Result<void> WriteTo(const std::string& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary);
  file << content;
  file.close();
  if (file) return {};
  return Fail(ErrorCode::kIo, Say("cannot write {}", path), SystemReason(errno));
}

Result<std::vector<api::Compared>> CompareAll(const Context& context,
                                              const CompareOptions& options) {
  if (options.machines.empty()) {
    return Fail(ErrorCode::kInvalidInput, Say("no machine is given"), "",
                Say("for example --on 8xA100-80GB@9.5 --on 8xH100@20"));
  }
  if (!options.plan.preset.empty()) {
    return Fail(ErrorCode::kInvalidInput, Say("{} has no {}", "compare", "--preset"),
                Say("a reference training has its own machine"), Say("give --model and --samples"));
  }
  auto graph = GatherModel(options.plan);
  if (!graph) return tl::unexpected(graph.error());
  const auto sheet = ChooseSheet(context, options.prices, options.sheet);
  if (!sheet) return tl::unexpected(sheet.error());
  const auto own = LoadOwnMachines(context.data_home);
  if (!own) return tl::unexpected(own.error());
  const auto shared = std::make_shared<const estimate::Graph>(*std::move(graph));
  std::vector<api::Compared> rows;
  for (const std::string& machine : options.machines) {
    rows.push_back(Best(options, *own, shared, machine, *sheet));
  }
  return rows;
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
