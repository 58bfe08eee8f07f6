#include "estimate/graph/graph.h"

#include <fmt/format.h>

#include <array>

namespace epochcost::estimate {
namespace {

constexpr std::array<std::string_view, kOpKindCount> kNames = {
    "gemm",      "attention",   "convolution", "depthwise_convolution",
    "norm",      "elementwise", "softmax",     "dropout",
    "embedding", "pool",        "router",      "loss"};

Wide RecomputedProducts(const Graph& graph, bool whole_layers) {
  Wide ops = 0;
  for (const Block& block : graph.blocks) {
    for (const Operator& op : block.operators) {
      const bool is_again = whole_layers ? block.is_layer : op.is_selective;
      if (is_again && IsMatrix(op.kind)) ops += Wide{op.forward_ops} * block.count;
    }
  }
  return ops;
}

Totals& operator+=(Totals& a, const Totals& b) {
  a.parameters += b.parameters;
  a.active_parameters += b.active_parameters;
  a.forward_ops += b.forward_ops;
  a.backward_ops += b.backward_ops;
  a.matrix_forward += b.matrix_forward;
  a.matrix_backward += b.matrix_backward;
  a.attention_forward += b.attention_forward;
  a.kept += b.kept;
  a.kept_bytes += b.kept_bytes;
  return a;
}

}  // namespace

std::string_view Name(OpKind kind) { return kNames.at(static_cast<std::size_t>(kind)); }

std::optional<OpKind> ParseOpKind(std::string_view name) {
  for (std::size_t i = 0; i < kOpKindCount; ++i) {
    if (kNames.at(i) == name) return static_cast<OpKind>(i);
  }
  return std::nullopt;
}

Totals Sum(const Block& block) {
  Totals sum;
  const Wide n = block.count;
  for (const Operator& op : block.operators) {
    sum.parameters += n * op.parameters;
    sum.active_parameters += n * op.active_parameters;
    sum.forward_ops += n * op.forward_ops;
    sum.backward_ops += n * op.backward_ops;
    if (IsMatrix(op.kind)) {
      sum.matrix_forward += n * op.forward_ops;
      sum.matrix_backward += n * op.backward_ops;
    }
    if (op.kind == OpKind::kAttention) sum.attention_forward += n * op.forward_ops;
    sum.kept += n * op.kept;
    sum.kept_bytes += n * op.kept_bytes;
  }
  return sum;
}

Totals Sum(const Graph& graph) {
  Totals sum;
  for (const Block& block : graph.blocks) sum += Sum(block);
  return sum;
}

std::string PathOf(const Block& block, std::int64_t index, const Operator& op) {
  if (block.count == 1) return fmt::format("{}.{}", block.path, op.name);
  return fmt::format("{}.{}.{}", block.path, index, op.name);
}

std::int64_t LayerCount(const Graph& graph) {
  std::int64_t count = 0;
  for (const Block& block : graph.blocks) count += block.is_layer ? block.count : 0;
  return count;
}

Wide SixNOps(const Graph& graph) {
  const Totals sum = Sum(graph);
  return 6 * sum.parameters * graph.tokens_per_sample + 3 * sum.attention_forward;
}

Wide ProductOps(const Graph& graph) {
  const Totals sum = Sum(graph);
  return sum.matrix_forward + sum.matrix_backward;
}

Wide FullRecomputeOps(const Graph& graph) {
  return ProductOps(graph) + RecomputedProducts(graph, true);
}

Wide SelectiveRecomputeOps(const Graph& graph) {
  return ProductOps(graph) + RecomputedProducts(graph, false);
}

}  // namespace epochcost::estimate
