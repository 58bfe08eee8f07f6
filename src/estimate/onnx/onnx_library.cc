// libepochcost_onnx.so: an ONNX model as a graph file. Shapes are inferred by the ONNX library;
// what an operator computes is counted by whoever reads the graph file.

#include <onnx/onnx_pb.h>
#include <onnx/shape_inference/implementation.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "estimate/onnx/onnx_interface.h"
#include "estimate/onnx/operator_kinds.h"
#include "estimate/onnx/shape_values.h"

namespace {

using epochcost::estimate::Activations;
using epochcost::estimate::Elementwises;
using epochcost::estimate::Free;
using epochcost::estimate::Kinds;
using epochcost::estimate::Norms;
using epochcost::estimate::Pools;
using Json = nlohmann::ordered_json;
using Sizes = std::vector<std::int64_t>;

bool IsReal(int type) {
  using onnx::TensorProto;
  return type == TensorProto::FLOAT || type == TensorProto::FLOAT16 ||
         type == TensorProto::BFLOAT16 || type == TensorProto::DOUBLE;
}

// What ends the reading, with its text.
struct Stop {
  epochcost_onnx_outcome outcome;
  std::string text;
};

std::int64_t Product(const Sizes& sizes) {
  std::int64_t product = 1;
  for (const std::int64_t size : sizes) {
    if (size < 0 || __builtin_mul_overflow(product, size, &product)) {
      throw Stop{EPOCHCOST_ONNX_NO_SHAPES, "a tensor has more elements than can be counted"};
    }
  }
  return product;
}

class Reader {
 public:
  Reader(onnx::ModelProto& model, std::int64_t sequence) : model_(model), sequence_(sequence) {}

  Json Read() {
    for (const onnx::TensorProto& tensor : Graph().initializer()) {
      parameters_[tensor.name()] = IsReal(tensor.data_type()) ? Elements(tensor) : 0;
      shapes_[tensor.name()] = Sizes(tensor.dims().begin(), tensor.dims().end());
      is_real_[tensor.name()] = IsReal(tensor.data_type());
    }
    FixInputs();
    Infer();
    Json operators = Json::array();
    for (const onnx::NodeProto& node : Graph().node()) {
      auto entry = Entry(node);
      if (!entry) continue;
      (*entry)["path"] = PathOf(node, operators.size());
      if (!entry->contains("parameters")) (*entry)["parameters"] = Uncounted(node, 0, 1 << 20);
      operators.push_back(*std::move(entry));
    }
    if (operators.empty()) throw Stop{EPOCHCOST_ONNX_NOTHING, Left()};
    Json graph = {{"schema_version", 1},
                  {"type", "graph"},
                  {"name", Graph().name().empty() ? "onnx" : Graph().name()},
                  {"source", Source()},
                  {"sample_unit", "sample"},
                  {"operators", std::move(operators)}};
    if (!left_.empty()) graph["uncounted"] = Left();
    return graph;
  }

 private:
  onnx::GraphProto& Graph() { return *model_.mutable_graph(); }

  std::string Source() const {
    std::string source = "ONNX file";
    if (!model_.producer_name().empty()) source += ", made by " + model_.producer_name();
    if (!model_.producer_version().empty()) source += " " + model_.producer_version();
    return source;
  }

  static std::int64_t Elements(const onnx::TensorProto& tensor) {
    return Product(Sizes(tensor.dims().begin(), tensor.dims().end()));
  }

  // Which size of an input is the batch: the first, but the second of what a recurrent layer takes,
  // whose first is time or direction, unless its layout says otherwise.
  int BatchAxis(const std::string& input) {
    for (const onnx::NodeProto& node : Graph().node()) {
      const std::string& kind = node.op_type();
      if (kind != "LSTM" && kind != "GRU" && kind != "RNN") continue;
      const auto layout = std::find_if(node.attribute().begin(), node.attribute().end(),
                                       [](const auto& each) { return each.name() == "layout"; });
      if (layout != node.attribute().end() && layout->i() != 0) continue;
      constexpr std::array<int, 3> kWithBatch = {0, 5, 6};  // X, initial_h, initial_c
      for (const int at : kWithBatch) {
        if (at < node.input_size() && node.input(at) == input) return 1;
      }
    }
    return 0;
  }

