#pragma once
// All ways to lay a training out on a machine, and the fastest of those that fit.

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "estimate/calibration/constants.h"
#include "estimate/graph/graph.h"
#include "estimate/strategy/strategy.h"

namespace epochcost::estimate {

struct SearchOptions {
  std::int64_t devices = 8;
  std::int64_t global_batch = 256;  // samples of a step
  std::size_t keep = 10;            // how many of the best are returned
  // What is not varied: precision, optimizer, overlap, bytes of a gradient.
  Strategy base;
  // What a person decided, and is not varied either.
  std::optional<std::int64_t> tensor, pipeline, context, expert, chunks, micro_batch;
  std::optional<Sharding> sharding;
  std::optional<Recompute> recompute;
};

struct Found {
  Strategy strategy;
  double seconds = 0;     // of a step, by the physical model
  double peak_bytes = 0;  // allocated on the fullest device
};

struct SearchResult {
  std::vector<Found> best;        // the fastest first; those that do not fit are left out
  std::int64_t valid = 0;         // strategies that can be laid out, each timed and measured
  std::int64_t too_large = 0;     // of these, those that do not fit the device's memory
  std::optional<Found> smallest;  // of those, the one that needs the least memory
};

// Varies data, tensor, pipeline (with chunks), context and expert parallelism, sharding,
// recomputation and the micro-batch. Errors: kInvalidInput where the batch or the devices cannot
// be, or no strategy can be laid out.
[[nodiscard]] Result<SearchResult> Search(const Graph& graph, const Machine& machine,
                                          const Constants& constants, const SearchOptions& options);

}  // namespace epochcost::estimate
