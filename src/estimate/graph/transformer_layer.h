#pragma once
// The parts of a transformer layer, for the families that are made of it.

#include <cstdint>
#include <string>
#include <vector>

#include "estimate/graph/graph.h"
#include "estimate/graph/transformer.h"

namespace epochcost::estimate {

// `shape` with what is 0 filled in: kv_heads, head_dim, position_rows.
[[nodiscard]] TransformerShape Completed(TransformerShape shape);

// Norm, projections, attention of `rows` tokens to `memory_rows` tokens, projection, residual sum.
// `prefix` "attn" or "cross". Cross attention takes keys and values from elsewhere.
void AddAttention(std::vector<Operator>& out, const TransformerShape& shape,
                  const std::string& prefix, std::int64_t rows, std::int64_t memory_rows,
                  bool is_causal);

// One attention kernel: the scores stay on the chip; a statistic per row and head is kept.
[[nodiscard]] Operator FusedAttention(const TransformerShape& shape, const std::string& name,
                                      std::int64_t rows, std::int64_t memory_rows, bool is_causal);

// Norm, feed-forward network of `rows` tokens, residual sum.
void AddFeedForward(std::vector<Operator>& out, const TransformerShape& shape, std::int64_t rows,
                    std::int64_t ffn_hidden);

// Norm, router, the experts visited, the shared ones, residual sum.
void AddExperts(std::vector<Operator>& out, const TransformerShape& shape, std::int64_t rows);

// A norm of `rows` × `width` with the parameters that the shape's norms have.
[[nodiscard]] Operator NormOf(const TransformerShape& shape, std::string name, std::int64_t rows,
                              std::int64_t width);

}  // namespace epochcost::estimate
