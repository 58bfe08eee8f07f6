#include "estimate/graph/operators.h"

#include <utility>

namespace epochcost::estimate {
namespace {

Operator Made(std::string name, OpKind kind, std::int64_t parameters) {
  Operator op;
  op.name = std::move(name);
  op.kind = kind;
  op.parameters = parameters;
  op.active_parameters = parameters;
  return op;
}

// `products` products of this size, of two activations: they keep `in` elements and make `out`.
Operator OfActivations(std::string name, const GemmShape& gemm, std::int64_t products,
                       std::int64_t in, std::int64_t out) {
  Operator op = Made(std::move(name), OpKind::kAttention, 0);
  op.gemm = gemm;
  op.forward_ops = 2 * products * gemm.batch * gemm.m * gemm.n * gemm.k;
  op.backward_ops = 2 * op.forward_ops;
  op.forward_reads = in;
  op.forward_writes = out;
  op.backward_reads = in + 2 * out;
  op.backward_writes = in;
  op.kept = in;
  return op;
}

}  // namespace

Operator Linear(std::string name, std::int64_t rows, std::int64_t in, std::int64_t out,
                bool has_bias) {
  Operator op = Made(std::move(name), OpKind::kGemm, in * out + (has_bias ? out : 0));
  op.gemm = {.batch = 1, .m = rows, .n = out, .k = in};
  op.forward_ops = 2 * rows * in * out;
  op.backward_ops = 2 * op.forward_ops;
  op.forward_reads = rows * in;
  op.forward_writes = rows * out;
  op.backward_reads = 2 * rows * out + rows * in;
  op.backward_writes = rows * in;
  op.kept = rows * in;
  return op;
}

Operator Convolution(std::string name, std::int64_t pixels, std::int64_t in_pixels,
                     std::int64_t window, std::int64_t in, std::int64_t out, std::int64_t groups,
                     bool has_bias) {
  const std::int64_t group_in = in / groups;
  const OpKind kind =
      group_in == 1 && groups > 1 ? OpKind::kDepthwiseConvolution : OpKind::kConvolution;
  Operator op = Made(std::move(name), kind, window * group_in * out + (has_bias ? out : 0));
  op.gemm = {.batch = groups, .m = pixels, .n = out / groups, .k = window * group_in};
  op.forward_ops = 2 * pixels * out * window * group_in;
  op.backward_ops = 2 * op.forward_ops;
  op.forward_reads = in_pixels * in;
  op.forward_writes = pixels * out;
  op.backward_reads = 2 * pixels * out + in_pixels * in;
  op.backward_writes = in_pixels * in;
  op.kept = in_pixels * in;
  return op;
}

Operator BatchedProduct(std::string name, std::int64_t batch, std::int64_t m, std::int64_t n,
                        std::int64_t k) {
  return OfActivations(std::move(name), {.batch = batch, .m = m, .n = n, .k = k}, 1,
                       batch * (m * k + k * n), batch * m * n);
}

Operator FusedAttention(std::string name, std::int64_t heads, std::int64_t rows,
                        std::int64_t memory_rows, std::int64_t width, bool is_causal) {
  Operator op =
      OfActivations(std::move(name), {.batch = heads, .m = rows, .n = memory_rows, .k = width}, 2,
                    heads * width * (rows + 2 * memory_rows), heads * rows * width);
  op.is_causal = is_causal;
  op.kept_bytes = 4 * heads * rows;
  return op;
}

Operator Norm(std::string name, std::int64_t elements, std::int64_t parameters) {
  Operator op = Made(std::move(name), OpKind::kNorm, parameters);
  op.forward_ops = 8 * elements;
  op.backward_ops = 14 * elements;
  op.forward_reads = elements;
  op.forward_writes = elements;
  op.backward_reads = 2 * elements;
  op.backward_writes = elements;
  op.kept = elements;
  return op;
}

Operator Elementwise(std::string name, std::int64_t reads, std::int64_t writes,
                     std::int64_t ops_per_element) {
  Operator op = Made(std::move(name), OpKind::kElementwise, 0);
  op.forward_ops = writes * ops_per_element;
  op.backward_ops = reads * ops_per_element;
  op.forward_reads = reads;
  op.forward_writes = writes;
  op.backward_reads = writes;
  op.backward_writes = reads;
  return op;
}

Operator Activation(std::string name, std::int64_t elements, std::int64_t ops_per_element) {
  Operator op = Elementwise(std::move(name), elements, elements, ops_per_element);
  op.backward_reads = 2 * elements;
  op.kept = elements;
  return op;
}

Operator Residual(std::string name, std::int64_t elements) {
  Operator op = Elementwise(std::move(name), 2 * elements, elements);
  // Its backward is the sum of two gradients.
  op.backward_ops = elements;
  op.backward_reads = 2 * elements;
  op.backward_writes = elements;
  return op;
}

Operator Dropout(std::string name, std::int64_t elements) {
  Operator op = Elementwise(std::move(name), elements, elements, 2);
  op.kind = OpKind::kDropout;
  op.kept_bytes = elements;
  return op;
}

Operator Embedding(std::string name, std::int64_t rows, std::int64_t table_rows,
                   std::int64_t width) {
  Operator op = Made(std::move(name), OpKind::kEmbedding, table_rows * width);
  op.active_parameters = table_rows * width;
  op.backward_ops = rows * width;  // rows are added into the table's gradient
  op.forward_reads = rows * width;
  op.forward_writes = rows * width;
  op.backward_reads = 2 * rows * width;
  op.backward_writes = rows * width;
  op.kept_bytes = 8 * rows;  // the indices
  return op;
}

Operator Pool(std::string name, std::int64_t in, std::int64_t out) {
  Operator op = Made(std::move(name), OpKind::kPool, 0);
  op.forward_ops = in;
  op.backward_ops = in;
  op.forward_reads = in;
  op.forward_writes = out;
  op.backward_reads = out;
  op.backward_writes = in;
  op.kept = in;
  return op;
}

Operator CrossEntropy(std::string name, std::int64_t rows, std::int64_t classes) {
  const std::int64_t elements = rows * classes;
  Operator op = Made(std::move(name), OpKind::kLoss, 0);
  op.forward_ops = 8 * elements;
  op.backward_ops = 2 * elements;
  op.forward_reads = elements;
  op.forward_writes = rows;
  op.backward_reads = elements;
  op.backward_writes = elements;
  op.kept_bytes = 4 * elements;
  return op;
}

}  // namespace epochcost::estimate
