#pragma once
// Image models, operator by operator, as torchvision and timm build them.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "estimate/graph/graph.h"

namespace epochcost::estimate {

struct ImageModel {
  std::string name;
  std::string source;
  std::int64_t image = 224;  // height and width
  std::int64_t classes = 1000;
};

// He et al. 2015 (v1.5: the stride is in the 3×3 convolution); Xie et al. 2017 for the groups.
struct ResNetShape {
  std::vector<std::int64_t> depths;  // of the four stages
  bool is_bottleneck = true;
  std::int64_t groups = 1;
  std::int64_t group_width = 64;
};
[[nodiscard]] Result<Graph> ResNet(const ImageModel& model, const ResNetShape& shape);

// Tan and Le 2019. The multipliers in thousandths: B4 is 1400, 1800.
struct EfficientNetShape {
  std::int64_t width_milli = 1000;
  std::int64_t depth_milli = 1000;
};
[[nodiscard]] Result<Graph> EfficientNet(const ImageModel& model, const EfficientNetShape& shape);

// Liu et al. 2022.
struct ConvNextShape {
  std::vector<std::int64_t> depths;
  std::vector<std::int64_t> widths;
};
[[nodiscard]] Result<Graph> ConvNext(const ImageModel& model, const ConvNextShape& shape);

// Dosovitskiy et al. 2020: a class token, learned positions.
struct VisionTransformerShape {
  std::int64_t patch = 16;
  std::int64_t layers = 12;
  std::int64_t hidden = 768;
  std::int64_t heads = 12;
  std::int64_t ffn_hidden = 3072;
  bool has_fused_attention = true;
};
[[nodiscard]] Result<Graph> VisionTransformer(const ImageModel& model,
                                              const VisionTransformerShape& shape);

// Simonyan and Zisserman 2014: convolutions per stage.
struct VggShape {
  std::vector<std::int64_t> depths;
  bool has_batch_norm = false;
};
[[nodiscard]] Result<Graph> Vgg(const ImageModel& model, const VggShape& shape);

// The U-Net of a latent diffusion model (Rombach et al. 2022): `image` is the latent's size. Cross
// attention to `context_rows` rows of `context` in every stage with transformer layers.
struct DiffusionShape {
  std::vector<std::int64_t> widths;              // of the stages
  std::vector<std::int64_t> transformer_layers;  // per attention, by stage; 0: none
  std::int64_t residuals = 2;                    // per stage
  std::int64_t latent_channels = 4;
  std::int64_t context = 768;
  std::int64_t context_rows = 77;
  std::int64_t head_width = 64;  // 0: `heads` of them
  std::int64_t heads = 8;
  bool is_linear_projection = false;
  std::int64_t added_embedding = 0;  // SDXL: the width of the added conditions
};
[[nodiscard]] Result<Graph> DiffusionUNet(const ImageModel& model, const DiffusionShape& shape);

}  // namespace epochcost::estimate
