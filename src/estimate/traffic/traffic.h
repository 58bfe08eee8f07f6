#pragma once
// What a device sends in one step, by the links that it crosses.

#include "estimate/graph/graph.h"
#include "estimate/strategy/strategy.h"

namespace epochcost::estimate {

// Bytes that one device sends per step (it receives as many).
struct Traffic {
  double tensor = 0;
  double context = 0;
  double expert = 0;
  double pipeline = 0;
  double data = 0;         // gradients, and parameters where they are sharded
  double within_node = 0;  // of all these, over the device's own links
  double between_nodes = 0;
  [[nodiscard]] double Sum() const { return tensor + context + expert + pipeline + data; }
};

// Expects a strategy that Check() accepts.
[[nodiscard]] Traffic CountTraffic(const Graph& graph, const Strategy& strategy,
                                   const Machine& machine);

}  // namespace epochcost::estimate
