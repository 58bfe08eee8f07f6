#include "app/comparison.h"

#include <fmt/format.h>

#include <memory>
#include <string_view>
#include <utility>

#include "app/estimate_price.h"
#include "base/text.h"

namespace epochcost::app {
namespace {

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

api::Compared Best(const PlanOptions& plan, const OwnMachines& own, const Shared& graph,
                   const std::string& text, const PriceSheet& sheet) {
  api::Compared row{.machine = text, .priced = std::nullopt, .refused = std::nullopt};
  const auto machine = ParseMachine(text, own);
  if (!machine) {
    row.refused = machine.error();
    return row;
  }
  row.machine = fmt::format("{} × {}", machine->devices, machine->device.name);
  for (const PlanOptions& way : WaysOf(plan)) {
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

}  // namespace

Result<std::vector<api::Compared>> CompareMachines(const PlanOptions& plan,
                                                   const std::vector<std::string>& machines,
                                                   const OwnMachines& own,
                                                   const PriceSheet& sheet) {
  if (machines.empty()) {
    return Fail(ErrorCode::kInvalidInput, Say("no machine is given"), "",
                Say("for example --on 8xA100-80GB@9.5 --on 8xH100@20"));
  }
  if (!plan.preset.empty()) {
    return Fail(ErrorCode::kInvalidInput, Say("{} has no {}", "compare", "--preset"),
                Say("a reference training has its own machine"), Say("give --model and --samples"));
  }
  auto graph = GatherModel(plan);
  if (!graph) return tl::unexpected(graph.error());
  const auto shared = std::make_shared<const estimate::Graph>(*std::move(graph));
  std::vector<api::Compared> rows;
  rows.reserve(machines.size());
  for (const std::string& machine : machines)
    rows.push_back(Best(plan, own, shared, machine, sheet));
  return rows;
}

}  // namespace epochcost::app
