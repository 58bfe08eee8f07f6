#include "estimate/onnx/shape_values.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace epochcost::estimate {
namespace {

using Values = std::vector<std::int64_t>;
constexpr std::size_t kLongest = 4096;  // no shape has so many sizes

std::int64_t Attribute(const onnx::NodeProto& node, std::string_view name, std::int64_t otherwise) {
  for (const onnx::AttributeProto& one : node.attribute()) {
    if (one.name() == name) return one.i();
  }
  return otherwise;
}

std::optional<ShapeValue> Read(const onnx::TensorProto& tensor) {
  if (tensor.data_type() != onnx::TensorProto::INT64 || tensor.dims_size() > 1) return std::nullopt;
  const std::int64_t count = tensor.dims_size() == 1 ? tensor.dims(0) : 1;
  if (count < 0 || count > static_cast<std::int64_t>(kLongest)) return std::nullopt;
  ShapeValue value{.values = Values(static_cast<std::size_t>(count)),
                   .is_list = tensor.dims_size() == 1};
  const std::string& raw = tensor.raw_data();
  if (raw.size() == value.values.size() * sizeof(std::int64_t)) {
    std::memcpy(value.values.data(), raw.data(), raw.size());
  } else if (tensor.int64_data_size() == count) {
    value.values.assign(tensor.int64_data().begin(), tensor.int64_data().end());
  } else {
    return std::nullopt;
  }
  return value;
}

std::optional<std::int64_t> Combined(std::string_view kind, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  if (kind == "Add")
    return __builtin_add_overflow(a, b, &result) ? std::nullopt : std::optional(result);
  if (kind == "Sub")
    return __builtin_sub_overflow(a, b, &result) ? std::nullopt : std::optional(result);
  if (kind == "Mul")
    return __builtin_mul_overflow(a, b, &result) ? std::nullopt : std::optional(result);
  if (kind == "Div") return b == 0 || b == -1 ? std::nullopt : std::optional(a / b);
  if (kind == "Equal") return a == b ? 1 : 0;
  if (kind == "Min") return std::min(a, b);
  if (kind == "Max") return std::max(a, b);
  return std::nullopt;
}

std::optional<ShapeValue> Elementwise(std::string_view kind, const ShapeValue& a,
                                      const ShapeValue& b) {
  const std::size_t size = std::max(a.values.size(), b.values.size());
  const auto at = [size](const ShapeValue& one, std::size_t i) -> std::optional<std::int64_t> {
    if (one.values.size() == size) return one.values[i];
    return one.values.size() == 1 ? std::optional(one.values[0]) : std::nullopt;
  };
  ShapeValue result{.values = {}, .is_list = a.is_list || b.is_list};
  for (std::size_t i = 0; i < size; ++i) {
    const auto left = at(a, i);
    const auto right = at(b, i);
    if (!left || !right) return std::nullopt;
    const auto combined = Combined(kind, *left, *right);
    if (!combined) return std::nullopt;
    result.values.push_back(*combined);
  }
  return result;
}

std::optional<ShapeValue> Sliced(const ShapeValue& from, std::int64_t begin, std::int64_t end,
                                 std::int64_t step) {
  const auto size = static_cast<std::int64_t>(from.values.size());
  if (!from.is_list || step != 1) return std::nullopt;
  begin = std::clamp<std::int64_t>(begin < 0 ? begin + size : begin, 0, size);
  end = std::clamp<std::int64_t>(end < 0 ? end + size : end, begin, size);
  return ShapeValue{.values = Values(from.values.begin() + begin, from.values.begin() + end)};
}

}  // namespace

void ShapeValues::Note(const onnx::TensorProto& tensor) {
  if (auto value = Read(tensor)) known_[tensor.name()] = *std::move(value);
}

const ShapeValue* ShapeValues::Find(const onnx::NodeProto& node, int input) const {
  if (input >= node.input_size()) return nullptr;
  const auto found = known_.find(node.input(input));
  return found == known_.end() ? nullptr : &found->second;
}

std::optional<ShapeValue> ShapeValues::Evaluate(const onnx::NodeProto& node) {
  if (node.output_size() != 1 || known_.contains(node.output(0))) return std::nullopt;
  auto value = Compute(node);
  if (!value || value->values.size() > kLongest) return std::nullopt;
  known_[node.output(0)] = *value;
  // Truths are no whole numbers to whoever reads the model: only what follows from them is said.
  return node.op_type() == "Equal" ? std::nullopt : value;
}

