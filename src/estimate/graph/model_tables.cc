#include "estimate/graph/model_tables.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>
#include <vector>

#include "base/text.h"
#include "estimate/graph/image.h"
#include "estimate/graph/recommendation.h"
#include "estimate/graph/transformer.h"

namespace epochcost::estimate {
namespace {

using Keys = std::vector<std::string_view>;

// The keys that every row has, and those of its family.
void CheckRow(TableReader& reader, const toml::table& table, const Keys& own) {
  Keys keys = {"name", "title", "aliases", "parameters", "source", "date"};
  keys.insert(keys.end(), own.begin(), own.end());
  reader.CheckKeys(table, keys);
}

Positions ReadPositions(TableReader& reader, const toml::table& table) {
  const std::string text = reader.TextOr(table, "positions", "none");
  if (text == "learned") return Positions::kLearned;
  if (text == "relative") return Positions::kRelative;
  if (text != "none") {
    reader.Refuse(table, Say("{} cannot be '{}'", "positions", text.substr(0, 40)),
                  Say("it is one of: {}", "none, learned, relative"));
  }
  return Positions::kNone;
}

Head ReadHead(TableReader& reader, const toml::table& table) {
  const std::string text = reader.TextOr(table, "head", "language");
  if (text == "none") return Head::kNone;
  if (text == "masked") return Head::kMaskedLanguageModel;
  if (text != "language") {
    reader.Refuse(table, Say("{} cannot be '{}'", "head", text.substr(0, 40)),
                  Say("it is one of: {}", "none, language, masked"));
  }
  return Head::kLanguageModel;
}

Experts ReadExperts(TableReader& reader, const toml::table& table) {
  return {.count = reader.WholeOr(table, "experts", 0),
          .per_token = reader.WholeOr(table, "experts_per_token", 0),
          .ffn_hidden = reader.WholeOr(table, "expert_ffn_hidden", 0),
          .shared_ffn_hidden = reader.WholeOr(table, "shared_ffn_hidden", 0),
          .is_shared_gated = reader.FlagOr(table, "shared_gated", false),
          .has_router_bias = reader.FlagOr(table, "router_bias", false),
          .dense_layers = reader.WholeOr(table, "dense_layers", 0)};
}

LatentAttention ReadLatent(TableReader& reader, const toml::table& table) {
  return {.q_rank = reader.WholeOr(table, "q_rank", 0),
          .kv_rank = reader.WholeOr(table, "kv_rank", 0),
          .nope_dim = reader.WholeOr(table, "nope_dim", 0),
          .rope_dim = reader.WholeOr(table, "rope_dim", 0),
          .value_dim = reader.WholeOr(table, "value_dim", 0)};
}

Result<Graph> BuildTransformer(TableReader& reader, const ModelInfo& info, const toml::table& table,
                               const ModelOptions& options) {
  CheckRow(reader, table,
           {"layers",
            "hidden",
            "heads",
            "kv_heads",
            "head_dim",
            "ffn_hidden",
            "gated",
            "vocabulary",
            "sequence",
            "tied",
            "positions",
            "position_rows",
            "token_types",
            "embedding_norm",
            "bias",
            "qkv_bias",
            "norm_bias",
            "qk_norm",
            "norms_per_layer",
            "final_norm",
            "causal",
            "dropout",
            "head",
            "pooler",
            "encoder_layers",
            "encoder_sequence",
            "experts",
            "experts_per_token",
            "expert_ffn_hidden",
            "shared_ffn_hidden",
            "shared_gated",
            "router_bias",
            "dense_layers",
            "q_rank",
            "kv_rank",
            "nope_dim",
            "rope_dim",
            "value_dim"});
  const std::int64_t published = reader.WholeOr(table, "sequence", 0);
  TransformerShape shape{.name = info.name,
                         .source = info.source,
                         .layers = reader.WholeOr(table, "layers", 0),
                         .hidden = reader.WholeOr(table, "hidden", 0),
                         .heads = reader.WholeOr(table, "heads", 0),
                         .kv_heads = reader.WholeOr(table, "kv_heads", 0),
                         .head_dim = reader.WholeOr(table, "head_dim", 0),
                         .ffn_hidden = reader.WholeOr(table, "ffn_hidden", 0),
                         .is_gated = reader.FlagOr(table, "gated", false),
                         .vocabulary = reader.WholeOr(table, "vocabulary", 0),
                         .sequence = options.sequence.value_or(published),
                         .is_tied = reader.FlagOr(table, "tied", false),
                         .positions = ReadPositions(reader, table),
                         .position_rows = reader.WholeOr(table, "position_rows", published),
                         .token_types = reader.WholeOr(table, "token_types", 0),
                         .has_embedding_norm = reader.FlagOr(table, "embedding_norm", false),
                         .has_bias = reader.FlagOr(table, "bias", false),
                         .has_qkv_bias = reader.FlagOr(table, "qkv_bias", false),
                         .has_norm_bias = reader.FlagOr(table, "norm_bias", false),
                         .has_qk_norm = reader.FlagOr(table, "qk_norm", false),
                         .norms_per_layer = reader.WholeOr(table, "norms_per_layer", 2),
                         .has_final_norm = reader.FlagOr(table, "final_norm", true),
                         .is_causal = reader.FlagOr(table, "causal", true),
                         .has_fused_attention = options.has_fused_attention.value_or(true),
                         .has_dropout = reader.FlagOr(table, "dropout", false),
                         .head = ReadHead(reader, table),
                         .has_pooler = reader.FlagOr(table, "pooler", false),
                         .latent = ReadLatent(reader, table),
                         .experts = ReadExperts(reader, table),
                         .encoder_layers = reader.WholeOr(table, "encoder_layers", 0),
                         .encoder_sequence = reader.WholeOr(table, "encoder_sequence", 0)};
  // A longer sequence than published needs a longer table of positions.
  shape.position_rows = std::max(shape.position_rows, shape.sequence);
  if (reader.FirstError()) return tl::unexpected(*reader.FirstError());
  return Transformer(shape);
}

ImageModel ReadImage(TableReader& reader, const ModelInfo& info, const toml::table& table,
                     const ModelOptions& options) {
  return {.name = info.name,
          .source = info.source,
          .image = options.image.value_or(reader.WholeOr(table, "image", 224)),
          .classes = options.classes.value_or(reader.WholeOr(table, "classes", 1000))};
}

Result<Graph> BuildResNet(TableReader& reader, const ModelInfo& info, const toml::table& table,
                          const ModelOptions& options) {
  CheckRow(reader, table, {"depths", "bottleneck", "groups", "group_width", "image", "classes"});
  const ResNetShape shape{.depths = reader.Wholes(table, "depths"),
                          .is_bottleneck = reader.FlagOr(table, "bottleneck", true),
                          .groups = reader.WholeOr(table, "groups", 1),
                          .group_width = reader.WholeOr(table, "group_width", 64)};
  const ImageModel model = ReadImage(reader, info, table, options);
  if (reader.FirstError()) return tl::unexpected(*reader.FirstError());
  return ResNet(model, shape);
}

Result<Graph> BuildEfficientNet(TableReader& reader, const ModelInfo& info,
                                const toml::table& table, const ModelOptions& options) {
  CheckRow(reader, table, {"width_milli", "depth_milli", "image", "classes"});
  const EfficientNetShape shape{.width_milli = reader.WholeOr(table, "width_milli", 1000),
                                .depth_milli = reader.WholeOr(table, "depth_milli", 1000)};
  const ImageModel model = ReadImage(reader, info, table, options);
  if (reader.FirstError()) return tl::unexpected(*reader.FirstError());
  return EfficientNet(model, shape);
}

Result<Graph> BuildConvNext(TableReader& reader, const ModelInfo& info, const toml::table& table,
                            const ModelOptions& options) {
  CheckRow(reader, table, {"depths", "widths", "image", "classes"});
  const ConvNextShape shape{.depths = reader.Wholes(table, "depths"),
                            .widths = reader.Wholes(table, "widths")};
  const ImageModel model = ReadImage(reader, info, table, options);
  if (shape.depths.size() != shape.widths.size() || shape.widths.empty()) {
    reader.Refuse(table, Say("depths and widths are not equally many"));
  }
  if (reader.FirstError()) return tl::unexpected(*reader.FirstError());
  return ConvNext(model, shape);
}

Result<Graph> BuildVgg(TableReader& reader, const ModelInfo& info, const toml::table& table,
                       const ModelOptions& options) {
  CheckRow(reader, table, {"depths", "batch_norm", "image", "classes"});
  const VggShape shape{.depths = reader.Wholes(table, "depths"),
                       .has_batch_norm = reader.FlagOr(table, "batch_norm", false)};
  const ImageModel model = ReadImage(reader, info, table, options);
  if (reader.FirstError()) return tl::unexpected(*reader.FirstError());
  return Vgg(model, shape);
}

Result<Graph> BuildVisionTransformer(TableReader& reader, const ModelInfo& info,
                                     const toml::table& table, const ModelOptions& options) {
  CheckRow(reader, table, {"patch", "layers", "hidden", "heads", "ffn_hidden", "image", "classes"});
  const VisionTransformerShape shape{
      .patch = reader.WholeOr(table, "patch", 16),
      .layers = reader.WholeOr(table, "layers", 0),
      .hidden = reader.WholeOr(table, "hidden", 0),
      .heads = reader.WholeOr(table, "heads", 0),
      .ffn_hidden = reader.WholeOr(table, "ffn_hidden", 0),
      .has_fused_attention = options.has_fused_attention.value_or(true)};
  const ImageModel model = ReadImage(reader, info, table, options);
  if (reader.FirstError()) return tl::unexpected(*reader.FirstError());
  return VisionTransformer(model, shape);
}

Result<Graph> BuildDiffusion(TableReader& reader, const ModelInfo& info, const toml::table& table,
                             const ModelOptions& options) {
  CheckRow(reader, table,
           {"widths", "transformer_layers", "residuals", "context", "context_rows", "head_width",
            "heads", "added_embedding", "image"});
  const DiffusionShape shape{.widths = reader.Wholes(table, "widths"),
                             .transformer_layers = reader.Wholes(table, "transformer_layers"),
                             .residuals = reader.WholeOr(table, "residuals", 2),
                             .context = reader.WholeOr(table, "context", 768),
                             .context_rows = reader.WholeOr(table, "context_rows", 77),
                             .head_width = reader.WholeOr(table, "head_width", 64),
                             .heads = reader.WholeOr(table, "heads", 8),
                             .added_embedding = reader.WholeOr(table, "added_embedding", 0)};
  const ImageModel model = ReadImage(reader, info, table, options);
  if (shape.widths.size() != shape.transformer_layers.size() || shape.widths.empty()) {
    reader.Refuse(table, Say("widths and transformer_layers are not equally many"));
  }
  if (reader.FirstError()) return tl::unexpected(*reader.FirstError());
  return DiffusionUNet(model, shape);
}

Result<Graph> BuildRecommendation(TableReader& reader, const ModelInfo& info,
                                  const toml::table& table, const ModelOptions& /*options*/) {
  CheckRow(reader, table, {"dense", "table_rows", "width", "bottom", "top"});
  const RecommendationShape shape{.name = info.name,
                                  .source = info.source,
                                  .dense = reader.WholeOr(table, "dense", 13),
                                  .table_rows = reader.Wholes(table, "table_rows"),
                                  .width = reader.WholeOr(table, "width", 128),
                                  .bottom = reader.Wholes(table, "bottom"),
                                  .top = reader.Wholes(table, "top")};
  if (reader.FirstError()) return tl::unexpected(*reader.FirstError());
  return Recommendation(shape);
}

struct Family {
  std::string_view name;
  Result<Graph> (*build)(TableReader&, const ModelInfo&, const toml::table&, const ModelOptions&);
  bool has_sequence;
  bool has_image;
};
constexpr std::array kFamilies = {Family{"transformer", BuildTransformer, true, false},
                                  Family{"vision_transformer", BuildVisionTransformer, false, true},
                                  Family{"resnet", BuildResNet, false, true},
                                  Family{"efficientnet", BuildEfficientNet, false, true},
                                  Family{"convnext", BuildConvNext, false, true},
                                  Family{"vgg", BuildVgg, false, true},
                                  Family{"diffusion", BuildDiffusion, false, true},
                                  Family{"recommendation", BuildRecommendation, false, false}};

Result<void> CheckOptions(const ModelInfo& info, const Family& family,
                          const ModelOptions& options) {
  const auto refuse = [&](std::string_view option) -> Result<void> {
    return Fail(ErrorCode::kInvalidInput, Say("{} has no {}", info.title, option),
                Say("it is of the family {}", info.family), Say("leave out --{}", option));
  };
  if (options.sequence && !family.has_sequence) return refuse("sequence");
  if (options.image && !family.has_image) return refuse("image");
  if (options.classes && (!family.has_image || info.family == "diffusion")) {
    return refuse("classes");
  }
  return {};
}

}  // namespace

std::vector<std::string_view> FamilyNames() {
  std::vector<std::string_view> names;
  for (const Family& family : kFamilies) names.push_back(family.name);
  return names;
}

ModelInfo ReadInfo(TableReader& reader, const toml::table& table) {
  return {.name = reader.Text(table, "name"),
          .title = reader.Text(table, "title"),
          .aliases = reader.Texts(table, "aliases"),
          .family = {},
          .parameters = reader.MaybeScaled(table, "parameters", 1),
          .source = reader.Text(table, "source"),
          .date = reader.Text(table, "date")};
}

Result<Graph> BuildFromTable(const ModelInfo& info, const toml::table& table, std::string_view file,
                             const ModelOptions& options) {
  const auto* const family = std::ranges::find(kFamilies, info.family, &Family::name);
  assert(family != kFamilies.end());
  if (auto ok = CheckOptions(info, *family, options); !ok) return tl::unexpected(ok.error());
  TableReader reader(file);
  return family->build(reader, info, table, options);
}

}  // namespace epochcost::estimate
