#include "estimate/graph/transformer.h"

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <utility>

#include "base/text.h"
#include "estimate/graph/operators.h"
#include "estimate/graph/transformer_layer.h"

namespace epochcost::estimate {
namespace {

struct Field {
  std::string_view name;
  std::int64_t value;
};

Result<void> CheckPositive(std::initializer_list<Field> fields) {
  constexpr std::int64_t kMost = 1'000'000'000;
  for (const Field& field : fields) {
    if (field.value < 1) {
      return Fail(ErrorCode::kInvalidInput, Say("{} cannot be {}", field.name, field.value),
                  Say("it is a whole number from 1 up"));
    }
    if (field.value > kMost) {
      return Fail(ErrorCode::kOverflow, Say("{} cannot be {}", field.name, field.value),
                  Say("no model is so large: at most {}", kMost));
    }
  }
  return {};
}

Result<void> CheckDivides(std::string_view whole_name, std::int64_t whole,
                          std::string_view part_name, std::int64_t part) {
  if (whole % part == 0) return {};
  return Fail(ErrorCode::kInvalidInput,
              Say("{} {} does not divide by {} {}", whole_name, whole, part_name, part),
              Say("every head has the same width"),
              Say("give a {} that is a multiple of {}, or head_dim", whole_name, part));
}

Result<void> CheckAttention(const TransformerShape& given) {
  if (given.latent.kv_rank > 0) {
    return CheckPositive({{"qk_nope_head_dim", given.latent.nope_dim},
                          {"qk_rope_head_dim", given.latent.rope_dim},
                          {"v_head_dim", given.latent.value_dim}});
  }
  if (given.head_dim == 0) {
    if (auto divides = CheckDivides("hidden", given.hidden, "heads", given.heads); !divides) {
      return divides;
    }
  }
  const TransformerShape shape = Completed(given);
  if (auto ok = CheckPositive({{"kv_heads", shape.kv_heads}, {"head_dim", shape.head_dim}}); !ok) {
    return ok;
  }
  return CheckDivides("heads", shape.heads, "kv_heads", shape.kv_heads);
}

Result<void> CheckExperts(const TransformerShape& shape) {
  const Experts& experts = shape.experts;
  if (experts.count == 0) return {};
  if (auto ok = CheckPositive({{"experts", experts.count},
                               {"experts_per_token", experts.per_token},
                               {"expert ffn_hidden", experts.ffn_hidden}});
      !ok) {
    return ok;
  }
  if (experts.per_token > experts.count) {
    return Fail(ErrorCode::kInvalidInput, Say("experts_per_token cannot be {}", experts.per_token),
                Say("there are {} experts", experts.count));
  }
  if (experts.dense_layers < 0 || experts.dense_layers > shape.layers) {
    return Fail(ErrorCode::kInvalidInput, Say("dense_layers cannot be {}", experts.dense_layers),
                Say("there are {} layers", shape.layers));
  }
  return {};
}

// The largest count of one operator, in floating point: above 2⁶² the integers would not hold it.
Result<void> CheckRange(const TransformerShape& shape) {
  const auto number = [](std::int64_t value) { return static_cast<double>(value); };
  const double rows = number(std::max(shape.sequence, shape.encoder_sequence));
  const double hidden = number(shape.hidden);
  const double heads = number(shape.heads) * number(std::max<std::int64_t>(shape.head_dim, 1));
  const double ffn = number(
      std::max({shape.ffn_hidden, shape.experts.shared_ffn_hidden,
                shape.experts.ffn_hidden * std::max<std::int64_t>(shape.experts.per_token, 1)}));
  const double widest = std::max({3 * heads, 2 * ffn, number(shape.vocabulary), hidden});
  const double tables = number(std::max<std::int64_t>(shape.experts.count, 1)) *
                        number(shape.experts.ffn_hidden) * hidden;
  const double most = std::max({16 * rows * hidden * widest, 16 * rows * rows * heads, 8 * tables});
  if (most < 4.6e18) return {};
  return Fail(ErrorCode::kOverflow,
              Say("model '{}' is too large to be counted", shape.name.substr(0, 60)),
              Say("one operator has about {:.1e} operations per sample", most),
              Say("check hidden, ffn_hidden, vocabulary and sequence"));
}

Result<void> Check(const TransformerShape& given) {
  if (auto ok = CheckPositive({{"layers", given.layers},
                               {"hidden", given.hidden},
                               {"heads", given.heads},
                               {"sequence", given.sequence}});
      !ok) {
    return ok;
  }
  const bool is_all_experts = given.experts.count > 0 && given.experts.dense_layers == 0;
  if (!is_all_experts) {
    if (auto ok = CheckPositive({{"ffn_hidden", given.ffn_hidden}}); !ok) return ok;
  }
  if (given.head != Head::kNone || given.vocabulary != 0) {
    if (auto ok = CheckPositive({{"vocabulary", given.vocabulary}}); !ok) return ok;
  }
  constexpr std::int64_t kMostLayers = 100'000;
  if (given.layers > kMostLayers || given.encoder_layers > kMostLayers) {
    return Fail(ErrorCode::kOverflow,
                Say("{} cannot be {}", "layers", std::max(given.layers, given.encoder_layers)),
                Say("no model is so large: at most {}", kMostLayers));
  }
  if (given.encoder_layers != 0) {
    if (auto ok = CheckPositive({{"encoder_layers", given.encoder_layers},
                                 {"encoder_sequence", given.encoder_sequence}});
        !ok) {
      return ok;
    }
  }
  if (auto ok = CheckAttention(given); !ok) return ok;
  if (auto ok = CheckExperts(given); !ok) return ok;
  return CheckRange(Completed(given));
}

Block LayerBlock(const TransformerShape& shape, std::string path, std::int64_t count,
                 std::int64_t rows) {
  Block block{.path = std::move(path), .count = count, .is_layer = true};
  block.input_elements = rows * shape.hidden;
  block.output_elements = rows * shape.hidden;
  return block;
}

Operator RelativePositions(const TransformerShape& shape, std::string name, std::int64_t rows) {
  constexpr std::int64_t kBuckets = 32;
  return Embedding(std::move(name), rows, kBuckets, shape.heads);
}

Block EmbeddingBlock(const TransformerShape& shape) {
  const std::int64_t rows = shape.sequence;
  const std::int64_t all_rows = rows + shape.encoder_sequence;
  Block block{.path = "embedding"};
  block.output_elements = rows * shape.hidden;
  Operator tokens = Embedding("tokens", all_rows, shape.vocabulary, shape.hidden);
  tokens.is_split = true;
  block.operators.push_back(tokens);
  if (shape.positions == Positions::kLearned) {
    block.operators.push_back(Embedding("positions", rows, shape.position_rows, shape.hidden));
  }
  if (shape.token_types > 0) {
    block.operators.push_back(Embedding("token_types", rows, shape.token_types, shape.hidden));
  }
  if (shape.has_embedding_norm) {
    block.operators.push_back(NormOf(shape, "norm", rows, shape.hidden));
  }
  if (shape.has_dropout) block.operators.push_back(Dropout("dropout", all_rows * shape.hidden));
  return block;
}

void AddEncoder(Graph& graph, const TransformerShape& shape) {
  const std::int64_t rows = shape.encoder_sequence;
  if (shape.positions == Positions::kRelative) {
    graph.blocks.push_back(
        {.path = "encoder_positions", .operators = {RelativePositions(shape, "bias", rows)}});
  }
  Block block = LayerBlock(shape, "encoder", shape.encoder_layers, rows);
  AddAttention(block.operators, shape, "attn", rows, rows, false);
  AddFeedForward(block.operators, shape, rows, shape.ffn_hidden);
  graph.blocks.push_back(std::move(block));
  graph.blocks.push_back(
      {.path = "encoder_head", .operators = {NormOf(shape, "norm", rows, shape.hidden)}});
}

void AddLayers(Graph& graph, const TransformerShape& shape) {
  const std::int64_t rows = shape.sequence;
  const bool has_encoder = shape.encoder_layers > 0;
  const std::int64_t dense = shape.experts.count > 0 ? shape.experts.dense_layers : shape.layers;
  const std::string path = has_encoder ? "decoder" : "layers";
  if (shape.positions == Positions::kRelative) {
    graph.blocks.push_back(
        {.path = path + "_positions", .operators = {RelativePositions(shape, "bias", rows)}});
  }
  if (dense > 0) {
    const bool is_mixed = dense < shape.layers;
    Block block = LayerBlock(shape, is_mixed ? "dense_" + path : path, dense, rows);
    AddAttention(block.operators, shape, "attn", rows, rows, shape.is_causal);
    if (has_encoder) {
      AddAttention(block.operators, shape, "cross", rows, shape.encoder_sequence, false);
    }
    AddFeedForward(block.operators, shape, rows, shape.ffn_hidden);
    graph.blocks.push_back(std::move(block));
  }
  if (dense < shape.layers) {
    Block block = LayerBlock(shape, path, shape.layers - dense, rows);
    AddAttention(block.operators, shape, "attn", rows, rows, shape.is_causal);
    AddExperts(block.operators, shape, rows);
    graph.blocks.push_back(std::move(block));
  }
}

Block HeadBlock(const TransformerShape& shape) {
  const std::int64_t rows = shape.sequence;
  Block block{.path = "head"};
  block.input_elements = rows * shape.hidden;
  if (shape.has_final_norm) block.operators.push_back(NormOf(shape, "norm", rows, shape.hidden));
  if (shape.has_pooler) {
    block.operators.push_back(Linear("pooler", 1, shape.hidden, shape.hidden, true));
    block.operators.push_back(Linear("next_sentence", 1, shape.hidden, 2, true));
  }
  if (shape.head == Head::kNone) return block;
  if (shape.head == Head::kMaskedLanguageModel) {
    block.operators.push_back(Linear("dense", rows, shape.hidden, shape.hidden, true));
    block.operators.push_back(Activation("activation", rows * shape.hidden));
    block.operators.push_back(NormOf(shape, "dense_norm", rows, shape.hidden));
  }
  Operator logits = Linear("logits", rows, shape.hidden, shape.vocabulary,
                           shape.head == Head::kMaskedLanguageModel);
  if (shape.is_tied) logits.parameters -= shape.hidden * shape.vocabulary;
  logits.active_parameters = logits.parameters;
  logits.is_split = true;
  block.operators.push_back(logits);
  Operator loss = CrossEntropy("loss", rows, shape.vocabulary);
  loss.is_split = true;
  loss.is_kept_split = true;
  block.operators.push_back(loss);
  return block;
}

}  // namespace

Result<Graph> Transformer(const TransformerShape& given) {
  if (auto ok = Check(given); !ok) return tl::unexpected(ok.error());
  const TransformerShape shape = Completed(given);
  Graph graph;
  graph.name = shape.name;
  graph.family = "transformer";
  graph.source = shape.source;
  graph.sample_unit = "sequence";
  graph.tokens_per_sample = shape.sequence;
  graph.hidden = shape.hidden;
  graph.vocabulary = shape.head == Head::kNone ? 0 : shape.vocabulary;
  graph.logits = graph.vocabulary * shape.sequence;
  graph.heads = shape.heads;
  graph.kv_heads = shape.kv_heads;
  graph.experts = shape.experts.count;
  if (shape.vocabulary > 0) graph.blocks.push_back(EmbeddingBlock(shape));
  if (shape.encoder_layers > 0) AddEncoder(graph, shape);
  AddLayers(graph, shape);
  graph.blocks.push_back(HeadBlock(shape));
  return graph;
}

}  // namespace epochcost::estimate