std::optional<ShapeValue> ShapeValues::Compute(const onnx::NodeProto& node) const {
  const std::string& kind = node.op_type();
  if (kind == "Constant") {
    for (const onnx::AttributeProto& one : node.attribute()) {
      if (one.name() == "value") return Read(one.t());
    }
    return std::nullopt;
  }
  if (kind == "Shape") {
    const auto shape = node.input_size() > 0 ? shapes_.find(node.input(0)) : shapes_.end();
    if (shape == shapes_.end()) return std::nullopt;
    return Sliced({.values = shape->second}, Attribute(node, "start", 0),
                  Attribute(node, "end", static_cast<std::int64_t>(shape->second.size())), 1);
  }
  if (kind == "Concat") {
    ShapeValue all;
    for (int i = 0; i < node.input_size(); ++i) {
      const ShapeValue* const one = Find(node, i);
      if (one == nullptr || !one->is_list) return std::nullopt;
      all.values.insert(all.values.end(), one->values.begin(), one->values.end());
    }
    return all;
  }
  const ShapeValue* const first = Find(node, 0);
  if (first == nullptr) return std::nullopt;
  const bool is_whole = Attribute(node, "to", onnx::TensorProto::INT64) == onnx::TensorProto::INT64;
  if (kind == "Identity" || (kind == "Cast" && is_whole)) return *first;
  if (kind == "Unsqueeze") {
    if (first->is_list) return std::nullopt;
    return ShapeValue{.values = first->values};
  }
  if (kind == "Squeeze" || kind == "Reshape") {
    const bool is_one = first->values.size() == 1;
    const ShapeValue* const to = Find(node, 1);
    if (kind == "Reshape" && (to == nullptr || to->values.size() > 1)) return std::nullopt;
    const bool is_list = kind == "Reshape" ? to->values.size() == 1 : false;
    if (!is_list && !is_one) return std::nullopt;
    return ShapeValue{.values = first->values, .is_list = is_list};
  }
  if (kind == "ConstantOfShape") {
    if (first->values.size() != 1 || first->values[0] < 0 ||
        first->values[0] > static_cast<std::int64_t>(kLongest)) {
      return std::nullopt;
    }
    std::int64_t fill = 0;
    for (const onnx::AttributeProto& one : node.attribute()) {
      const auto value = one.name() == "value" ? Read(one.t()) : std::nullopt;
      if (one.name() == "value" && (!value || value->values.size() != 1)) return std::nullopt;
      if (value) fill = value->values[0];
    }
    return ShapeValue{.values = Values(static_cast<std::size_t>(first->values[0]), fill)};
  }
  if (kind == "Slice") {
    const ShapeValue* const begin = Find(node, 1);
    const ShapeValue* const end = Find(node, 2);
    const ShapeValue* const step = Find(node, 4);
    if (begin == nullptr || end == nullptr || begin->values.size() != 1 ||
        end->values.size() != 1) {
      return std::nullopt;
    }
    if (node.input_size() > 4 && (step == nullptr || step->values.size() != 1)) return std::nullopt;
    return Sliced(*first, begin->values[0], end->values[0], step != nullptr ? step->values[0] : 1);
  }
  const ShapeValue* const second = Find(node, 1);
  if (second == nullptr) return std::nullopt;
  if (kind == "Gather") {
    const auto size = static_cast<std::int64_t>(first->values.size());
    ShapeValue picked{.values = {}, .is_list = second->is_list};
    for (const std::int64_t index : second->values) {
      const std::int64_t at = index < 0 ? index + size : index;
      if (at < 0 || at >= size) return std::nullopt;
      picked.values.push_back(first->values[static_cast<std::size_t>(at)]);
    }
    return picked;
  }
  if (kind == "Where") {
    const ShapeValue* const third = Find(node, 2);
    if (third == nullptr || third->values.size() != second->values.size() ||
        first->values.size() != second->values.size()) {
      return std::nullopt;
    }
    ShapeValue chosen = *second;
    for (std::size_t i = 0; i < chosen.values.size(); ++i) {
      if (first->values[i] == 0) chosen.values[i] = third->values[i];
    }
    return chosen;
  }
  return node.input_size() == 2 ? Elementwise(kind, *first, *second) : std::nullopt;
}

onnx::TensorProto ToTensor(const ShapeValue& value, const std::string& name) {
  onnx::TensorProto tensor;
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::INT64);
  if (value.is_list) tensor.add_dims(static_cast<std::int64_t>(value.values.size()));
  for (const std::int64_t one : value.values) tensor.add_int64_data(one);
  return tensor;
}

}  // namespace epochcost::estimate
