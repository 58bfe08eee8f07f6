#pragma once
// How long devices wait for each other's bytes: a latency per step and a bandwidth, on two levels.

#include <cstdint>

#include "estimate/calibration/constants.h"
#include "estimate/strategy/strategy.h"

namespace epochcost::estimate {

// Devices that take part: `members` in all, `per_node` of them on each node that they are spread
// over. members = 1 communicates nothing.
struct Group {
  std::int64_t members = 1;
  std::int64_t per_node = 1;
  [[nodiscard]] std::int64_t Nodes() const { return (members + per_node - 1) / per_node; }
};

// Ranks are placed as Megatron places them: tensor innermost, then context, data, pipeline.
// `stride` is the distance of two neighbours in the group.
[[nodiscard]] Group Place(std::int64_t members, std::int64_t stride, std::int64_t devices_per_node);

class Interconnect {
 public:
  Interconnect(const Machine& machine, const Constants& constants);

  // Each member ends with all of `bytes`; ReduceScatter takes as long.
  [[nodiscard]] double AllGather(const Group& group, double bytes) const;
  [[nodiscard]] double AllReduce(const Group& group, double bytes) const {
    return 2 * AllGather(group, bytes);
  }
  // Each member sends `bytes`, in equal parts to all.
  [[nodiscard]] double AllToAll(const Group& group, double bytes) const;
  // One device to a neighbour in another node, or in its own, all devices at once.
  [[nodiscard]] double Send(double bytes, bool is_between_nodes) const;

 private:
  std::int64_t devices_per_node_;
  double device_rate_;
  double node_rate_;
  double device_latency_;
  double node_latency_;
};

}  // namespace epochcost::estimate
