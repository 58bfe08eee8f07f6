#pragma once
// Writes the operators of an image model in the order of its layers, and keeps the size of the
// picture as it goes. Private to the families of image models.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "estimate/graph/graph.h"

namespace epochcost::estimate {

struct ImageSize {
  std::int64_t channels = 3;
  std::int64_t height = 0;
  std::int64_t width = 0;
  [[nodiscard]] std::int64_t Pixels() const { return height * width; }
  [[nodiscard]] std::int64_t Elements() const { return channels * height * width; }
};

struct ConvolutionShape {
  std::int64_t out = 0;
  std::int64_t kernel = 1;
  std::int64_t stride = 1;
  std::int64_t groups = 1;
  bool has_bias = false;
  std::int64_t padding = -1;  // −1: half the kernel, so that stride 1 keeps the size
};

class ImageWriter {
 public:
  ImageWriter(std::string name, std::string source, ImageSize size);

  [[nodiscard]] const ImageSize& Size() const { return size_; }
  // What follows belongs to this block: "layer1.0". `is_layer` as Block's.
  void Begin(std::string path, bool is_layer);

  void Conv(std::string name, const ConvolutionShape& shape);
  void BatchNorm(std::string name);
  void LayerNorm(std::string name);  // over the channels
  void GroupNorm(std::string name);
  void Relu(std::string name);    // in place: keeps nothing of its own
  void Smooth(std::string name);  // SiLU, GELU: keeps its input
  void MaxPool(std::string name, std::int64_t kernel, std::int64_t stride);
  void GlobalPool(std::string name);
  // Two 1×1 convolutions of the mean, with biases; the picture is scaled by the outcome.
  void SqueezeExcite(const std::string& name, std::int64_t reduced, bool is_relu);
  void Residual(std::string name);
  void Linear(std::string name, std::int64_t out);  // over the channels, with a bias
  void Add(Operator op);
  // A branch off an earlier picture, whose first operator keeps nothing new.
  void Branch(const ImageSize& from);
  void Return(const ImageSize& to) { size_ = to; }

  // The loss over `classes`, and the graph.
  [[nodiscard]] Graph Finish(std::int64_t classes) &&;
  [[nodiscard]] Graph Finish() &&;

 private:
  Graph graph_;
  ImageSize size_;
  bool is_branch_ = false;
};

}  // namespace epochcost::estimate
