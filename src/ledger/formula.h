#pragma once
// The published formula, computed exactly:
//
//   Cost_epoch = (C_gpu × T_gpu + C_cpu × T_cpu + C_mem × M_avg + C_net × D_transfer) × N_replicas
//
// Source: published system description of EpochCost.

#include <cstdint>
#include <string>

#include "base/money.h"
#include "base/result.h"

namespace epochcost::ledger {

// Decimals in 1e-9 of their unit, none negative. Prices are in currency per hour (gpu, cpu) and per
// GB (memory of the epoch's average, network).
struct FormulaInput {
  std::int64_t c_gpu = 0;
  std::int64_t t_gpu = 0;  // hours of GPU in use, per replica and epoch
  std::int64_t c_cpu = 0;
  std::int64_t t_cpu = 0;  // hours of CPU
  std::int64_t c_mem = 0;
  std::int64_t m_avg = 0;  // GB, average over the epoch
  std::int64_t c_net = 0;
  std::int64_t d_transfer = 0;  // GB
  std::int64_t replicas = 1;
  std::int64_t epochs = 1;
  // Beyond the published formula, where a sheet prices them; else 0.
  std::int64_t c_energy = 0;  // per kWh
  std::int64_t energy = 0;    // kWh
  std::int64_t c_disk = 0;    // per GB
  std::int64_t disk = 0;      // GB
};

// An exact product of two such decimals, or a sum of them: 1e-18 of the currency.
struct Exact {
  Wide atto = 0;
  friend bool operator==(const Exact&, const Exact&) = default;
};

struct FormulaResult {
  Exact gpu;  // the terms, of one replica
  Exact cpu;
  Exact memory;
  Exact network;
  Exact per_replica;
  Exact per_epoch;
  Exact whole_run;
  Exact energy;  // terms too
  Exact disk;
};

// Errors: kInvalidInput (a negative number, fewer than one replica or epoch), kOverflow (the run
// leaves 128 bits of 1e-18).
[[nodiscard]] Result<FormulaResult> Evaluate(const FormulaInput& input);

// For display: to the nearest nano-unit, half away from zero.
[[nodiscard]] Wide ToNano(Exact value);

// Every digit, no trailing zeros: "4515.84".
[[nodiscard]] std::string ToText(Exact value);

}  // namespace epochcost::ledger
