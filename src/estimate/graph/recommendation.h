#pragma once
// Recommendation models: tables that are looked up, two stacks of linear layers.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "estimate/graph/graph.h"

namespace epochcost::estimate {

// DLRM (Naumov et al. 2019). The bottom stack ends at `width`; products of all pairs of its output
// and the looked-up rows, beside that output, enter the top stack.
struct RecommendationShape {
  std::string name;
  std::string source;
  std::int64_t dense = 13;  // numbers of a sample
  std::vector<std::int64_t> table_rows;
  std::int64_t width = 128;          // of a row
  std::vector<std::int64_t> bottom;  // outputs, the last is `width`
  std::vector<std::int64_t> top;     // outputs, the last is 1
};

// Error kInvalidInput names the field.
[[nodiscard]] Result<Graph> Recommendation(const RecommendationShape& shape);

}  // namespace epochcost::estimate
