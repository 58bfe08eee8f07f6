#include "estimate/energy/power.h"

#include <algorithm>

namespace epochcost::estimate {

Power DrawnPower(const Machine& machine, std::int64_t devices, double busy,
                 const PowerConstants& constants) {
  const double part = constants.idle_part +
                      (constants.busy_part - constants.idle_part) * std::clamp(busy, 0.0, 1.0);
  Power power;
  power.device_watts = machine.rated_watts * part;
  const auto of_a_node = static_cast<double>(std::min(devices, machine.devices_per_node));
  // Half of what the rest draws is there without load.
  const double host = constants.host_watts * static_cast<double>(machine.devices_per_node) / 8 *
                      (0.5 + 0.5 * std::clamp(busy, 0.0, 1.0));
  power.node_watts = (power.device_watts * of_a_node + host) / constants.supply;
  power.watts = power.node_watts * static_cast<double>(machine.Nodes(devices));
  return power;
}

}  // namespace epochcost::estimate