  // The batch of an input is one sample, where it is free. Other sizes must be known.
  void FixInputs() {
    for (onnx::ValueInfoProto& input : *Graph().mutable_input()) {
      if (shapes_.contains(input.name())) continue;
      auto* const shape = input.mutable_type()->mutable_tensor_type()->mutable_shape();
      const int batch_axis = BatchAxis(input.name());
      for (int i = 0; i < shape->dim_size(); ++i) {
        auto* const size = shape->mutable_dim(i);
        if (size->has_dim_value() && size->dim_value() > 0) {
          if (i == batch_axis && batch_ == 0) batch_ = size->dim_value();
          continue;
        }
        const std::int64_t value = i == batch_axis ? 1 : sequence_;
        if (value < 1) {
          throw Stop{EPOCHCOST_ONNX_FREE_SIZE,
                     input.name() + "[" + std::to_string(i) + "] = '" + size->dim_param() + "'"};
        }
        size->set_dim_value(value);
        if (i == batch_axis && batch_ == 0) batch_ = 1;
      }
    }
    batch_ = std::max<std::int64_t>(batch_, 1);
    // What was inferred for free sizes would contradict those that are fixed now.
    Graph().clear_value_info();
    for (onnx::ValueInfoProto& output : *Graph().mutable_output()) {
      output.mutable_type()->mutable_tensor_type()->clear_shape();
    }
  }

  // Shapes that follow from numbers which the model computes about its own shapes need those
  // numbers: they are computed as far as they are known, and the rest is inferred again.
  void Infer() {
    epochcost::estimate::ShapeValues values(shapes_);
    for (const onnx::TensorProto& tensor : Graph().initializer()) values.Note(tensor);
    // Before version 4 what is no input is no initialiser.
    model_.set_ir_version(std::max<std::int64_t>(model_.ir_version(), 4));
    constexpr int kMostRounds = 500;
    for (int round = 0; round < kMostRounds; ++round) {
      try {
        onnx::ShapeInferenceOptions options(false, 1, true);
        onnx::shape_inference::InferShapes(model_, onnx::OpSchemaRegistry::Instance(), options);
      } catch (const std::exception& error) {
        throw Stop{EPOCHCOST_ONNX_NO_SHAPES, error.what()};
      }
      for (const auto* known : {&Graph().input(), &Graph().value_info(), &Graph().output()}) {
        for (const onnx::ValueInfoProto& value : *known) Note(value);
      }
      if (!Fold(values)) break;
    }
    for (const onnx::NodeProto& node : Graph().node()) {
      if (node.op_type() != "Constant" || node.output_size() != 1) continue;
      for (const onnx::AttributeProto& attribute : node.attribute()) {
        if (attribute.name() != "value") continue;
        shapes_[node.output(0)] = Sizes(attribute.t().dims().begin(), attribute.t().dims().end());
        is_real_[node.output(0)] = IsReal(attribute.t().data_type());
      }
    }
  }

  // Puts what is known of whole numbers in the place of the nodes that compute them. Gives whether
  // there was any.
  bool Fold(epochcost::estimate::ShapeValues& values) {
    google::protobuf::RepeatedPtrField<onnx::NodeProto> left;
    for (onnx::NodeProto& node : *Graph().mutable_node()) {
      const auto value = values.Evaluate(node);
      if (!value) {
        *left.Add() = std::move(node);
        continue;
      }
      *Graph().add_initializer() = ToTensor(*value, node.output(0));
      shapes_[node.output(0)] =
          value->is_list ? Sizes{static_cast<std::int64_t>(value->values.size())} : Sizes{};
      is_real_[node.output(0)] = false;
    }
    const bool any = left.size() != Graph().node_size();
    Graph().mutable_node()->Swap(&left);
    return any;
  }

