#pragma once
// The formula's quantities, derived before a run where nothing is measured yet. Exact fractions;
// the result is rounded once. Source of the three formulas: published system description of
// EpochCost.

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "base/wide.h"

namespace epochcost::ledger {

// A number ≥ 0 as a reduced fraction; den > 0.
struct Ratio {
  Wide num = 0;
  Wide den = 1;
  friend bool operator==(const Ratio&, const Ratio&) = default;
};

// "1.2e18", "0.05", "1_000": exactly. Error kInvalidInput names `symbol`: negative, no number, or
// more digits than 128 bits hold.
[[nodiscard]] Result<Ratio> ParseRatio(std::string_view symbol, std::string_view text);

// T_gpu = (N_ops × P_avg) / (F_gpu × U_gpu), in hours. F_gpu in Hz; P_avg cycles per operation;
// 0 < U_gpu ≤ 1. Errors: kInvalidInput, kOverflow.
struct GpuTime {
  Ratio n_ops;
  Ratio p_avg;
  Ratio f_gpu;
  Ratio u_gpu;
};
[[nodiscard]] Result<Ratio> DeriveGpuHours(const GpuTime& of);

// M_avg = (M_model + M_batch × B_size) × S_factor, in GB as M_model and M_batch; S_factor ≥ 1.
struct AverageMemory {
  Ratio m_model;
  Ratio m_batch;
  Ratio b_size;
  Ratio s_factor;
};
[[nodiscard]] Result<Ratio> DeriveMemoryGb(const AverageMemory& of);

// D_transfer = (M_grad × N_params) / C_compression, in GB as M_grad; C_compression > 0.
struct Transfer {
  Ratio m_grad;
  Ratio n_params;
  Ratio c_compression;
};
[[nodiscard]] Result<Ratio> DeriveTransferGb(const Transfer& of);

// In 1e-9, to the nearest, half up. `is_exact` says whether nothing was lost.
struct Rounded {
  std::int64_t nano = 0;
  bool is_exact = true;
};
// Error kOverflow names `symbol`.
[[nodiscard]] Result<Rounded> RoundToNano(std::string_view symbol, const Ratio& value);

}  // namespace epochcost::ledger
