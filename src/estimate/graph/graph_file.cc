#include "estimate/graph/graph_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>
#include <vector>

#include "base/nearest.h"
#include "base/text.h"
#include "estimate/graph/operators.h"
#include "estimate/json_object.h"

namespace epochcost::estimate {
namespace {

// A product of more than this many operations is a mistake, and would not fit with others.
constexpr double kMostOps = 1e18;

std::int64_t Size(ObjectReader& reader, std::string_view key) {
  constexpr std::int64_t kLargest = 1'000'000'000'000'000;
  const std::int64_t size = reader.Whole(key);
  if (size < 1 || size > kLargest) reader.Refuse(Say("{} cannot be {}", key, size));
  return std::clamp<std::int64_t>(size, 1, kLargest);
}

// Refuses sizes whose product would leave the integers, before they are multiplied.
bool Fits(ObjectReader& reader, std::initializer_list<std::int64_t> sizes) {
  double product = 4;
  for (const std::int64_t size : sizes) product *= static_cast<double>(size);
  if (product <= kMostOps) return true;
  reader.Refuse(Say("its sizes make {:.1e} operations", product), Say("at most {}", kMostOps));
  return false;
}

Operator ReadLinear(ObjectReader& reader) {
  const std::int64_t rows = Size(reader, "rows");
  const std::int64_t in = Size(reader, "in");
  const std::int64_t out = Size(reader, "out");
  if (!Fits(reader, {rows, in, out})) return {};
  return Linear("", rows, in, out, reader.FlagOr("bias", false));
}

Operator ReadConvolution(ObjectReader& reader) {
  const std::int64_t pixels = Size(reader, "pixels");
  const std::int64_t in_pixels = Size(reader, "in_pixels");
  const std::int64_t window = Size(reader, "window");
  const std::int64_t in = Size(reader, "in");
  const std::int64_t out = Size(reader, "out");
  const std::int64_t groups = Size(reader, "groups");
  if (in % groups != 0 || out % groups != 0) {
    reader.Refuse(Say("groups {} divides not both {} and {}", groups, in, out));
    return {};
  }
  if (!Fits(reader, {pixels, window, in, out}) || !Fits(reader, {in_pixels, in})) return {};
  return Convolution("", pixels, in_pixels, window, in, out, groups, reader.FlagOr("bias", false));
}

Operator ReadProduct(ObjectReader& reader) {
  const std::int64_t batch = Size(reader, "batch");
  const std::int64_t m = Size(reader, "m");
  const std::int64_t n = Size(reader, "n");
  const std::int64_t k = Size(reader, "k");
  if (!Fits(reader, {batch, m, n, k})) return {};
  return BatchedProduct("", batch, m, n, k);
}

Operator ReadAttention(ObjectReader& reader) {
  const std::int64_t heads = Size(reader, "heads");
  const std::int64_t rows = Size(reader, "rows");
  const std::int64_t memory_rows = Size(reader, "memory_rows");
  const std::int64_t width = Size(reader, "width");
  if (!Fits(reader, {heads, rows, memory_rows, width})) return {};
  return FusedAttention("", heads, rows, memory_rows, width, reader.FlagOr("causal", false));
}

Operator ReadNorm(ObjectReader& reader) {
  return Norm("", Size(reader, "elements"), reader.WholeOr("parameters", 0));
}

Operator ReadActivation(ObjectReader& reader) {
  Operator op = Activation("", Size(reader, "elements"));
  if (reader.FlagOr("in_place", false)) op.kept = 0;
  return op;
}

Operator ReadElementwise(ObjectReader& reader) {
  return Elementwise("", Size(reader, "reads"), Size(reader, "writes"));
}

Operator ReadSoftmax(ObjectReader& reader) {
  Operator op = Activation("", Size(reader, "elements"), 5);
  op.kind = OpKind::kSoftmax;
  return op;
}

Operator ReadDropout(ObjectReader& reader) { return Dropout("", Size(reader, "elements")); }

Operator ReadEmbedding(ObjectReader& reader) {
  const std::int64_t rows = Size(reader, "rows");
  const std::int64_t table_rows = Size(reader, "table_rows");
  const std::int64_t width = Size(reader, "width");
  if (!Fits(reader, {rows, width}) || !Fits(reader, {table_rows, width})) return {};
  return Embedding("", rows, table_rows, width);
}

Operator ReadPool(ObjectReader& reader) {
  return Pool("", Size(reader, "in"), Size(reader, "out"));
}

Operator ReadLoss(ObjectReader& reader) {
  const std::int64_t rows = Size(reader, "rows");
  const std::int64_t classes = Size(reader, "classes");
  if (!Fits(reader, {rows, classes, 8})) return {};
  return CrossEntropy("", rows, classes);
}

struct OpReader {
  std::string_view name;
  Operator (*read)(ObjectReader&);
  std::vector<std::string_view> keys;
};

const std::vector<OpReader>& OpReaders() {
  static const std::vector<OpReader> kReaders = {
      {"linear", ReadLinear, {"rows", "in", "out", "bias"}},
      {"convolution",
       ReadConvolution,
       {"pixels", "in_pixels", "window", "in", "out", "groups", "bias"}},
      {"product", ReadProduct, {"batch", "m", "n", "k"}},
      {"attention", ReadAttention, {"heads", "rows", "memory_rows", "width", "causal"}},
      {"norm", ReadNorm, {"elements"}},
      {"activation", ReadActivation, {"elements", "in_place"}},
      {"elementwise", ReadElementwise, {"reads", "writes"}},
      {"softmax", ReadSoftmax, {"elements"}},
      {"dropout", ReadDropout, {"elements"}},
      {"embedding", ReadEmbedding, {"rows", "table_rows", "width"}},
      {"pool", ReadPool, {"in", "out"}},
      {"loss", ReadLoss, {"rows", "classes"}}};
  return kReaders;
}

Result<Operator> ReadOperator(const nlohmann::json& json, std::string_view file,
                              std::size_t index) {
  const std::string place = fmt::format("operators[{}]", index);
  if (!json.is_object()) {
    return Fail(ErrorCode::kInvalidInput, Say("{}: {} is not an object", file, place));
  }
  ObjectReader reader(json, file, place);
  const std::string type = reader.Text("op");
  const auto found = std::ranges::find(OpReaders(), type, &OpReader::name);
  if (found == OpReaders().end() && !reader.FirstError()) {
    std::vector<std::string_view> names;
    for (const OpReader& each : OpReaders()) names.push_back(each.name);
    const std::string_view nearest = Nearest(type, names);
    reader.Refuse(Say("no op is called '{}'", std::string_view(type).substr(0, 60)),
                  Say("there are: {}", fmt::join(names, ", ")),
                  nearest.empty() ? "" : Say("did you mean: {}", nearest));
  }
  if (reader.FirstError()) return tl::unexpected(*reader.FirstError());
  std::vector<std::string_view> keys = {"op", "path", "parameters"};
  keys.insert(keys.end(), found->keys.begin(), found->keys.end());
  reader.CheckKeys(keys);
  Operator op = found->read(reader);
  op.name = reader.Text("path");
  // What the trace counted is right where a weight is shared or has another shape than usual.
  op.parameters = reader.WholeOr("parameters", op.parameters);
  op.active_parameters = op.parameters;
  if (op.parameters < 0) reader.Refuse(Say("{} cannot be {}", "parameters", op.parameters));
  if (reader.FirstError()) return tl::unexpected(*reader.FirstError());
  return op;
}

bool IsNumber(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0; });
}

