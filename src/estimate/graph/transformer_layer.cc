#include "estimate/graph/transformer_layer.h"

#include <utility>

#include "estimate/graph/operators.h"

namespace epochcost::estimate {
namespace {

Operator Split(Operator op, bool is_kept_split) {
  op.is_split = true;
  op.is_kept_split = is_kept_split;
  return op;
}

Operator Selective(Operator op) {
  op.is_selective = true;
  return op;
}

// `heads` products of `rows` × `memory_rows` × `width`.
Operator HeadProduct(std::string name, std::int64_t heads, std::int64_t rows,
                     std::int64_t memory_rows, std::int64_t width, bool is_causal) {
  Operator op;
  op.name = std::move(name);
  op.kind = OpKind::kAttention;
  op.gemm = {.batch = heads, .m = rows, .n = memory_rows, .k = width};
  op.forward_ops = 2 * heads * rows * memory_rows * width;
  op.backward_ops = 2 * op.forward_ops;
  op.is_causal = is_causal;
  return op;
}

struct HeadWidths {
  std::int64_t key;
  std::int64_t value;
};

HeadWidths WidthsOf(const TransformerShape& shape) {
  if (shape.latent.kv_rank == 0) return {shape.head_dim, shape.head_dim};
  return {shape.latent.nope_dim + shape.latent.rope_dim, shape.latent.value_dim};
}

// Scores, softmax, dropout and the weighted sum as kernels of their own: the matrix of scores is
// written and kept.
void AddUnfusedCore(std::vector<Operator>& out, const TransformerShape& shape,
                    const std::string& prefix, std::int64_t rows, std::int64_t memory_rows,
                    bool is_causal) {
  const HeadWidths width = WidthsOf(shape);
  const std::int64_t heads = shape.heads;
  const std::int64_t scores = heads * rows * memory_rows;
  const std::int64_t queries = rows * heads * width.key;
  const std::int64_t keys = memory_rows * shape.kv_heads * width.key;
  const std::int64_t values = memory_rows * shape.kv_heads * width.value;
  Operator product =
      HeadProduct(prefix + ".scores", heads, rows, memory_rows, width.key, is_causal);
  product.forward_reads = queries + keys;
  product.forward_writes = scores;
  product.backward_reads = queries + keys + 2 * scores;
  product.backward_writes = queries + keys;
  out.push_back(Selective(Split(product, true)));

  Operator softmax = Elementwise(prefix + ".softmax", scores, scores, 5);
  softmax.kind = OpKind::kSoftmax;
  softmax.backward_reads = 2 * scores;
  softmax.kept = scores;
  out.push_back(Selective(Split(softmax, true)));
  if (shape.has_dropout) {
    out.push_back(Selective(Split(Dropout(prefix + ".dropout", scores), true)));
  }
  Operator sum = HeadProduct(prefix + ".context", heads, rows, memory_rows, width.value, is_causal);
  sum.gemm = {.batch = heads, .m = rows, .n = width.value, .k = memory_rows};
  sum.forward_reads = scores + values;
  sum.forward_writes = rows * heads * width.value;
  sum.backward_reads = 2 * rows * heads * width.value + scores + values;
  sum.backward_writes = scores + values;
  sum.kept = shape.has_dropout ? scores : 0;  // else the softmax's output is its input
  out.push_back(Selective(Split(sum, true)));
}

// Queries, keys and values as heads, rotated where positions are; they are kept.
Operator Heads(const TransformerShape& shape, const std::string& prefix, std::int64_t rows,
               std::int64_t memory_rows) {
  const HeadWidths width = WidthsOf(shape);
  const std::int64_t elements =
      rows * shape.heads * width.key + memory_rows * shape.kv_heads * (width.key + width.value);
  Operator op = Elementwise(prefix + ".heads", elements, elements, 3);
  op.kept = elements;
  return Split(op, true);
}

void AddLatentProjections(std::vector<Operator>& out, const TransformerShape& shape,
                          const std::string& prefix, std::int64_t rows) {
  const LatentAttention& latent = shape.latent;
  const std::int64_t queries = shape.heads * (latent.nope_dim + latent.rope_dim);
  if (latent.q_rank > 0) {
    out.push_back(
        Linear(prefix + ".q_down", rows, shape.hidden, latent.q_rank, shape.has_qkv_bias));
    out.push_back(NormOf(shape, prefix + ".q_norm", rows, latent.q_rank));
    out.push_back(Split(Linear(prefix + ".q_up", rows, latent.q_rank, queries, false), false));
  } else {
    out.push_back(Split(Linear(prefix + ".q", rows, shape.hidden, queries, false), false));
  }
  out.push_back(Linear(prefix + ".kv_down", rows, shape.hidden, latent.kv_rank + latent.rope_dim,
                       shape.has_qkv_bias));
  out.push_back(NormOf(shape, prefix + ".kv_norm", rows, latent.kv_rank));
  out.push_back(Split(Linear(prefix + ".kv_up", rows, latent.kv_rank,
                             shape.heads * (latent.nope_dim + latent.value_dim), false),
                      false));
}

void AddProjections(std::vector<Operator>& out, const TransformerShape& shape,
                    const std::string& prefix, std::int64_t rows, std::int64_t memory_rows,
                    bool is_cross) {
  const bool has_bias = shape.has_bias || shape.has_qkv_bias;
  const std::int64_t queries = shape.heads * shape.head_dim;
  const std::int64_t memory = 2 * shape.kv_heads * shape.head_dim;
  if (is_cross) {
    out.push_back(Split(Linear(prefix + ".q", rows, shape.hidden, queries, has_bias), false));
    out.push_back(
        Split(Linear(prefix + ".kv", memory_rows, shape.hidden, memory, has_bias), false));
  } else {
    out.push_back(
        Split(Linear(prefix + ".qkv", rows, shape.hidden, queries + memory, has_bias), false));
  }
  if (!shape.has_qk_norm) return;
  out.push_back(Split(Norm(prefix + ".q_norm", rows * queries, shape.head_dim), true));
  out.push_back(Split(Norm(prefix + ".k_norm", memory_rows * memory / 2, shape.head_dim), true));
}

Operator ExpertLinear(std::string name, const Experts& experts, std::int64_t rows, std::int64_t in,
                      std::int64_t out) {
  const std::int64_t visits = rows * experts.per_token;
  Operator op = Linear(std::move(name), visits, in, out, false);
  op.active_parameters = op.parameters * experts.per_token;
  op.parameters *= experts.count;
  op.gemm = {
      .batch = experts.count, .m = (visits + experts.count - 1) / experts.count, .n = out, .k = in};
  op.is_expert = true;
  return op;
}

}  // namespace

Operator FusedAttention(const TransformerShape& shape, const std::string& name, std::int64_t rows,
                        std::int64_t memory_rows, bool is_causal) {
  const HeadWidths width = WidthsOf(shape);
  const std::int64_t heads = shape.heads;
  Operator op = HeadProduct(name, heads, rows, memory_rows, width.key + width.value, is_causal);
  op.gemm.k = width.key;
  const std::int64_t queries = rows * heads * width.key;
  const std::int64_t memory = memory_rows * shape.kv_heads * (width.key + width.value);
  const std::int64_t output = rows * heads * width.value;
  op.forward_reads = queries + memory;
  op.forward_writes = output;
  op.backward_reads = queries + memory + 2 * output;
  op.backward_writes = queries + memory;
  op.kept_bytes = 4 * heads * rows;
  return op;
}

TransformerShape Completed(TransformerShape shape) {
  if (shape.kv_heads == 0 || shape.latent.kv_rank > 0) shape.kv_heads = shape.heads;
  if (shape.head_dim == 0 && shape.heads > 0) shape.head_dim = shape.hidden / shape.heads;
  if (shape.position_rows == 0) shape.position_rows = shape.sequence;
  return shape;
}

Operator NormOf(const TransformerShape& shape, std::string name, std::int64_t rows,
                std::int64_t width) {
  const bool has_bias = shape.has_bias || shape.has_norm_bias;
  return Norm(std::move(name), rows * width, has_bias ? 2 * width : width);
}

void AddAttention(std::vector<Operator>& out, const TransformerShape& shape,
                  const std::string& prefix, std::int64_t rows, std::int64_t memory_rows,
                  bool is_causal) {
  const bool is_cross = prefix == "cross";
  out.push_back(NormOf(shape, prefix + "_norm", rows, shape.hidden));
  if (shape.latent.kv_rank > 0) {
    AddLatentProjections(out, shape, prefix, rows);
  } else {
    AddProjections(out, shape, prefix, rows, memory_rows, is_cross);
  }
  out.push_back(Heads(shape, prefix, rows, memory_rows));
  if (shape.has_fused_attention) {
    out.push_back(Selective(
        Split(FusedAttention(shape, prefix + ".core", rows, memory_rows, is_causal), true)));
  } else {
    AddUnfusedCore(out, shape, prefix, rows, memory_rows, is_causal);
  }
  out.push_back(Split(Linear(prefix + ".out", rows, shape.heads * WidthsOf(shape).value,
                             shape.hidden, shape.has_bias || shape.has_out_bias),
                      true));
  if (shape.has_dropout) out.push_back(Dropout(prefix + ".out_dropout", rows * shape.hidden));
  if (shape.norms_per_layer == 4) {
    out.push_back(NormOf(shape, prefix + "_post_norm", rows, shape.hidden));
  }
  out.push_back(Residual(prefix + ".residual", rows * shape.hidden));
}

void AddFeedForward(std::vector<Operator>& out, const TransformerShape& shape, std::int64_t rows,
                    std::int64_t ffn_hidden) {
  out.push_back(NormOf(shape, "mlp_norm", rows, shape.hidden));
  const std::int64_t inner = rows * ffn_hidden;
  if (shape.is_gated) {
    out.push_back(
        Split(Linear("mlp.gate_up", rows, shape.hidden, 2 * ffn_hidden, shape.has_bias), false));
    Operator gate = Elementwise("mlp.activation", 2 * inner, inner, 9);
    gate.backward_reads = 3 * inner;
    gate.kept = 2 * inner;
    out.push_back(Split(gate, true));
  } else {
    out.push_back(Split(Linear("mlp.up", rows, shape.hidden, ffn_hidden, shape.has_bias), false));
    out.push_back(Split(Activation("mlp.activation", inner), true));
  }
  out.push_back(Split(Linear("mlp.down", rows, ffn_hidden, shape.hidden, shape.has_bias), true));
  if (shape.has_dropout) out.push_back(Dropout("mlp.dropout", rows * shape.hidden));
  if (shape.norms_per_layer == 4) {
    out.push_back(NormOf(shape, "mlp_post_norm", rows, shape.hidden));
  }
  out.push_back(Residual("mlp.residual", rows * shape.hidden));
}

void AddExperts(std::vector<Operator>& out, const TransformerShape& shape, std::int64_t rows) {
  const Experts& experts = shape.experts;
  const std::int64_t inner = rows * experts.per_token * experts.ffn_hidden;
  out.push_back(NormOf(shape, "mlp_norm", rows, shape.hidden));
  Operator router = Linear("mlp.router", rows, shape.hidden, experts.count, false);
  router.kind = OpKind::kRouter;
  if (experts.has_router_bias) router.parameters += experts.count;
  router.active_parameters = router.parameters;
  router.kept_bytes = 4 * rows * experts.count + 8 * rows * experts.per_token;
  router.kept = 0;  // the first expert's input is the same tensor
  out.push_back(router);
  out.push_back(
      Elementwise("mlp.dispatch", rows * shape.hidden, rows * experts.per_token * shape.hidden));
  const std::int64_t up = shape.is_gated ? 2 * experts.ffn_hidden : experts.ffn_hidden;
  out.push_back(Split(ExpertLinear("mlp.experts_up", experts, rows, shape.hidden, up), false));
  Operator gate = Elementwise("mlp.activation", (shape.is_gated ? 2 : 1) * inner, inner, 9);
  gate.backward_reads = gate.forward_reads + inner;
  gate.kept = gate.forward_reads;
  out.push_back(Split(gate, true));
  out.push_back(Split(
      ExpertLinear("mlp.experts_down", experts, rows, experts.ffn_hidden, shape.hidden), true));
  Operator combine =
      Elementwise("mlp.combine", rows * experts.per_token * shape.hidden, rows * shape.hidden, 2);
  combine.kept = rows * experts.per_token * shape.hidden;
  out.push_back(combine);
  if (experts.shared_ffn_hidden > 0) {
    const std::int64_t shared = experts.shared_ffn_hidden;
    out.push_back(Split(Linear("mlp.shared_up", rows, shape.hidden,
                               shape.is_gated ? 2 * shared : shared, shape.has_bias),
                        false));
    Operator act = Elementwise("mlp.shared_activation", (shape.is_gated ? 2 : 1) * rows * shared,
                               rows * shared, 9);
    act.kept = act.forward_reads;
    out.push_back(Split(act, true));
    out.push_back(
        Split(Linear("mlp.shared_down", rows, shared, shape.hidden, shape.has_bias), true));
    if (experts.is_shared_gated) {
      out.push_back(Linear("mlp.shared_gate", rows, shape.hidden, 1, false));
    }
  }
  out.push_back(Residual("mlp.residual", rows * shape.hidden));
}

}  // namespace epochcost::estimate