  void Note(const onnx::ValueInfoProto& value) {
    if (!value.type().has_tensor_type() || shapes_.contains(value.name())) return;
    is_real_[value.name()] = IsReal(value.type().tensor_type().elem_type());
    if (!value.type().tensor_type().has_shape()) return;
    Sizes sizes;
    for (const auto& size : value.type().tensor_type().shape().dim()) {
      if (!size.has_dim_value()) return;
      sizes.push_back(size.dim_value());
    }
    shapes_[value.name()] = std::move(sizes);
  }

  const Sizes& Shape(const onnx::NodeProto& node, const std::string& tensor) const {
    const auto found = shapes_.find(tensor);
    if (found != shapes_.end()) return found->second;
    throw Stop{EPOCHCOST_ONNX_NO_SHAPE, node.op_type() + " '" + node.name() + "', " + tensor};
  }
  const Sizes& In(const onnx::NodeProto& node, int index) const {
    if (index >= node.input_size()) {
      throw Stop{EPOCHCOST_ONNX_NO_MODEL,
                 node.op_type() + " '" + node.name() + "': too few inputs"};
    }
    return Shape(node, node.input(index));
  }
  const Sizes& Out(const onnx::NodeProto& node) const {
    if (node.output_size() == 0) {
      throw Stop{EPOCHCOST_ONNX_NO_MODEL, node.op_type() + " '" + node.name() + "': no output"};
    }
    return Shape(node, node.output(0));
  }
  bool IsRealOut(const onnx::NodeProto& node) const {
    const auto found = is_real_.find(node.output_size() > 0 ? node.output(0) : std::string());
    return found != is_real_.end() && found->second;
  }
  bool IsParameter(const onnx::NodeProto& node, int index) const {
    return index < node.input_size() && parameters_.contains(node.input(index));
  }

  // A parameter that is only laid out otherwise is that parameter.
  bool TakesOn(const onnx::NodeProto& node) {
    static const Kinds kKinds = {"Transpose", "Identity",  "Cast",
                                 "Reshape",   "Unsqueeze", "Squeeze"};
    if (!kKinds.contains(node.op_type()) || !IsParameter(node, 0) || node.output_size() != 1) {
      return false;
    }
    parameters_[node.output(0)] = std::exchange(parameters_[node.input(0)], 0);
    return true;
  }

  // Of one sample, at least 1.
  std::int64_t Each(std::int64_t count) const { return std::max<std::int64_t>(1, count / batch_); }

  // Parameters among the inputs `from` … `to` − 1 that no operator had yet. A single number is a
  // constant of the code.
  std::int64_t Uncounted(const onnx::NodeProto& node, int from, int to) {
    std::int64_t sum = 0;
    for (int i = from; i < std::min(to, node.input_size()); ++i) {
      const auto found = parameters_.find(node.input(i));
      if (found == parameters_.end() || found->second <= 1) continue;
      sum += std::exchange(found->second, 0);
    }
    return sum;
  }

  static std::string PathOf(const onnx::NodeProto& node, std::size_t index) {
    std::string path =
        node.name().empty() ? node.op_type() + "_" + std::to_string(index) : node.name();
    std::ranges::replace(path, '/', '.');
    const std::size_t first = path.find_first_not_of('.');
    return first == std::string::npos ? node.op_type() : path.substr(first);
  }

  std::string Left() const {
    std::string text;
    for (const auto& [kind, count] : left_) {
      text += (text.empty() ? "" : ", ") + kind + " × " + std::to_string(count);
    }
    return text;
  }