// "layers.3.attn.qkv" belongs to "layers.3": up to the first number, or the first name.
struct Cut {
  std::string block;
  std::string rest;
  bool is_layer = false;
};
Cut CutPath(std::string_view path) {
  std::size_t end = path.find('.');
  for (std::size_t begin = 0; begin < path.size();) {
    const std::size_t dot = std::min(path.find('.', begin), path.size());
    if (IsNumber(path.substr(begin, dot - begin))) {
      return {std::string(path.substr(0, dot)),
              std::string(path.substr(std::min(dot + 1, path.size()))), true};
    }
    begin = dot + 1;
  }
  if (end == std::string_view::npos) end = path.size();
  return {std::string(path.substr(0, end)),
          std::string(path.substr(std::min(end + 1, path.size()))), false};
}

void Append(Graph& graph, Operator op) {
  Cut cut = CutPath(op.name);
  op.name = cut.rest.empty() ? std::string(Name(op.kind)) : std::move(cut.rest);
  if (graph.blocks.empty() || graph.blocks.back().path != cut.block) {
    graph.blocks.push_back({.path = cut.block, .is_layer = cut.is_layer});
    graph.blocks.back().input_elements = op.forward_reads;
  }
  std::vector<Operator>& operators = graph.blocks.back().operators;
  const auto is_taken = [&](const std::string& name) {
    return std::ranges::find(operators, name, &Operator::name) != operators.end();
  };
  // One module may run several operators: "attn", "attn.softmax", "attn.gemm.2".
  if (is_taken(op.name)) op.name += fmt::format(".{}", Name(op.kind));
  const std::string stem = op.name;
  for (int i = 2; is_taken(op.name); ++i) op.name = fmt::format("{}.{}", stem, i);
  graph.blocks.back().output_elements = op.forward_writes;
  operators.push_back(std::move(op));
}

}  // namespace

Result<Graph> ReadGraphFile(std::string_view json, std::string_view file) {
  const auto root = ParseJson(json, file);
  if (!root) return tl::unexpected(root.error());
  ObjectReader reader(*root, file);
  if (reader.TextOr("type", "") != "graph") {
    return Fail(ErrorCode::kInvalidInput, Say("{} is no graph", file),
                Say("it has no \"type\": \"graph\""),
                Say("ciuic_sdk.describe(module, example_input) writes one"));
  }
  constexpr std::array<std::string_view, 9> kKeys = {
      "schema_version",    "type",      "name",      "source",           "sample_unit",
      "tokens_per_sample", "operators", "uncounted", "parameter_tensors"};
  reader.CheckKeys(kKeys);
  if (reader.Whole("schema_version") != 1) {
    reader.Refuse(Say("{} cannot be {}", "schema_version", reader.WholeOr("schema_version", 0)),
                  Say("this program reads version {}", 1));
  }
  Graph graph{.name = reader.Text("name"), .family = "traced", .source = reader.Text("source")};
  graph.sample_unit = reader.TextOr("sample_unit", "sample");
  graph.tokens_per_sample = reader.Has("tokens_per_sample") ? Size(reader, "tokens_per_sample") : 1;
  if (reader.Has("parameter_tensors")) graph.parameter_tensors = Size(reader, "parameter_tensors");
  graph.uncounted = reader.TextOr("uncounted", "");
  if (reader.FirstError()) return tl::unexpected(*reader.FirstError());
  const auto operators = root->find("operators");
  if (operators == root->end() || !operators->is_array() || operators->empty()) {
    return Fail(ErrorCode::kInvalidInput, Say("{} has no operators", file));
  }
  for (std::size_t i = 0; i < operators->size(); ++i) {
    auto op = ReadOperator((*operators)[i], file, i);
    if (!op) return tl::unexpected(op.error());
    Append(graph, *std::move(op));
  }
  return graph;
}

}  // namespace epochcost::estimate
