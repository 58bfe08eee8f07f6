#pragma once
// The operators of which all families are made, with their counts. All sizes are per sample.

#include <cstdint>
#include <string>

#include "estimate/graph/graph.h"

namespace epochcost::estimate {

// y = x·W (+ b): `rows` rows of `in` to `out`. Keeps its input; backward is a product each for the
// gradients of x and W.
[[nodiscard]] Operator Linear(std::string name, std::int64_t rows, std::int64_t in,
                              std::int64_t out, bool has_bias);

// A convolution of `groups` groups: `pixels` output positions, `window` = kernel height × width.
// `in` and `out` are channels over all groups, `in_pixels` input positions. Depthwise where each
// group has one channel in.
[[nodiscard]] Operator Convolution(std::string name, std::int64_t pixels, std::int64_t in_pixels,
                                   std::int64_t window, std::int64_t in, std::int64_t out,
                                   std::int64_t groups, bool has_bias);

// `batch` products of two activations, m×k and k×n: the scores of attention that writes them, or
// their weighted sum.
[[nodiscard]] Operator BatchedProduct(std::string name, std::int64_t batch, std::int64_t m,
                                      std::int64_t n, std::int64_t k);

// Attention in one kernel: `heads` heads of `rows` queries and `memory_rows` keys of `width`.
[[nodiscard]] Operator FusedAttention(std::string name, std::int64_t heads, std::int64_t rows,
                                      std::int64_t memory_rows, std::int64_t width, bool is_causal);

// Normalisation of `elements`; keeps its input.
[[nodiscard]] Operator Norm(std::string name, std::int64_t elements, std::int64_t parameters);

// Reads `reads` and writes `writes` elements with `ops` operations each; backward the same the
// other way round.
[[nodiscard]] Operator Elementwise(std::string name, std::int64_t reads, std::int64_t writes,
                                   std::int64_t ops_per_element = 1);

// A nonlinearity: keeps its input.
[[nodiscard]] Operator Activation(std::string name, std::int64_t elements,
                                  std::int64_t ops_per_element = 8);

// x + f(x): keeps nothing.
[[nodiscard]] Operator Residual(std::string name, std::int64_t elements);

// Keeps a mask of a byte per element.
[[nodiscard]] Operator Dropout(std::string name, std::int64_t elements);

// `rows` rows of `width` out of `table_rows`.
[[nodiscard]] Operator Embedding(std::string name, std::int64_t rows, std::int64_t table_rows,
                                 std::int64_t width);

// Averages or maxima: `in` elements to `out`.
[[nodiscard]] Operator Pool(std::string name, std::int64_t in, std::int64_t out);

// Cross-entropy over `rows` rows of `classes`, computed and kept in 4 bytes.
[[nodiscard]] Operator CrossEntropy(std::string name, std::int64_t rows, std::int64_t classes);

}  // namespace epochcost::estimate
