#pragma once
// Transformers: decoders (GPT, Llama, Mixtral, DeepSeek …), encoders (BERT) and both (T5).
//
// Sources of the counts: Vaswani et al. 2017 for the layer; Korthikanti et al. 2022 (arXiv
// 2205.05198) for what a layer keeps: s·b·h·(10 + 24/t + 5·a·s/(h·t)) bytes in 16 bit.

#include <cstdint>
#include <string>

#include "base/result.h"
#include "estimate/graph/graph.h"

namespace epochcost::estimate {

enum class Positions : std::uint8_t {
  kNone,      // rotary or ALiBi: no parameters
  kLearned,   // a table of `position_rows` rows
  kRelative,  // T5: 32 buckets × heads, once per stack
};

enum class Head : std::uint8_t {
  kNone,
  kLanguageModel,        // a product with the vocabulary
  kMaskedLanguageModel,  // BERT: dense, norm, product with the vocabulary and a bias
};

// Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434). kv_rank = 0: none.
struct LatentAttention {
  std::int64_t q_rank = 0;  // 0: the query is not compressed
  std::int64_t kv_rank = 0;
  std::int64_t nope_dim = 0;  // of a head's query and key, without rotation
  std::int64_t rope_dim = 0;  // with rotation; the key's is shared by the heads
  std::int64_t value_dim = 0;
};

// A mixture of experts in place of the feed-forward network. count = 0: none.
struct Experts {
  std::int64_t count = 0;
  std::int64_t per_token = 0;
  std::int64_t ffn_hidden = 0;         // of one expert
  std::int64_t shared_ffn_hidden = 0;  // of all shared experts together
  bool is_shared_gated = false;        // Qwen2-MoE: a gate of one output on the shared expert
  bool has_router_bias = false;        // DeepSeek-V3's correction bias
  std::int64_t dense_layers = 0;       // the first layers, that have no experts
};

struct TransformerShape {
  std::string name;
  std::string source;
  std::int64_t layers = 0;
  std::int64_t hidden = 0;
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;  // 0: as many as heads
  std::int64_t head_dim = 0;  // 0: hidden / heads
  std::int64_t ffn_hidden = 0;
  bool is_gated = false;  // SwiGLU, GEGLU: three matrices
  std::int64_t vocabulary = 0;
  std::int64_t sequence = 0;
  bool is_tied = false;  // head and embedding are one matrix
  Positions positions = Positions::kNone;
  std::int64_t position_rows = 0;  // 0: sequence
  std::int64_t token_types = 0;    // BERT: 2
  bool has_embedding_norm = false;
  bool has_bias = false;       // of all linear maps and norms
  bool has_qkv_bias = false;   // of the query, key and value only (Qwen2)
  bool has_out_bias = false;   // of the attention's output
  bool has_norm_bias = false;  // LayerNorm where the linear maps have no bias
  bool has_qk_norm = false;    // Qwen3: RMSNorm over the head dimension
  std::int64_t norms_per_layer = 2;
  bool has_final_norm = true;
  bool is_causal = true;
  bool has_fused_attention = true;  // flash: the scores are neither written nor kept
  bool has_dropout = false;
  Head head = Head::kLanguageModel;
  bool has_pooler = false;  // BERT
  LatentAttention latent;
  Experts experts;
  // An encoder before the decoder (T5): `layers` and `sequence` are the decoder's then.
  std::int64_t encoder_layers = 0;
  std::int64_t encoder_sequence = 0;
};

// Error kInvalidInput names the field: none or negative, heads that do not divide, more experts per
// token than there are; kOverflow where the counts of one layer leave 63 bits.
[[nodiscard]] Result<Graph> Transformer(const TransformerShape& shape);

}  // namespace epochcost::estimate
