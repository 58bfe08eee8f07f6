// The U-Net of latent diffusion, as the diffusers library builds it.

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "estimate/graph/image.h"
#include "estimate/graph/image_check.h"
#include "estimate/graph/image_writer.h"
#include "estimate/graph/operators.h"
#include "estimate/graph/transformer_layer.h"

namespace epochcost::estimate {
namespace {

class UNetWriter {
 public:
  UNetWriter(const ImageModel& model, const DiffusionShape& shape)
      : shape_(shape),
        time_(4 * shape.widths.front()),
        writer_(model.name, model.source, {shape.latent_channels, model.image, model.image}) {}

  Graph Write() && {
    WriteStem();
    for (std::size_t stage = 0; stage < shape_.widths.size(); ++stage) WriteDown(stage);
    WriteMiddle();
    for (std::size_t stage = shape_.widths.size(); stage-- > 0;) WriteUp(stage);
    writer_.Begin("head", false);
    writer_.GroupNorm("norm");
    writer_.Smooth("activation");
    writer_.Conv("conv", {.out = shape_.latent_channels, .kernel = 3, .has_bias = true});
    Operator loss = Elementwise("loss", 2 * writer_.Size().Elements(), 1, 2);
    loss.kind = OpKind::kLoss;
    loss.kept = writer_.Size().Elements();
    writer_.Add(std::move(loss));
    Graph graph = std::move(writer_).Finish();
    graph.family = "diffusion";
    return graph;
  }

 private:
  void WriteStem() {
    const std::int64_t width = shape_.widths.front();
    writer_.Begin("stem", false);
    writer_.Add(Linear("time1", 1, width, time_, true));
    writer_.Add(Linear("time2", 1, time_, time_, true));
    if (shape_.added_embedding > 0) {
      writer_.Add(Linear("added1", 1, shape_.added_embedding, time_, true));
      writer_.Add(Linear("added2", 1, time_, time_, true));
    }
    writer_.Conv("conv", {.out = width, .kernel = 3, .has_bias = true});
    skips_.push_back(writer_.Size());
  }

  void WriteDown(std::size_t stage) {
    for (std::int64_t i = 0; i < shape_.residuals; ++i) {
      writer_.Begin(fmt::format("down.{}.{}", stage, i), true);
      AddResidual("residual", shape_.widths[stage]);
      AddTransformer(shape_.transformer_layers[stage]);
      skips_.push_back(writer_.Size());
    }
    if (stage + 1 == shape_.widths.size()) return;
    writer_.Begin(fmt::format("down.{}.downsample", stage), false);
    writer_.Conv("conv", {.out = shape_.widths[stage], .kernel = 3, .stride = 2, .has_bias = true});
    skips_.push_back(writer_.Size());
  }

  void WriteMiddle() {
    const std::int64_t width = shape_.widths.back();
    writer_.Begin("middle", true);
    AddResidual("residual1", width);
    // A last stage without attention has it in the middle all the same.
    AddTransformer(std::max<std::int64_t>(1, shape_.transformer_layers.back()));
    AddResidual("residual2", width);
  }

  void WriteUp(std::size_t stage) {
    for (std::int64_t i = 0; i <= shape_.residuals; ++i) {
      const ImageSize skip = skips_.back();
      skips_.pop_back();
      writer_.Begin(fmt::format("up.{}.{}", stage, i), true);
      writer_.Return({writer_.Size().channels + skip.channels, skip.height, skip.width});
      AddResidual("residual", shape_.widths[stage]);
      AddTransformer(shape_.transformer_layers[stage]);
    }
    if (stage == 0) return;
    writer_.Begin(fmt::format("up.{}.upsample", stage), false);
    writer_.Return({writer_.Size().channels, skips_.back().height, skips_.back().width});
    writer_.Conv("conv", {.out = shape_.widths[stage], .kernel = 3, .has_bias = true});
  }

