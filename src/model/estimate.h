#pragma once
// What a training is expected to need before it starts, in the published formula's terms. Physical
// quantities are doubles, because an estimate is known to a few digits only; money is not in here:
// the ledger prices an estimate's hours and gigabytes as it prices metered ones.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/money.h"
#include "model/vocabulary.h"

namespace epochcost {

// The format in which a matrix product is computed.
enum class Precision : std::uint8_t { kFp64, kFp32, kTf32, kFp16, kBf16, kFp8, kInt8, kFp4 };
inline constexpr std::size_t kPrecisionCount = 8;
inline constexpr std::array<std::string_view, kPrecisionCount> kPrecisionNames = {
    "fp64", "fp32", "tf32", "fp16", "bf16", "fp8", "int8", "fp4"};
[[nodiscard]] constexpr std::string_view Name(Precision precision) {
  return kPrecisionNames.at(static_cast<std::size_t>(precision));
}
[[nodiscard]] constexpr std::optional<Precision> ParsePrecision(std::string_view name) {
  for (std::size_t i = 0; i < kPrecisionCount; ++i) {
    if (kPrecisionNames.at(i) == name) return static_cast<Precision>(i);
  }
  return std::nullopt;
}

// On what an estimate rests. Named in every answer.
enum class Tier : std::uint8_t {
  kDatasheet,   // the device's data sheet, nothing measured
  kCalibrated,  // constants fitted to measured runs of this device and software
  kProbed,      // some real steps of this very run
};
inline constexpr std::array<std::string_view, 3> kTierNames = {"datasheet", "calibrated", "probed"};
[[nodiscard]] constexpr std::string_view Name(Tier tier) {
  return kTierNames.at(static_cast<std::size_t>(tier));
}

// A number, how it is known, and between which bounds it lies at the estimate's level.
// low ≤ value ≤ high; all three are equal where nothing is uncertain (a count, a given batch).
struct Figure {
  double value = 0;
  double low = 0;
  double high = 0;
  Quality quality = Quality::kModelled;
  std::string source;  // "matrix products of 132 operators", "NVIDIA A100 data sheet, 2021-06"

  static Figure Exactly(double value, Quality quality, std::string source) {
    return {value, value, value, quality, std::move(source)};
  }
};

// The published terms of one replica and one epoch.
//
//   T_gpu      = (N_ops × P_avg) / (F_gpu × U_gpu)
//   M_avg      = (M_model + M_batch × B_size) × S_factor
//   D_transfer = (M_grad × N_params) / C_compression
//
// A replica is one data-parallel copy. N_ops, T_gpu and memory are summed over its devices.
struct EstimateTerms {
  Figure n_ops;          // operations in the epoch, by the replica
  Figure p_avg;          // cycles per operation: 1 / operations retired per cycle at the peak
  Figure f_gpu;          // Hz
  Figure u_gpu;          // 0 to 1
  Figure t_gpu;          // hours of GPU, summed over the replica's devices
  Figure t_cpu;          // hours of CPU, summed over its hosts' cores
  Figure m_model;        // GB (1e9 bytes): parameters, gradients, optimizer
  Figure m_batch;        // GB per sample of the batch that one device holds
  Figure b_size;         // samples
  Figure s_factor;       // reserve of the allocator and the context
  Figure m_avg;          // GB
  Figure m_grad;         // GB of one update's gradient
  Figure n_updates;      // synchronised updates in the epoch
  Figure c_compression;  // 1 is none
  Figure d_transfer;     // GB between machines
  Figure energy;         // kWh, devices and their share of the nodes
  Figure disk;           // GB read
};

// What a run does outside of its epochs, of one kind: as a run's metered phases. Quantities are of
// the whole run; t_gpu to disk are of one replica.
struct EstimatedPhase {
  ScopeKind kind = ScopeKind::kSetup;
  std::int64_t times = 1;
  std::int64_t scopes = 1;  // closed ones: all evaluations during an epoch are one
  Figure seconds;           // of one time
  Figure hours;             // wall time of all of them
  Figure t_gpu;
  Figure t_cpu;
  Figure m_avg;  // GB, average over the phase
  Figure energy;
  Figure disk;              // GB
  bool is_written = false;  // to the disk; else read from it
};

// What does not fit, or cannot be placed, in words.
struct Obstacle {
  std::string what;
  std::string why;
  std::string hint;
};

struct Estimate {
  std::string model;     // "gpt3-175b"
  std::string device;    // "A100-80GB-SXM"
  std::string strategy;  // "8 × A100-80GB-SXM, dp 8, bf16, …"
  Tier tier = Tier::kDatasheet;
  int level_percent = 80;  // of the intervals
  std::int64_t devices = 1;
  std::int64_t replicas = 1;
  std::int64_t steps_per_epoch = 0;
  std::int64_t epochs = 1;
  Figure step_seconds;
  Figure epoch_hours;     // wall time
  Figure peak_memory_gb;  // of the fullest device
  Figure power_watts;     // of all devices at load
  Figure run_hours;       // wall time of the whole run, phases included
  EstimateTerms terms;
  std::vector<EstimatedPhase> phases;  // beside the epochs: in the order of ScopeKind
  std::vector<Obstacle> obstacles;     // empty: it fits and can be placed
  std::vector<std::string> remarks;    // what makes this estimate worse than usual
};

// The terms that the published formula has, and an estimate with it. Where a sheet prices energy or
// the disk, these are added.
inline constexpr std::array kEstimatedTerms = {Term::kGpu, Term::kCpu, Term::kMemory,
                                               Term::kNetwork};

// One term of the formula, of one replica and epoch, with its numbers as the ledger computed it.
struct PricedTerm {
  Term term = Term::kGpu;
  bool is_priced = false;  // the sheet has a price for it
  std::int64_t price_nano = 0;
  std::string price_unit;  // "hour", "GB", "GB_hour", "kWh"
  std::int64_t quantity_nano = 0;
  std::string quantity_unit;  // "h", "GB", "GB·h", "kWh"
  Money amount;
  Quality quality = Quality::kModelled;
};

// A phase of the whole run in money, over all replicas.
struct PricedPhase {
  EstimatedPhase phase;
  bool is_disk_priced = false;
  Money amount;
  Money low;
  Money high;
};

// What was published for a configuration like this, to stand beside it.
struct PublishedCost {
  Money low;
  Money high;
  std::string title;
  std::string source;
  std::string date;
};

// An estimate priced with a sheet.
struct PricedEstimate {
  Estimate estimate;
  // As kEstimatedTerms, then energy and disk where they have a price; of one replica and epoch.
  std::vector<PricedTerm> terms;
  Money per_replica;
  Money per_epoch;
  Money per_epoch_low;
  Money per_epoch_high;
  std::vector<PricedPhase> phases;
  Money whole_run;  // epochs and phases
  Money whole_run_low;
  Money whole_run_high;
  std::string prices_source;  // "reference (worked example 1, 2026-11-23)"
  Quality price_quality = Quality::kMeasured;
  std::optional<PublishedCost> published;
};

// What one operator of a model, or several of them, takes of an epoch's cost over all replicas. In
// 1e-18 of the currency, so that the parts sum to the whole exactly.
struct LayerCost {
  std::string path;
  std::string kind;  // empty where several kinds are together
  std::int64_t operators = 1;
  std::int64_t repetitions = 1;  // equal layers in this row
  Wide parameters = 0;
  Wide operations = 0;         // per sample, forward and backward
  std::array<Wide, 6> atto{};  // by Term
  Wide total_atto = 0;
};

}  // namespace epochcost
