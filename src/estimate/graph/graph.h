#pragma once
// A model as operators with shapes: what one training step computes, moves and keeps.
//
// Counts are of one sample (one image, one sequence) and grow linearly with the batch. A
// multiply–add is two operations. A model that repeats a layer says it once, with how often: a
// Block; whoever wants single layers multiplies or walks.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/wide.h"

namespace epochcost::estimate {

enum class OpKind : std::uint8_t {
  kGemm,       // a product with parameters: Linear, 1×1 convolution
  kAttention,  // scores, softmax and weighted sum of the values; no parameters
  kConvolution,
  kDepthwiseConvolution,
  kNorm,
  kElementwise,  // activations, residual sums, scalings
  kSoftmax,
  kDropout,
  kEmbedding,  // rows looked up
  kPool,
  kRouter,  // chooses experts
  kLoss,
};
inline constexpr std::size_t kOpKindCount = 12;
[[nodiscard]] std::string_view Name(OpKind kind);  // "gemm", "depthwise_convolution"
[[nodiscard]] std::optional<OpKind> ParseOpKind(std::string_view name);

// Whether its operations are matrix products, which the matrix units compute at the peaks that data
// sheets print. All other operations run on vector units and mostly wait for memory.
[[nodiscard]] constexpr bool IsMatrix(OpKind kind) {
  return kind == OpKind::kGemm || kind == OpKind::kAttention || kind == OpKind::kConvolution ||
         kind == OpKind::kDepthwiseConvolution || kind == OpKind::kRouter;
}

// `batch` products C[m×n] = A[m×k] · B[k×n]. Of a sample: m (batch = 1, or experts) grows with the
// batch where B is parameters; `batch` grows where it is not (attention). 0 where it is no GEMM. A
// convolution is given as the product that it is (m output pixels, n channels of a group out, k
// window × channels of a group in, batch groups).
struct GemmShape {
  std::int64_t batch = 0;
  std::int64_t m = 0;
  std::int64_t n = 0;
  std::int64_t k = 0;
  friend bool operator==(const GemmShape&, const GemmShape&) = default;
};

struct Operator {
  std::string name;  // within its block: "attn.qkv"
  OpKind kind = OpKind::kElementwise;
  GemmShape gemm;

  // Operations. Attention is counted in full, as the published utilisations do; where `is_causal`,
  // a kernel can leave out half of it.
  std::int64_t forward_ops = 0;
  std::int64_t backward_ops = 0;
  bool is_causal = false;

  std::int64_t parameters = 0;
  std::int64_t active_parameters = 0;  // of them, those that one token visits; less with experts
  // Elements of activations read and written; parameters come on top, once per pass.
  std::int64_t forward_reads = 0;
  std::int64_t forward_writes = 0;
  std::int64_t backward_reads = 0;
  std::int64_t backward_writes = 0;
  // Kept from the forward for the backward pass: elements in the activations' precision, and bytes
  // whatever the precision (masks, statistics, indices). A tensor that two operators need is
  // counted with the first of them.
  std::int64_t kept = 0;
  std::int64_t kept_bytes = 0;

  // Selective recomputation drops `kept` and computes the forward operations again.
  bool is_selective = false;
  // Tensor parallelism divides the operations and parameters by its degree; and `kept`, if so said,
  // also without sequence parallelism.
  bool is_split = false;
  bool is_kept_split = false;
  // Its parameters belong to experts: expert parallelism divides them. Operations are those of the
  // experts that a token visits.
  bool is_expert = false;
};

// Operators that stand `count` times in a row, with equal shapes: "layers", 96.
struct Block {
  std::string path;  // "layers"; "stages.0.blocks.2" where count is 1
  std::int64_t count = 1;
  bool is_layer = false;  // a unit that pipelines cut at and full recomputation keeps the input of
  std::int64_t input_elements = 0;   // per sample
  std::int64_t output_elements = 0;  // per sample
  std::vector<Operator> operators;
};

struct Graph {
  std::string name;
  std::string family;       // "transformer", "convolutional", "recommendation", "traced"
  std::string source;       // where the configuration was published
  std::string sample_unit;  // "sequence", "image"
  std::int64_t tokens_per_sample = 1;
  std::int64_t hidden = 0;      // of a transformer
  std::int64_t vocabulary = 0;  // of a language model's head; 0 where there is none
  std::int64_t logits = 0;      // elements of the last product, per sample
  std::int64_t heads = 0;       // what tensor parallelism must divide; 0: no transformer
  std::int64_t kv_heads = 0;
  std::int64_t experts = 0;
  std::int64_t parameter_tensors = 0;  // that an optimizer updates one by one; 0: nobody said
  std::string uncounted;  // kinds of operators that a file has and nobody counts, in words
  // Of parameters that two operators share (tied embeddings) the second says 0.
  std::vector<Block> blocks;
};

// Sums over all operators of a graph, per sample.
struct Totals {
  Wide parameters = 0;
  Wide active_parameters = 0;  // of a mixture: those that one token visits
  Wide forward_ops = 0;
  Wide backward_ops = 0;
  Wide matrix_forward = 0;  // of these, matrix products
  Wide matrix_backward = 0;
  Wide attention_forward = 0;
  Wide kept = 0;
  Wide kept_bytes = 0;
};
[[nodiscard]] Totals Sum(const Graph& graph);
[[nodiscard]] Totals Sum(const Block& block);  // with its count

// "layers.3.attn.qkv": the path of an operator in the `index`th repetition of its block.
[[nodiscard]] std::string PathOf(const Block& block, std::int64_t index, const Operator& op);

// Layers of a graph: the repetitions of its blocks that are layers.
[[nodiscard]] std::int64_t LayerCount(const Graph& graph);

// Operations of a training step per sample, as published utilisations count them.
//   SixN:      6·N·s + 3 × attention, N all parameters: the MPT tables (and PaLM, appendix B)
//   Products:  forward and backward matrix products: Megatron's and Korthikanti's MFU
//   Hardware:  with what is computed again: the whole layers, or what is selective
[[nodiscard]] Wide SixNOps(const Graph& graph);
[[nodiscard]] Wide ProductOps(const Graph& graph);
[[nodiscard]] Wide FullRecomputeOps(const Graph& graph);
[[nodiscard]] Wide SelectiveRecomputeOps(const Graph& graph);

}  // namespace epochcost::estimate
