#include "estimate/graph/hugging_face.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/nearest.h"
#include "base/text.h"
#include "estimate/graph/image.h"
#include "estimate/graph/transformer.h"
#include "estimate/json_object.h"

namespace epochcost::estimate {
namespace {

constexpr std::int64_t kLongestUnasked = 8192;

// What is taken from a config: the shape, and how long its sequences may be.
struct Taken {
  TransformerShape shape;
  std::int64_t longest = 0;
};

// The fields that Llama's descendants share.
Taken TakeLlama(ObjectReader& reader) {
  Taken taken;
  TransformerShape& shape = taken.shape;
  shape.layers = reader.Whole("num_hidden_layers");
  shape.hidden = reader.Whole("hidden_size");
  shape.heads = reader.Whole("num_attention_heads");
  shape.kv_heads = reader.WholeOr("num_key_value_heads", 0);
  shape.head_dim = reader.WholeOr("head_dim", 0);
  shape.ffn_hidden = reader.Whole("intermediate_size");
  shape.is_gated = true;
  shape.vocabulary = reader.Whole("vocab_size");
  shape.is_tied = reader.FlagOr("tie_word_embeddings", false);
  shape.has_qkv_bias = reader.FlagOr("attention_bias", false);
  shape.has_out_bias = shape.has_qkv_bias;
  taken.longest = reader.WholeOr("max_position_embeddings", 0);
  return taken;
}

Taken TakeQwen2(ObjectReader& reader) {
  Taken taken = TakeLlama(reader);
  taken.shape.has_qkv_bias = true;
  return taken;
}

Taken TakeQwen3(ObjectReader& reader) {
  Taken taken = TakeLlama(reader);
  taken.shape.has_qk_norm = true;
  return taken;
}

Taken TakeGemma(ObjectReader& reader) {
  Taken taken = TakeLlama(reader);
  taken.shape.is_tied = reader.FlagOr("tie_word_embeddings", true);
  return taken;
}

Taken TakeGemma2(ObjectReader& reader) {
  Taken taken = TakeGemma(reader);
  taken.shape.norms_per_layer = 4;
  return taken;
}

Taken TakeMixtral(ObjectReader& reader) {
  Taken taken = TakeLlama(reader);
  taken.shape.experts = {.count = reader.Whole("num_local_experts"),
                         .per_token = reader.Whole("num_experts_per_tok"),
                         .ffn_hidden = taken.shape.ffn_hidden};
  return taken;
}

void TakeQwenExperts(ObjectReader& reader, TransformerShape& shape) {
  shape.experts = {.count = reader.Whole("num_experts"),
                   .per_token = reader.Whole("num_experts_per_tok"),
                   .ffn_hidden = reader.Whole("moe_intermediate_size"),
                   .shared_ffn_hidden = reader.WholeOr("shared_expert_intermediate_size", 0)};
  shape.experts.is_shared_gated = shape.experts.shared_ffn_hidden > 0;
  if (reader.WholeOr("decoder_sparse_step", 1) != 1) {
    reader.Refuse(
        Say("{} cannot be {}", "decoder_sparse_step", reader.WholeOr("decoder_sparse_step", 1)),
        Say("experts in some layers only are not counted"));
  }
}

Taken TakeQwen2Experts(ObjectReader& reader) {
  Taken taken = TakeQwen2(reader);
  TakeQwenExperts(reader, taken.shape);
  return taken;
}

Taken TakeQwen3Experts(ObjectReader& reader) {
  Taken taken = TakeQwen3(reader);
  TakeQwenExperts(reader, taken.shape);
  return taken;
}

Taken TakeDeepSeek(ObjectReader& reader) {
  Taken taken = TakeLlama(reader);
  TransformerShape& shape = taken.shape;
  shape.head_dim = 0;
  const std::int64_t expert = reader.WholeOr("moe_intermediate_size", 0);
  if (reader.Has("n_routed_experts")) {
    shape.experts = {.count = reader.Whole("n_routed_experts"),
                     .per_token = reader.Whole("num_experts_per_tok"),
                     .ffn_hidden = expert,
                     .shared_ffn_hidden = expert * reader.WholeOr("n_shared_experts", 0),
                     .has_router_bias = reader.TextOr("topk_method", "") == "noaux_tc",
                     .dense_layers = reader.WholeOr("first_k_dense_replace", 0)};
  }
  if (reader.Has("kv_lora_rank")) {
    shape.latent = {.q_rank = reader.WholeOr("q_lora_rank", 0),
                    .kv_rank = reader.Whole("kv_lora_rank"),
                    .nope_dim = reader.Whole("qk_nope_head_dim"),
                    .rope_dim = reader.Whole("qk_rope_head_dim"),
                    .value_dim = reader.Whole("v_head_dim")};
  }
  return taken;
}

Taken TakeGpt2(ObjectReader& reader) {
  Taken taken;
  TransformerShape& shape = taken.shape;
  shape.layers = reader.Whole("n_layer");
  shape.hidden = reader.Whole("n_embd");
  shape.heads = reader.Whole("n_head");
  shape.ffn_hidden = reader.WholeOr("n_inner", 4 * shape.hidden);
  shape.vocabulary = reader.Whole("vocab_size");
  shape.is_tied = reader.FlagOr("tie_word_embeddings", true);
  shape.positions = Positions::kLearned;
  shape.position_rows = reader.Whole("n_positions");
  shape.has_bias = true;
  shape.has_dropout = true;
  taken.longest = shape.position_rows;
  return taken;
}

Taken TakeOpt(ObjectReader& reader) {
  Taken taken;
  TransformerShape& shape = taken.shape;
  shape.layers = reader.Whole("num_hidden_layers");
  shape.hidden = reader.Whole("hidden_size");
  shape.heads = reader.Whole("num_attention_heads");
  shape.ffn_hidden = reader.Whole("ffn_dim");
  shape.vocabulary = reader.Whole("vocab_size");
  shape.is_tied = true;
  shape.positions = Positions::kLearned;
  taken.longest = reader.Whole("max_position_embeddings");
  shape.position_rows = taken.longest + 2;
  shape.has_bias = true;
  return taken;
}

Taken TakeBloom(ObjectReader& reader) {
  Taken taken;
  TransformerShape& shape = taken.shape;
  shape.layers =
      reader.Has("n_layer") ? reader.Whole("n_layer") : reader.Whole("num_hidden_layers");
  shape.hidden = reader.Has("n_embed") ? reader.Whole("n_embed") : reader.Whole("hidden_size");
  shape.heads = reader.Has("n_head") ? reader.Whole("n_head") : reader.Whole("num_attention_heads");
  shape.ffn_hidden = 4 * shape.hidden;
  shape.vocabulary = reader.Whole("vocab_size");
  shape.is_tied = true;
  shape.has_bias = true;
  shape.has_embedding_norm = true;
  taken.longest = reader.WholeOr("seq_length", 2048);
  return taken;
}

Taken TakeNeoX(ObjectReader& reader) {
  Taken taken = TakeLlama(reader);
  taken.shape.is_gated = false;
  taken.shape.has_bias = true;
  return taken;
}

Taken TakeBert(ObjectReader& reader) {
  Taken taken;
  TransformerShape& shape = taken.shape;
  shape.layers = reader.Whole("num_hidden_layers");
  shape.hidden = reader.Whole("hidden_size");
  shape.heads = reader.Whole("num_attention_heads");
  shape.ffn_hidden = reader.Whole("intermediate_size");
  shape.vocabulary = reader.Whole("vocab_size");
  shape.is_tied = true;
  shape.positions = Positions::kLearned;
  shape.position_rows = reader.Whole("max_position_embeddings");
  shape.token_types = reader.WholeOr("type_vocab_size", 2);
  shape.has_embedding_norm = true;
  shape.has_bias = true;
  shape.has_final_norm = false;
  shape.is_causal = false;
  shape.has_dropout = true;
  shape.head = Head::kMaskedLanguageModel;
  shape.has_pooler = true;
  taken.longest = std::min<std::int64_t>(512, shape.position_rows);
  return taken;
}

Taken TakeRoberta(ObjectReader& reader) {
  Taken taken = TakeBert(reader);
  taken.shape.has_pooler = false;
  return taken;
}

Taken TakeT5(ObjectReader& reader) {
  Taken taken;
  TransformerShape& shape = taken.shape;
  shape.encoder_layers = reader.Whole("num_layers");
  shape.layers = reader.WholeOr("num_decoder_layers", shape.encoder_layers);
  shape.hidden = reader.Whole("d_model");
  shape.heads = reader.Whole("num_heads");
  shape.head_dim = reader.Whole("d_kv");
  shape.ffn_hidden = reader.Whole("d_ff");
  shape.is_gated = reader.TextOr("feed_forward_proj", "relu").starts_with("gated");
  shape.vocabulary = reader.Whole("vocab_size");
  shape.is_tied = reader.FlagOr("tie_word_embeddings", true);
  shape.positions = Positions::kRelative;
  shape.has_dropout = true;
  taken.longest = reader.WholeOr("n_positions", 512);
  shape.encoder_sequence = taken.longest;
  return taken;
}

struct Type {
  std::string_view name;
  Taken (*take)(ObjectReader&);
};
constexpr std::array kTypes = {Type{"llama", TakeLlama},
                               Type{"mistral", TakeLlama},
                               Type{"phi3", TakeLlama},
                               Type{"qwen2", TakeQwen2},
                               Type{"qwen3", TakeQwen3},
                               Type{"gemma", TakeGemma},
                               Type{"gemma2", TakeGemma2},
                               Type{"mixtral", TakeMixtral},
                               Type{"qwen2_moe", TakeQwen2Experts},
                               Type{"qwen3_moe", TakeQwen3Experts},
                               Type{"deepseek", TakeDeepSeek},
                               Type{"deepseek_v2", TakeDeepSeek},
                               Type{"deepseek_v3", TakeDeepSeek},
                               Type{"gpt2", TakeGpt2},
                               Type{"opt", TakeOpt},
                               Type{"bloom", TakeBloom},
                               Type{"gpt_neox", TakeNeoX},
                               Type{"bert", TakeBert},
                               Type{"roberta", TakeRoberta},
                               Type{"t5", TakeT5}};

Result<Graph> BuildVit(ObjectReader& reader, std::string name, std::string source,
                       const ModelOptions& options) {
  const ImageModel model{.name = std::move(name),
                         .source = std::move(source),
                         .image = options.image.value_or(reader.WholeOr("image_size", 224)),
                         .classes = options.classes.value_or(1000)};
  const VisionTransformerShape shape{
      .patch = reader.WholeOr("patch_size", 16),
      .layers = reader.Whole("num_hidden_layers"),
      .hidden = reader.Whole("hidden_size"),
      .heads = reader.Whole("num_attention_heads"),
      .ffn_hidden = reader.Whole("intermediate_size"),
      .has_fused_attention = options.has_fused_attention.value_or(true)};
  if (shape.patch < 1) reader.Refuse(Say("{} cannot be {}", "patch_size", shape.patch));
  if (reader.FirstError()) return tl::unexpected(*reader.FirstError());
  return VisionTransformer(model, shape);
}

Error UnknownType(std::string_view file, std::string_view type) {
  std::vector<std::string_view> names;
  for (const Type& each : kTypes) names.push_back(each.name);
  names.push_back("vit");
  const std::string_view nearest = Nearest(type, names);
  return {ErrorCode::kUnsupported,
          Say("{}: models of the type '{}' are not counted", file, type.substr(0, 60)),
          Say("there are: {}", fmt::join(names, ", ")),
          nearest.empty() ? Say("describe the module itself with ciuic_sdk.describe")
                          : Say("did you mean: {}", nearest)};
}

Result<std::int64_t> SequenceOf(const Taken& taken, std::string_view file,
                                const ModelOptions& options) {
  if (options.sequence) return *options.sequence;
  if (taken.longest >= 1 && taken.longest <= kLongestUnasked) return taken.longest;
  return Fail(ErrorCode::kInvalidInput, Say("{}: how long are the training's sequences?", file),
              taken.longest > 0 ? Say("the model allows up to {} tokens", taken.longest)
                                : Say("the config does not say"),
              Say("say it: --sequence 4096"));
}

}  // namespace

Result<Graph> ReadHuggingFaceConfig(std::string_view json, std::string_view file,
                                    const ModelOptions& options) {
  const auto config = ParseJson(json, file);
  if (!config) return tl::unexpected(config.error());
  ObjectReader reader(*config, file);
  if (!reader.Has("model_type")) {
    return Fail(ErrorCode::kInvalidInput, Say("{} is no model's config", file),
                Say("it has no model_type"),
                Say("take the config.json that lies beside the model's weights"));
  }
  const std::string type = reader.Text("model_type");
  if (reader.FirstError()) return tl::unexpected(*reader.FirstError());
  std::string name = reader.TextOr("_name_or_path", file);
  if (name.empty()) name = file;
  const std::string source = Say("{}, model_type {}", file, type);
  if (type == "vit") return BuildVit(reader, std::move(name), source, options);
  const auto* const known = std::ranges::find(kTypes, type, &Type::name);
  if (known == kTypes.end()) return tl::unexpected(UnknownType(file, type));
  Taken taken = known->take(reader);
  if (reader.FirstError()) return tl::unexpected(*reader.FirstError());
  if (options.image) {
    return Fail(ErrorCode::kInvalidInput, Say("{} has no {}", name, "image"),
                Say("it is of the family {}", type), Say("leave out --{}", "image"));
  }
  const auto sequence = SequenceOf(taken, file, options);
  if (!sequence) return tl::unexpected(sequence.error());
  taken.shape.name = std::move(name);
  taken.shape.source = source;
  taken.shape.sequence = *sequence;
  taken.shape.has_fused_attention = options.has_fused_attention.value_or(true);
  if (taken.shape.positions == Positions::kLearned && *sequence > taken.shape.position_rows) {
    return Fail(ErrorCode::kInvalidInput, Say("{} cannot be {}", "sequence", *sequence),
                Say("the model has positions for {} tokens", taken.shape.position_rows));
  }
  return Transformer(taken.shape);
}

}  // namespace epochcost::estimate