  void AddResidual(const std::string& name, std::int64_t out) {
    const ImageSize input = writer_.Size();
    writer_.GroupNorm(name + ".norm1");
    writer_.Smooth(name + ".activation1");
    writer_.Conv(name + ".conv1", {.out = out, .kernel = 3, .has_bias = true});
    writer_.Add(Linear(name + ".time", 1, time_, out, true));
    writer_.GroupNorm(name + ".norm2");
    writer_.Smooth(name + ".activation2");
    writer_.Conv(name + ".conv2", {.out = out, .kernel = 3, .has_bias = true});
    if (input.channels != out) {
      writer_.Branch(input);
      writer_.Conv(name + ".shortcut", {.out = out, .has_bias = true});
    }
    writer_.Residual(name + ".sum");
  }

  void AddTransformer(std::int64_t layers) {
    if (layers == 0) return;
    const std::int64_t width = writer_.Size().channels;
    const std::int64_t rows = writer_.Size().Pixels();
    writer_.GroupNorm("attention.norm");
    writer_.Add(Linear("attention.in", rows, width, width, true));
    for (std::int64_t i = 0; i < layers; ++i) {
      const std::string prefix = fmt::format("attention.{}", i);
      AddAttentionTo(prefix + ".self", rows, rows, width);
      AddAttentionTo(prefix + ".cross", rows, shape_.context_rows, shape_.context);
      writer_.LayerNorm(prefix + ".mlp_norm");
      writer_.Add(Linear(prefix + ".gate_up", rows, width, 8 * width, true));
      Operator gate = Elementwise(prefix + ".gate", 8 * rows * width, 4 * rows * width, 9);
      gate.kept = 8 * rows * width;
      writer_.Add(std::move(gate));
      writer_.Add(Linear(prefix + ".down", rows, 4 * width, width, true));
      writer_.Residual(prefix + ".mlp_sum");
    }
    writer_.Add(Linear("attention.out", rows, width, width, true));
    writer_.Residual("attention.sum");
  }

  void AddAttentionTo(const std::string& name, std::int64_t rows, std::int64_t memory_rows,
                      std::int64_t memory_width) {
    const std::int64_t width = writer_.Size().channels;
    const std::int64_t heads = shape_.head_width > 0 ? width / shape_.head_width : shape_.heads;
    const TransformerShape of = Completed({.hidden = width, .heads = heads, .is_causal = false});
    writer_.LayerNorm(name + "_norm");
    writer_.Add(Linear(name + ".q", rows, width, width, false));
    writer_.Add(Linear(name + ".kv", memory_rows, memory_width, 2 * width, false));
    Operator core = FusedAttention(of, name + ".core", rows, memory_rows, false);
    core.is_selective = true;
    core.kept = (rows + 2 * memory_rows) * width;
    writer_.Add(std::move(core));
    writer_.Add(Linear(name + ".out", rows, width, width, true));
    writer_.Residual(name + "_sum");
  }

  DiffusionShape shape_;
  std::int64_t time_;
  ImageWriter writer_;
  std::vector<ImageSize> skips_;
};

}  // namespace

Result<Graph> DiffusionUNet(const ImageModel& model, const DiffusionShape& shape) {
  const std::int64_t stages = static_cast<std::int64_t>(shape.widths.size());
  const std::int64_t multiple = std::int64_t{1} << (stages - 1);
  if (auto ok = CheckImage(model, multiple); !ok) return tl::unexpected(ok.error());
  if (model.image % multiple != 0) {
    return Fail(ErrorCode::kInvalidInput,
                Say("image {} does not divide by {}", model.image, multiple),
                Say("{} halves its picture {} times and doubles it again", model.name, stages - 1),
                Say("give a multiple: --image {}", (model.image / multiple + 1) * multiple));
  }
  return UNetWriter(model, shape).Write();
}

}  // namespace epochcost::estimate
