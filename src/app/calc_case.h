#pragma once
// What `epochcost calc` computes: the formula's numbers, gathered from flags, presets, sheets and
// derivations.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/context.h"
#include "base/result.h"
#include "ledger/formula.h"
#include "model/vocabulary.h"
#include "tariff/presets.h"

namespace epochcost::app {

// As a person types them; empty where not given.
struct CalcOptions {
  std::string c_gpu, t_gpu, c_cpu, t_cpu, c_mem, m_avg, c_net, d_transfer;
  std::string n_ops, p_avg, f_gpu, u_gpu;
  std::string m_model, m_batch, b_size, s_factor;
  std::string m_grad, n_params, c_compression;
  std::string replicas, epochs;
  std::string preset, sheet, prices, currency;
  bool list = false;
};

// A term of the formula: price × quantity.
struct TermRow {
  Term term;
  std::string_view title;
  std::string_view price_symbol;
  std::string_view quantity_symbol;
  std::string_view price_flag;
  std::string_view quantity_flag;
  std::string_view price_unit;
  std::string_view quantity_unit;
  std::string CalcOptions::* price_option;
  std::string CalcOptions::* quantity_option;
  std::int64_t ledger::FormulaInput::* price;
  std::int64_t ledger::FormulaInput::* quantity;
  ledger::Exact ledger::FormulaResult::* result;
};
inline constexpr std::array kTermRows = {
    TermRow{Term::kGpu, "GPU", "C_gpu", "T_gpu", "--c-gpu", "--t-gpu", "h", "h",
            &CalcOptions::c_gpu, &CalcOptions::t_gpu, &ledger::FormulaInput::c_gpu,
            &ledger::FormulaInput::t_gpu, &ledger::FormulaResult::gpu},
    TermRow{Term::kCpu, "CPU", "C_cpu", "T_cpu", "--c-cpu", "--t-cpu", "h", "h",
            &CalcOptions::c_cpu, &CalcOptions::t_cpu, &ledger::FormulaInput::c_cpu,
            &ledger::FormulaInput::t_cpu, &ledger::FormulaResult::cpu},
    TermRow{Term::kMemory, "memory", "C_mem", "M_avg", "--c-mem", "--m-avg", "GB", "GB",
            &CalcOptions::c_mem, &CalcOptions::m_avg, &ledger::FormulaInput::c_mem,
            &ledger::FormulaInput::m_avg, &ledger::FormulaResult::memory},
    TermRow{Term::kNetwork, "network", "C_net", "D_transfer", "--c-net", "--d-transfer", "GB", "GB",
            &CalcOptions::c_net, &CalcOptions::d_transfer, &ledger::FormulaInput::c_net,
            &ledger::FormulaInput::d_transfer, &ledger::FormulaResult::network},
};

// What is to be computed, and where its numbers are from.
struct CalcCase {
  std::optional<tariff::Preset> preset;
  ledger::FormulaInput input;
  std::array<bool, kTerms.size()> has_price{};
  std::array<bool, kTerms.size()> has_quantity{};
  bool has_own_numbers = false;  // a flag or a sheet gave one
  Currency currency;
  std::vector<std::string> derived;  // "T_gpu = … = 2.3 h"
  std::string prices_source;         // of the sheet, if one was taken
};

[[nodiscard]] constexpr std::size_t IndexOf(const TermRow& row) {
  return static_cast<std::size_t>(row.term);
}

// A preset comes first, then a sheet's prices, then derivations, then flags: the later wins.
// Errors: kInvalidInput (a number that cannot be, half of a term or of a derivation, nothing at
// all), kConflict (given and derived), kNotFound (preset, sheet or file).
[[nodiscard]] Result<CalcCase> GatherCase(const Context& context, const CalcOptions& options);

}  // namespace epochcost::app
