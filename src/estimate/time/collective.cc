#include "estimate/time/collective.h"

#include <algorithm>
#include <cmath>

namespace epochcost::estimate {

Group Place(std::int64_t members, std::int64_t stride, std::int64_t devices_per_node) {
  const std::int64_t per_node =
      std::clamp<std::int64_t>(devices_per_node / std::max<std::int64_t>(stride, 1), 1, members);
  return {.members = members, .per_node = per_node};
}

Interconnect::Interconnect(const Machine& machine, const Constants& constants)
    : devices_per_node_(machine.devices_per_node),
      device_rate_(machine.device_bandwidth * constants[Constant::kDeviceLink]),
      node_rate_(machine.node_bandwidth * constants[Constant::kNodeLink]),
      device_latency_(constants[Constant::kDeviceLatency]),
      node_latency_(constants[Constant::kNodeLatency]) {}

double Interconnect::AllGather(const Group& group, double bytes) const {
  if (group.members <= 1) return 0;
  const auto members = static_cast<double>(group.members);
  const auto per_node = static_cast<double>(group.per_node);
  const auto nodes = static_cast<double>(group.Nodes());
  const double inside =
      per_node > 1 || nodes <= 1 ? bytes * (members - 1) / members / device_rate_ : 0;
  double between = 0;
  if (nodes > 1) {
    // Every edge of a ring carries nearly all; the other groups of the node share its links.
    const double rate = node_rate_ * per_node / static_cast<double>(devices_per_node_);
    between = bytes * (members - 1) / members / rate;
  }
  // Rings over nodes and within them move at once. Latencies grow with a tree's depth.
  return std::max(inside, between) + device_latency_ * std::ceil(std::log2(per_node) + 1) +
         (nodes > 1 ? node_latency_ * std::ceil(std::log2(nodes) + 1) : 0);
}

double Interconnect::AllToAll(const Group& group, double bytes) const {
  if (group.members <= 1) return 0;
  const auto members = static_cast<double>(group.members);
  const auto per_node = static_cast<double>(group.per_node);
  const double inside =
      bytes * (per_node - 1) / members / device_rate_ + device_latency_ * (per_node - 1);
  if (group.Nodes() <= 1) return inside;
  // Every device of the node sends at once, whatever group it belongs to.
  const double rate = node_rate_ / static_cast<double>(devices_per_node_);
  const double between = bytes * (members - per_node) / members / rate +
                         node_latency_ * static_cast<double>(group.Nodes() - 1);
  return std::max(inside, between);
}

double Interconnect::Send(double bytes, bool is_between_nodes) const {
  if (!is_between_nodes) return device_latency_ + bytes / device_rate_;
  return node_latency_ + bytes * static_cast<double>(devices_per_node_) / node_rate_;
}

}  // namespace epochcost::estimate
