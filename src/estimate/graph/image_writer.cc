#include "estimate/graph/image_writer.h"

#include <utility>

#include "estimate/graph/operators.h"

namespace epochcost::estimate {
namespace {

std::int64_t Shrunk(std::int64_t size, std::int64_t kernel, std::int64_t stride,
                    std::int64_t padding) {
  return (size + 2 * padding - kernel) / stride + 1;
}

}  // namespace

ImageWriter::ImageWriter(std::string name, std::string source, ImageSize size) : size_(size) {
  graph_.name = std::move(name);
  graph_.source = std::move(source);
  graph_.family = "convolutional";
  graph_.sample_unit = "image";
}

void ImageWriter::Begin(std::string path, bool is_layer) {
  if (!graph_.blocks.empty()) graph_.blocks.back().output_elements = size_.Elements();
  Block block{.path = std::move(path), .is_layer = is_layer};
  block.input_elements = size_.Elements();
  graph_.blocks.push_back(std::move(block));
}

void ImageWriter::Add(Operator op) {
  if (std::exchange(is_branch_, false)) op.kept = 0;
  graph_.blocks.back().operators.push_back(std::move(op));
}

void ImageWriter::Branch(const ImageSize& from) {
  size_ = from;
  is_branch_ = true;
}

void ImageWriter::Conv(std::string name, const ConvolutionShape& shape) {
  const std::int64_t padding = shape.padding < 0 ? (shape.kernel - 1) / 2 : shape.padding;
  const ImageSize out{shape.out, Shrunk(size_.height, shape.kernel, shape.stride, padding),
                      Shrunk(size_.width, shape.kernel, shape.stride, padding)};
  Add(Convolution(std::move(name), out.Pixels(), size_.Pixels(), shape.kernel * shape.kernel,
                  size_.channels, shape.out, shape.groups, shape.has_bias));
  size_ = out;
}

void ImageWriter::BatchNorm(std::string name) {
  Add(Norm(std::move(name), size_.Elements(), 2 * size_.channels));
}

void ImageWriter::LayerNorm(std::string name) {
  Add(Norm(std::move(name), size_.Elements(), 2 * size_.channels));
}

void ImageWriter::GroupNorm(std::string name) { LayerNorm(std::move(name)); }

void ImageWriter::Relu(std::string name) {
  Operator op = Activation(std::move(name), size_.Elements(), 1);
  op.kept = 0;
  Add(std::move(op));
}

void ImageWriter::Smooth(std::string name) { Add(Activation(std::move(name), size_.Elements())); }

void ImageWriter::MaxPool(std::string name, std::int64_t kernel, std::int64_t stride) {
  const std::int64_t padding = (kernel - 1) / 2;
  const std::int64_t before = size_.Elements();
  size_.height = Shrunk(size_.height, kernel, stride, padding);
  size_.width = Shrunk(size_.width, kernel, stride, padding);
  Operator op = Pool(std::move(name), before, size_.Elements());
  op.kept_bytes = 8 * size_.Elements();  // where the maxima stood
  Add(std::move(op));
}

void ImageWriter::GlobalPool(std::string name) {
  Operator op = Pool(std::move(name), size_.Elements(), size_.channels);
  op.kept = 0;  // an average needs no input again
  size_.height = 1;
  size_.width = 1;
  Add(std::move(op));
}

void ImageWriter::SqueezeExcite(const std::string& name, std::int64_t reduced, bool is_relu) {
  const ImageSize whole = size_;
  GlobalPool(name + ".pool");
  Conv(name + ".reduce", {.out = reduced, .has_bias = true});
  is_relu ? Relu(name + ".activation") : Smooth(name + ".activation");
  Conv(name + ".expand", {.out = whole.channels, .has_bias = true});
  Smooth(name + ".gate");
  size_ = whole;
  Operator scale = Elementwise(name + ".scale", whole.Elements(), whole.Elements());
  scale.backward_reads = 2 * whole.Elements();
  scale.kept = whole.Elements();
  Add(std::move(scale));
}

void ImageWriter::Residual(std::string name) {
  Add(estimate::Residual(std::move(name), size_.Elements()));
}

void ImageWriter::Linear(std::string name, std::int64_t out) {
  Add(estimate::Linear(std::move(name), size_.Pixels(), size_.channels, out, true));
  size_.channels = out;
}

Graph ImageWriter::Finish(std::int64_t classes) && {
  Add(CrossEntropy("loss", 1, classes));
  graph_.logits = classes;
  return std::move(*this).Finish();
}

Graph ImageWriter::Finish() && {
  graph_.blocks.back().output_elements = size_.Elements();
  return std::move(graph_);
}

}  // namespace epochcost::estimate
