#include "estimate/graph/recommendation.h"

#include <fmt/format.h>

#include <string_view>

#include "base/text.h"
#include "estimate/graph/operators.h"

namespace epochcost::estimate {
namespace {

Result<void> CheckAll(std::string_view name, const std::vector<std::int64_t>& values) {
  constexpr std::int64_t kMost = 10'000'000'000;
  if (values.empty()) {
    return Fail(ErrorCode::kInvalidInput, Say("no {} is given", name), Say("it must be said"));
  }
  for (const std::int64_t value : values) {
    if (value >= 1 && value <= kMost) continue;
    return Fail(ErrorCode::kInvalidInput, Say("{} cannot be {}", name, value),
                Say("it is a whole number from 1 to {}", kMost));
  }
  return {};
}

Block Stack(std::string path, std::int64_t in, const std::vector<std::int64_t>& outputs) {
  Block block{.path = std::move(path), .is_layer = true, .input_elements = in};
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    block.operators.push_back(Linear(fmt::format("fc{}", i), 1, in, outputs[i], true));
    Operator relu = Activation(fmt::format("activation{}", i), outputs[i], 1);
    relu.kept = 0;  // in place; the next layer keeps it as its input
    block.operators.push_back(relu);
    in = outputs[i];
  }
  block.output_elements = in;
  return block;
}

}  // namespace

Result<Graph> Recommendation(const RecommendationShape& shape) {
  if (auto ok = CheckAll("table_rows", shape.table_rows); !ok) return tl::unexpected(ok.error());
  if (auto ok = CheckAll("bottom", shape.bottom); !ok) return tl::unexpected(ok.error());
  if (auto ok = CheckAll("top", shape.top); !ok) return tl::unexpected(ok.error());
  if (auto ok = CheckAll("width", {shape.width, shape.dense}); !ok) {
    return tl::unexpected(ok.error());
  }
  if (shape.bottom.back() != shape.width) {
    return Fail(
        ErrorCode::kInvalidInput,
        Say("the bottom stack ends at {}, the tables have {}", shape.bottom.back(), shape.width),
        Say("products of pairs need equal widths"));
  }
  Graph graph{.name = shape.name, .family = "recommendation", .source = shape.source};
  graph.sample_unit = "sample";
  graph.logits = 1;
  Block tables{.path = "tables"};
  for (std::size_t i = 0; i < shape.table_rows.size(); ++i) {
    tables.operators.push_back(
        Embedding(fmt::format("table{}", i), 1, shape.table_rows[i], shape.width));
  }
  const auto vectors = static_cast<std::int64_t>(shape.table_rows.size()) + 1;
  const std::int64_t pairs = vectors * (vectors - 1) / 2;
  tables.output_elements = (vectors - 1) * shape.width;
  graph.blocks.push_back(std::move(tables));
  graph.blocks.push_back(Stack("bottom", shape.dense, shape.bottom));
  Operator product;
  product.name = "pairs";
  product.kind = OpKind::kAttention;  // a product of activations only
  product.gemm = {.batch = 1, .m = vectors, .n = vectors, .k = shape.width};
  product.forward_ops = 2 * vectors * vectors * shape.width;
  product.backward_ops = 2 * product.forward_ops;
  product.forward_reads = vectors * shape.width;
  product.forward_writes = pairs;
  product.backward_reads = product.forward_reads + pairs;
  product.backward_writes = product.forward_reads;
  product.kept = product.forward_reads;
  graph.blocks.push_back({.path = "interaction",
                          .input_elements = vectors * shape.width,
                          .output_elements = pairs + shape.width,
                          .operators = {product}});
  graph.blocks.push_back(Stack("top", pairs + shape.width, shape.top));
  graph.blocks.push_back({.path = "head", .operators = {CrossEntropy("loss", 1, 1)}});
  return graph;
}

}  // namespace epochcost::estimate
