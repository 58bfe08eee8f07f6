#include <cmath>
#include <stdexcept>

#include "steps.h"

namespace epochcost::accuracy {

using estimate::Machine;
using estimate::RunSetup;

Machine MachineOf(const std::string& device, double node_bandwidth) {
  const auto found = estimate::FindDevice(device);
  if (!found) throw std::runtime_error(Describe(found.error()));
  const auto link = estimate::FindLink(found->node_link);
  if (!link) throw std::runtime_error(Describe(link.error()));
  return MachineOf(*found, *link, node_bandwidth);
}

std::vector<double> StandardCoordinates(const RunSetup& run) {
  const auto log2 = [](auto value) { return std::log2(static_cast<double>(value)); };
  const estimate::Strategy& strategy = run.strategy;
  const estimate::Totals totals = Sum(*run.graph);
  return {log2(totals.parameters) / 3,    log2(run.graph->tokens_per_sample) / 2,
          log2(strategy.Devices()) / 4,   log2(strategy.tensor) / 1.5,
          log2(strategy.pipeline) / 1.5,  log2(strategy.micro_batch) / 3,
          log2(strategy.accumulation) / 4};
}

}  // namespace epochcost::accuracy