  std::optional<Json> Entry(const onnx::NodeProto& node) {
    const std::string& kind = node.op_type();
    if (TakesOn(node)) return std::nullopt;
    if (Free().contains(kind)) return std::nullopt;
    if (kind == "Conv" || kind == "ConvTranspose") return Convolution(node);
    if (kind == "Gemm") return Gemm(node);
    if (kind == "MatMul" || kind == "FusedMatMul") return MatMul(node);
    if (kind == "LSTM" || kind == "GRU" || kind == "RNN") return Recurrent(node);
    if (kind == "Gather") return Gather(node);
    if (!Norms().contains(kind) && !Activations().contains(kind) && !Pools().contains(kind) &&
        !Elementwises().contains(kind) && kind != "Softmax" && kind != "LogSoftmax" &&
        kind != "Dropout") {
      ++left_[node.domain().empty() ? kind : node.domain() + "::" + kind];
      return std::nullopt;
    }
    if (!IsRealOut(node)) return std::nullopt;
    const std::int64_t elements = Each(Product(Out(node)));
    if (Norms().contains(kind)) {
      // Of batch normalisation the mean and the variance are no parameters.
      return Json{{"op", "norm"}, {"elements", elements}, {"parameters", Uncounted(node, 1, 3)}};
    }
    if (Activations().contains(kind)) return Json{{"op", "activation"}, {"elements", elements}};
    if (kind == "Softmax" || kind == "LogSoftmax")
      return Json{{"op", "softmax"}, {"elements", elements}};
    if (kind == "Dropout") return Json{{"op", "dropout"}, {"elements", elements}};
    if (Pools().contains(kind)) {
      return Json{{"op", "pool"}, {"in", Each(Product(In(node, 0)))}, {"out", elements}};
    }
    std::int64_t reads = 0;
    for (int i = 0; i < node.input_size(); ++i) {
      const auto found = shapes_.find(node.input(i));
      if (!IsParameter(node, i) && found != shapes_.end()) reads += Product(found->second);
    }
    return Json{{"op", "elementwise"}, {"reads", Each(reads)}, {"writes", elements}};
  }

  std::optional<Json> Convolution(const onnx::NodeProto& node) {
    const Sizes& image = In(node, 0);
    const Sizes& kernel = In(node, 1);
    const Sizes& out = Out(node);
    if (image.size() < 3 || kernel.size() != image.size() || out.size() != image.size()) {
      throw Stop{EPOCHCOST_ONNX_NO_SHAPE, node.op_type() + " '" + node.name() + "'"};
    }
    const bool is_transposed = node.op_type() == "ConvTranspose";
    std::int64_t groups = 1;
    for (const onnx::AttributeProto& attribute : node.attribute()) {
      if (attribute.name() == "group") groups = std::max<std::int64_t>(1, attribute.i());
    }
    const std::int64_t window = Product(Sizes(kernel.begin() + 2, kernel.end()));
    const std::int64_t in_pixels = Product(image) / std::max<std::int64_t>(1, image[1]);
    const std::int64_t out_pixels = Product(out) / std::max<std::int64_t>(1, out[1]);
    return Json{{"op", "convolution"},
                {"pixels", Each(is_transposed ? in_pixels : out_pixels)},
                {"in_pixels", Each(in_pixels)},
                {"window", window},
                {"in", image[1]},
                {"out", out[1]},
                {"groups", groups}};
  }

  std::optional<Json> Gemm(const onnx::NodeProto& node) {
    const Sizes& out = Out(node);
    bool is_turned = false;
    for (const onnx::AttributeProto& attribute : node.attribute()) {
      if (attribute.name() == "transA") is_turned = attribute.i() != 0;
    }
    const Sizes& left = In(node, 0);
    const std::int64_t inner = is_turned ? left.front() : left.back();
    return Multiplied(node, Product(out) / std::max<std::int64_t>(1, out.back()), out.back(), inner,
                      1);
  }

  std::optional<Json> MatMul(const onnx::NodeProto& node) {
    const Sizes& left = In(node, 0);
    const Sizes& right = In(node, 1);
    const Sizes& out = Out(node);
    const std::int64_t inner = left.back();
    if (IsParameter(node, 0) || IsParameter(node, 1) || right.size() < 3) {
      const std::int64_t width = right.size() < 2 ? 1 : right.back();
      return Multiplied(node,
                        std::max<std::int64_t>(1, Product(out)) / std::max<std::int64_t>(1, width),
                        width, inner, 1);
    }
    const std::int64_t m = out.size() < 2 ? 1 : out[out.size() - 2];
    const std::int64_t n = out.back();
    return Multiplied(node, m, n, inner, Product(out) / std::max<std::int64_t>(1, m * n));
  }

