#include "app/comparison.h"

#include <memory>
#include <utility>

#include "app/machine_choice.h"
#include "base/text.h"

namespace epochcost::app {
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
  return CompareOn(plan, std::make_shared<const estimate::Graph>(*std::move(graph)), machines, own,
                   sheet);
}

}  // namespace epochcost::app
