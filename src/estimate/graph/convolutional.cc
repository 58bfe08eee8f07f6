// ResNet, EfficientNet, ConvNeXt, VGG.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "estimate/graph/image.h"
#include "estimate/graph/image_check.h"
#include "estimate/graph/image_writer.h"
#include "estimate/graph/operators.h"

namespace epochcost::estimate {
namespace {

void AddDownsample(ImageWriter& writer, const ImageSize& input, std::int64_t out,
                   std::int64_t stride) {
  if (stride == 1 && input.channels == out) return;
  writer.Branch(input);
  writer.Conv("downsample.conv", {.out = out, .stride = stride});
  writer.BatchNorm("downsample.norm");
}

void AddBottleneck(ImageWriter& writer, const ResNetShape& shape, std::int64_t planes,
                   std::int64_t stride) {
  const ImageSize input = writer.Size();
  const std::int64_t width = planes * shape.group_width / 64 * shape.groups;
  const std::int64_t out = 4 * planes;
  writer.Conv("conv1", {.out = width});
  writer.BatchNorm("norm1");
  writer.Relu("relu1");
  writer.Conv("conv2", {.out = width, .kernel = 3, .stride = stride, .groups = shape.groups});
  writer.BatchNorm("norm2");
  writer.Relu("relu2");
  writer.Conv("conv3", {.out = out});
  writer.BatchNorm("norm3");
  AddDownsample(writer, input, out, stride);
  writer.Residual("residual");
  writer.Relu("relu3");
}

void AddBasicBlock(ImageWriter& writer, std::int64_t planes, std::int64_t stride) {
  const ImageSize input = writer.Size();
  writer.Conv("conv1", {.out = planes, .kernel = 3, .stride = stride});
  writer.BatchNorm("norm1");
  writer.Relu("relu1");
  writer.Conv("conv2", {.out = planes, .kernel = 3});
  writer.BatchNorm("norm2");
  AddDownsample(writer, input, planes, stride);
  writer.Residual("residual");
  writer.Relu("relu2");
}

// Channels as a multiple of eight, at most a tenth below what was asked for.
std::int64_t RoundedChannels(std::int64_t channels, std::int64_t width_milli) {
  const double wanted = static_cast<double>(channels * width_milli) / 1000;
  auto rounded = static_cast<std::int64_t>(wanted + 4) / 8 * 8;
  rounded = std::max<std::int64_t>(8, rounded);
  if (static_cast<double>(rounded) < 0.9 * wanted) rounded += 8;
  return rounded;
}

struct MobileStage {
  std::int64_t repeats;
  std::int64_t kernel;
  std::int64_t stride;
  std::int64_t expansion;
  std::int64_t channels;
};

void AddInvertedResidual(ImageWriter& writer, const MobileStage& stage, std::int64_t stride,
                         std::int64_t out) {
  const ImageSize input = writer.Size();
  const std::int64_t inner = input.channels * stage.expansion;
  if (stage.expansion > 1) {
    writer.Conv("expand", {.out = inner});
    writer.BatchNorm("norm1");
    writer.Smooth("activation1");
  }
  writer.Conv("depthwise",
              {.out = inner, .kernel = stage.kernel, .stride = stride, .groups = inner});
  writer.BatchNorm("norm2");
  writer.Smooth("activation2");
  writer.SqueezeExcite("se", std::max<std::int64_t>(1, input.channels / 4), false);
  writer.Conv("project", {.out = out});
  writer.BatchNorm("norm3");
  if (stride == 1 && input.channels == out) writer.Residual("residual");
}

}  // namespace

Result<Graph> ResNet(const ImageModel& model, const ResNetShape& shape) {
  if (auto ok = CheckImage(model, 32); !ok) return tl::unexpected(ok.error());
  ImageWriter writer(model.name, model.source, {3, model.image, model.image});
  writer.Begin("stem", false);
  writer.Conv("conv", {.out = 64, .kernel = 7, .stride = 2});
  writer.BatchNorm("norm");
  writer.Relu("relu");
  writer.MaxPool("pool", 3, 2);
  for (std::size_t stage = 0; stage < shape.depths.size(); ++stage) {
    const std::int64_t planes = std::int64_t{64} << stage;
    for (std::int64_t i = 0; i < shape.depths[stage]; ++i) {
      writer.Begin(fmt::format("layer{}.{}", stage + 1, i), true);
      const std::int64_t stride = stage > 0 && i == 0 ? 2 : 1;
      if (shape.is_bottleneck) {
        AddBottleneck(writer, shape, planes, stride);
      } else {
        AddBasicBlock(writer, planes, stride);
      }
    }
  }
  writer.Begin("head", false);
  writer.GlobalPool("pool");
  writer.Linear("fc", model.classes);
  return std::move(writer).Finish(model.classes);
}

Result<Graph> EfficientNet(const ImageModel& model, const EfficientNetShape& shape) {
  constexpr std::array kStages = {MobileStage{1, 3, 1, 1, 16},  MobileStage{2, 3, 2, 6, 24},
                                  MobileStage{2, 5, 2, 6, 40},  MobileStage{3, 3, 2, 6, 80},
                                  MobileStage{3, 5, 1, 6, 112}, MobileStage{4, 5, 2, 6, 192},
                                  MobileStage{1, 3, 1, 6, 320}};
  if (auto ok = CheckImage(model, 32); !ok) return tl::unexpected(ok.error());
  ImageWriter writer(model.name, model.source, {3, model.image, model.image});
  writer.Begin("stem", false);
  writer.Conv("conv", {.out = RoundedChannels(32, shape.width_milli), .kernel = 3, .stride = 2});
  writer.BatchNorm("norm");
  writer.Smooth("activation");
  for (std::size_t stage = 0; stage < kStages.size(); ++stage) {
    const MobileStage& of = kStages.at(stage);
    const std::int64_t repeats = (of.repeats * shape.depth_milli + 999) / 1000;
    for (std::int64_t i = 0; i < repeats; ++i) {
      writer.Begin(fmt::format("blocks.{}.{}", stage, i), true);
      AddInvertedResidual(writer, of, i == 0 ? of.stride : 1,
                          RoundedChannels(of.channels, shape.width_milli));
    }
  }
  writer.Begin("head", false);
  writer.Conv("conv", {.out = RoundedChannels(1280, shape.width_milli)});
  writer.BatchNorm("norm");
  writer.Smooth("activation");
  writer.GlobalPool("pool");
  writer.Linear("fc", model.classes);
  return std::move(writer).Finish(model.classes);
}

Result<Graph> ConvNext(const ImageModel& model, const ConvNextShape& shape) {
  if (auto ok = CheckImage(model, 32); !ok) return tl::unexpected(ok.error());
  ImageWriter writer(model.name, model.source, {3, model.image, model.image});
  writer.Begin("stem", false);
  writer.Conv(
      "conv",
      {.out = shape.widths.at(0), .kernel = 4, .stride = 4, .has_bias = true, .padding = 0});
  writer.LayerNorm("norm");
  for (std::size_t stage = 0; stage < shape.depths.size(); ++stage) {
    const std::int64_t width = shape.widths.at(stage);
    if (stage > 0) {
      writer.Begin(fmt::format("stages.{}.downsample", stage), false);
      writer.LayerNorm("norm");
      writer.Conv("conv", {.out = width, .kernel = 2, .stride = 2, .has_bias = true, .padding = 0});
    }
    for (std::int64_t i = 0; i < shape.depths[stage]; ++i) {
      writer.Begin(fmt::format("stages.{}.blocks.{}", stage, i), true);
      writer.Conv("depthwise", {.out = width, .kernel = 7, .groups = width, .has_bias = true});
      writer.LayerNorm("norm");
      writer.Linear("up", 4 * width);
      writer.Smooth("activation");
      writer.Linear("down", width);
      Operator scale = Elementwise("scale", writer.Size().Elements(), writer.Size().Elements());
      scale.parameters = width;
      scale.active_parameters = width;
      scale.kept = writer.Size().Elements();
      writer.Add(std::move(scale));
      writer.Residual("residual");
    }
  }
  writer.Begin("head", false);
  writer.GlobalPool("pool");
  writer.LayerNorm("norm");
  writer.Linear("fc", model.classes);
  return std::move(writer).Finish(model.classes);
}

Result<Graph> Vgg(const ImageModel& model, const VggShape& shape) {
  if (auto ok = CheckImage(model, 32); !ok) return tl::unexpected(ok.error());
  ImageWriter writer(model.name, model.source, {3, model.image, model.image});
  for (std::size_t stage = 0; stage < shape.depths.size(); ++stage) {
    const std::int64_t width = std::min<std::int64_t>(512, std::int64_t{64} << stage);
    writer.Begin(fmt::format("stages.{}", stage), true);
    for (std::int64_t i = 0; i < shape.depths[stage]; ++i) {
      writer.Conv(fmt::format("conv{}", i), {.out = width, .kernel = 3, .has_bias = true});
      if (shape.has_batch_norm) writer.BatchNorm(fmt::format("norm{}", i));
      writer.Relu(fmt::format("relu{}", i));
    }
    writer.MaxPool("pool", 2, 2);
  }
  writer.Begin("head", false);
  const ImageSize pooled{writer.Size().channels * 49, 1, 1};
  writer.Add(Pool("pool", writer.Size().Elements(), pooled.Elements()));
  writer.Return(pooled);
  writer.Linear("fc1", 4096);
  writer.Relu("relu1");
  writer.Linear("fc2", 4096);
  writer.Relu("relu2");
  writer.Linear("fc3", model.classes);
  return std::move(writer).Finish(model.classes);
}

}  // namespace epochcost::estimate