  std::optional<Json> Multiplied(const onnx::NodeProto& node, std::int64_t rows, std::int64_t width,
                                 std::int64_t inner, std::int64_t batch) {
    if (IsParameter(node, 0) || IsParameter(node, 1)) {
      return Json{{"op", "linear"}, {"rows", Each(rows)}, {"in", inner}, {"out", width}};
    }
    return Json{{"op", "product"},
                {"batch", batch > 1 ? Each(batch) : 1},
                {"m", batch > 1 ? rows : Each(rows)},
                {"n", width},
                {"k", inner}};
  }

  // A step's inputs and its state are each multiplied with the gates' weights, in each direction.
  std::optional<Json> Recurrent(const onnx::NodeProto& node) {
    const Sizes& input = In(node, 0);
    const Sizes& weights = In(node, 1);
    const Sizes& again = In(node, 2);
    if (input.size() != 3 || weights.size() != 3 || again.size() != 3) {
      throw Stop{EPOCHCOST_ONNX_NO_SHAPE, node.op_type() + " '" + node.name() + "'"};
    }
    const std::int64_t rows = Product(input) / std::max<std::int64_t>(1, input[2]);
    return Json{{"op", "linear"},
                {"rows", Each(rows)},
                {"in", weights[2] + again[2]},
                {"out", weights[0] * weights[1]}};
  }

  std::optional<Json> Gather(const onnx::NodeProto& node) {
    if (!IsRealOut(node)) return std::nullopt;
    const Sizes& table = In(node, 0);
    const std::int64_t written = Product(Out(node));
    if (!IsParameter(node, 0) || table.size() != 2) {
      return Json{{"op", "elementwise"}, {"reads", Each(written)}, {"writes", Each(written)}};
    }
    return Json{{"op", "embedding"},
                {"rows", Each(written / std::max<std::int64_t>(1, table[1]))},
                {"table_rows", table[0]},
                {"width", table[1]}};
  }

  onnx::ModelProto& model_;
  std::int64_t sequence_;
  std::int64_t batch_ = 0;
  std::map<std::string, Sizes> shapes_;
  std::map<std::string, bool> is_real_;
  std::map<std::string, std::int64_t> parameters_;  // initialisers, and what of them is uncounted
  std::map<std::string, int> left_;                 // kinds that nobody counts
};

char* Copied(const std::string& text) {
  char* const copy = static_cast<char*>(std::malloc(text.size() + 1));
  if (copy != nullptr) std::memcpy(copy, text.c_str(), text.size() + 1);
  return copy;
}

}  // namespace

int epochcost_onnx_abi() { return EPOCHCOST_ONNX_ABI; }

epochcost_onnx_outcome epochcost_onnx_read(const char* bytes, std::int64_t size,
                                           std::int64_t sequence, char** text) try {
  onnx::ModelProto model;
  if (size > std::numeric_limits<int>::max() ||
      !model.ParseFromArray(bytes, static_cast<int>(size)) || !model.has_graph() ||
      model.graph().node_size() == 0) {
    *text = Copied(size > std::numeric_limits<int>::max() ? "it is larger than 2 GB" : "");
    return EPOCHCOST_ONNX_NO_MODEL;
  }
  *text = Copied(Reader(model, sequence).Read().dump());
  return EPOCHCOST_ONNX_READ;
} catch (const Stop& stop) {
  *text = Copied(stop.text);
  return stop.outcome;
} catch (const std::exception& error) {  // libraries throw; nothing may cross the C interface
  *text = Copied(error.what());
  return EPOCHCOST_ONNX_FAULT;
}

void epochcost_onnx_free(char* text) { std::free(text); }
