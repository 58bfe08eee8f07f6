#pragma once
// The whole numbers that a model computes about its own shapes: what exporters write where a size
// was free. Part of libepochcost_onnx.so.

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace epochcost::estimate {

// A number, or a list of them.
struct ShapeValue {
  std::vector<std::int64_t> values;
  bool is_list = true;
};

class ShapeValues {
 public:
  // Known shapes by the tensor's name; looked at as it is when Evaluate is called.
  explicit ShapeValues(const std::map<std::string, std::vector<std::int64_t>>& shapes)
      : shapes_(shapes) {}

  void Note(const onnx::TensorProto& tensor);
  // What `node` gives, if that is whole numbers and everything that it needs is known. It is noted.
  std::optional<ShapeValue> Evaluate(const onnx::NodeProto& node);

 private:
  [[nodiscard]] const ShapeValue* Find(const onnx::NodeProto& node, int input) const;
  [[nodiscard]] std::optional<ShapeValue> Compute(const onnx::NodeProto& node) const;

  const std::map<std::string, std::vector<std::int64_t>>& shapes_;
  std::map<std::string, ShapeValue> known_;
};

// As a tensor that stands in the place of the node's output.
[[nodiscard]] onnx::TensorProto ToTensor(const ShapeValue& value, const std::string& name);

}  // namespace epochcost::estimate
