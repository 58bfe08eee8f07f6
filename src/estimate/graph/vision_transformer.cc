#include <utility>

#include "base/text.h"
#include "estimate/graph/image.h"
#include "estimate/graph/image_check.h"
#include "estimate/graph/operators.h"
#include "estimate/graph/transformer.h"
#include "estimate/graph/transformer_layer.h"

namespace epochcost::estimate {
namespace {

Block PatchBlock(const ImageModel& model, const VisionTransformerShape& shape) {
  const std::int64_t patches = (model.image / shape.patch) * (model.image / shape.patch);
  Block block{.path = "embedding"};
  block.input_elements = 3 * model.image * model.image;
  block.output_elements = (patches + 1) * shape.hidden;
  block.operators.push_back(Convolution("patches", patches, model.image * model.image,
                                        shape.patch * shape.patch, 3, shape.hidden, 1, true));
  Operator positions = Elementwise("positions", block.output_elements, block.output_elements);
  positions.parameters = (patches + 1) * shape.hidden + shape.hidden;  // and the class token
  positions.active_parameters = positions.parameters;
  block.operators.push_back(positions);
  return block;
}

Block HeadBlock(const ImageModel& model, const TransformerShape& layer) {
  Block block{.path = "head"};
  block.input_elements = layer.sequence * layer.hidden;
  block.operators.push_back(NormOf(layer, "norm", layer.sequence, layer.hidden));
  block.operators.push_back(Linear("fc", 1, layer.hidden, model.classes, true));
  block.operators.push_back(CrossEntropy("loss", 1, model.classes));
  return block;
}

}  // namespace

Result<Graph> VisionTransformer(const ImageModel& model, const VisionTransformerShape& shape) {
  if (auto ok = CheckImage(model, shape.patch); !ok) return tl::unexpected(ok.error());
  if (model.image % shape.patch != 0) {
    return Fail(ErrorCode::kInvalidInput,
                Say("image {} does not divide by patch {}", model.image, shape.patch),
                Say("{} cuts its picture into whole patches", model.name),
                Say("give a multiple: --image {}", model.image / shape.patch * shape.patch));
  }
  const std::int64_t side = model.image / shape.patch;
  const TransformerShape layer{.name = model.name,
                               .source = model.source,
                               .layers = shape.layers,
                               .hidden = shape.hidden,
                               .heads = shape.heads,
                               .ffn_hidden = shape.ffn_hidden,
                               .sequence = side * side + 1,
                               .has_bias = true,
                               .has_final_norm = false,
                               .is_causal = false,
                               .has_fused_attention = shape.has_fused_attention,
                               .head = Head::kNone};
  auto graph = Transformer(layer);
  if (!graph) return graph;
  graph->family = "vision transformer";
  graph->sample_unit = "image";
  graph->logits = model.classes;
  graph->blocks.insert(graph->blocks.begin(), PatchBlock(model, shape));
  graph->blocks.back() = HeadBlock(model, layer);
  return graph;
}

}  // namespace epochcost::estimate
