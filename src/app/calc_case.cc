#include "app/calc_case.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "app/price_choice.h"
#include "base/text.h"
#include "ledger/derivation.h"
#include "tariff/sheet_file.h"

namespace epochcost::app {
namespace {

Result<std::int64_t> ParseCount(std::string_view flag, const std::string& text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error == std::errc{} && end == text.data() + text.size() && count >= 1) return count;
  return Fail(ErrorCode::kInvalidInput, Say("{} cannot be '{}'", flag, text),
              Say("it is a whole number from 1 up"));
}

Result<void> TakePreset(const CalcOptions& options, CalcCase& into) {
  if (options.preset.empty()) return {};
  auto preset = tariff::FindPreset(options.preset);
  if (!preset) return tl::unexpected(preset.error());
  into.preset = *std::move(preset);
  into.currency = into.preset->currency;
  if (!into.preset->inputs) return {};
  const tariff::PresetInputs& in = *into.preset->inputs;
  into.input = {in.c_gpu, in.t_gpu, in.c_cpu,      in.t_cpu,    in.c_mem,
                in.m_avg, in.c_net, in.d_transfer, in.replicas, in.epochs};
  into.has_price.fill(true);
  into.has_quantity.fill(true);
  return {};
}

// The sheet's prices, as far as the formula can use them.
Result<void> TakeSheet(const Context& context, const CalcOptions& options, CalcCase& into) {
  if (options.sheet.empty() && options.prices.empty()) return {};
  const auto sheet = ChooseSheet(context, options.prices, options.sheet);
  if (!sheet) return tl::unexpected(sheet.error());
  const auto rate = [&](Resource resource) {
    return sheet->rates.at(static_cast<std::size_t>(resource));
  };
  const bool is_per_epoch = sheet->memory_basis == MemoryBasis::kPerEpoch;
  const bool has_memory =
      into.has_quantity[2] || !options.m_avg.empty() || !options.m_model.empty();
  const bool has_transfer =
      into.has_quantity[3] || !options.d_transfer.empty() || !options.m_grad.empty();
  if (rate(Resource::kMemory) && !is_per_epoch && options.c_mem.empty() && has_memory) {
    return Fail(ErrorCode::kInvalidInput,
                Say("sheet {} prices memory by the GB-hour", sheet->name.Value()),
                Say("the formula's C_mem is per GB of the epoch's average"),
                Say("give --c-mem: the price of a GB-hour × the hours of an epoch"));
  }
  const bool has_one_network_price = rate(Resource::kNetworkIn) == rate(Resource::kNetworkOut);
  if (!has_one_network_price && options.c_net.empty() && has_transfer) {
    return Fail(ErrorCode::kInvalidInput,
                Say("sheet {} has two prices for the network", sheet->name.Value()),
                Say("the formula's C_net is one for both directions"), Say("give --c-net"));
  }
  const auto put = [&](const TermRow& row, const std::optional<Rate>& price) {
    into.has_price.at(IndexOf(row)) = price.has_value();
    into.input.*row.price = price ? price->nano : 0;
  };
  put(kTermRows[0], rate(Resource::kGpuTime));
  put(kTermRows[1], rate(Resource::kCpuTime));
  put(kTermRows[2], is_per_epoch ? rate(Resource::kMemory) : std::nullopt);
  put(kTermRows[3], has_one_network_price ? rate(Resource::kNetworkIn) : std::nullopt);
  into.currency = sheet->currency;
  into.has_own_numbers = true;
  into.prices_source =
      fmt::format("{} ({}, {})", sheet->name.Value(), sheet->source, sheet->source_date);
  return {};
}

// One flag of a derivation, with its symbol.
struct Part {
  std::string_view symbol;
  std::string_view flag;
  const std::string& text;
};

// The values of a derivation's parts; nothing where none of them is given.
Result<std::optional<std::vector<ledger::Ratio>>> ParseParts(const std::vector<Part>& parts) {
  std::vector<ledger::Ratio> values;
  const Part* missing = nullptr;
  for (const Part& part : parts) {
    if (part.text.empty()) {
      missing = &part;
      continue;
    }
    const auto value = ledger::ParseRatio(part.symbol, part.text);
    if (!value) return tl::unexpected(value.error());
    values.push_back(*value);
  }
  if (values.empty()) return std::nullopt;
  if (missing != nullptr) {
    return Fail(ErrorCode::kInvalidInput, Say("{} is not given", missing->symbol),
                Say("the others of its derivation are"), Say("give {} too", missing->flag));
  }
  return values;
}

// Puts a derived quantity in its place and keeps the sentence that shows it.
Result<void> PutDerived(const TermRow& row, const CalcOptions& options,
                        const Result<ledger::Ratio>& value, const std::string& filled_in,
                        CalcCase& into) {
  if (!value) return tl::unexpected(value.error());
  if (!(options.*row.quantity_option).empty()) {
    return Fail(ErrorCode::kConflict, Say("{} is given and derived", row.quantity_symbol), "",
                Say("leave out {} or what it is derived from", row.quantity_flag));
  }
  const auto rounded = ledger::RoundToNano(row.quantity_symbol, *value);
  if (!rounded) return tl::unexpected(rounded.error());
  into.input.*row.quantity = rounded->nano;
  into.has_quantity.at(IndexOf(row)) = true;
  into.has_own_numbers = true;
  into.derived.push_back(fmt::format("{} = {} {} {} {}", row.quantity_symbol, filled_in,
                                     rounded->is_exact ? "=" : "≈", ToDecimal(rounded->nano),
                                     row.quantity_unit));
  return {};
}

Result<void> TakeDerivations(const CalcOptions& o, CalcCase& into) {
  const auto gpu = ParseParts({{"N_ops", "--n-ops", o.n_ops},
                               {"P_avg", "--p-avg", o.p_avg},
                               {"F_gpu", "--f-gpu", o.f_gpu},
                               {"U_gpu", "--u-gpu", o.u_gpu}});
  if (!gpu) return tl::unexpected(gpu.error());
  if (const auto& v = *gpu) {
    const auto hours = ledger::DeriveGpuHours({(*v)[0], (*v)[1], (*v)[2], (*v)[3]});
    const std::string text =
        fmt::format("({} × {}) / ({} Hz × {})", o.n_ops, o.p_avg, o.f_gpu, o.u_gpu);
    if (auto put = PutDerived(kTermRows[0], o, hours, text, into); !put) return put;
  }
  const auto memory = ParseParts({{"M_model", "--m-model", o.m_model},
                                  {"M_batch", "--m-batch", o.m_batch},
                                  {"B_size", "--b-size", o.b_size},
                                  {"S_factor", "--s-factor", o.s_factor}});
  if (!memory) return tl::unexpected(memory.error());
  if (const auto& v = *memory) {
    const auto average = ledger::DeriveMemoryGb({(*v)[0], (*v)[1], (*v)[2], (*v)[3]});
    const std::string text =
        fmt::format("({} + {} × {}) × {}", o.m_model, o.m_batch, o.b_size, o.s_factor);
    if (auto put = PutDerived(kTermRows[2], o, average, text, into); !put) return put;
  }
  const auto transfer = ParseParts({{"M_grad", "--m-grad", o.m_grad},
                                    {"N_params", "--n-params", o.n_params},
                                    {"C_compression", "--c-compression", o.c_compression}});
  if (!transfer) return tl::unexpected(transfer.error());
  if (const auto& v = *transfer) {
    const auto gigabytes = ledger::DeriveTransferGb({(*v)[0], (*v)[1], (*v)[2]});
    const std::string text = fmt::format("({} × {}) / {}", o.m_grad, o.n_params, o.c_compression);
    if (auto put = PutDerived(kTermRows[3], o, gigabytes, text, into); !put) return put;
  }
  return {};
}

Result<void> TakeNumber(std::string_view flag, const std::string& text, std::int64_t& number,
                        bool& has, CalcCase& into) {
  if (text.empty()) return {};
  const auto amount = tariff::ParseAmount(flag, text);
  if (!amount) return tl::unexpected(amount.error());
  number = amount->Count();
  has = true;
  into.has_own_numbers = true;
  return {};
}

Result<void> TakeFlags(const CalcOptions& options, CalcCase& into) {
  for (const TermRow& row : kTermRows) {
    const std::size_t i = IndexOf(row);
    if (auto taken = TakeNumber(row.price_flag, options.*row.price_option, into.input.*row.price,
                                into.has_price.at(i), into);
        !taken) {
      return taken;
    }
    if (auto taken = TakeNumber(row.quantity_flag, options.*row.quantity_option,
                                into.input.*row.quantity, into.has_quantity.at(i), into);
        !taken) {
      return taken;
    }
  }
  if (!options.replicas.empty()) {
    const auto count = ParseCount("--replicas", options.replicas);
    if (!count) return tl::unexpected(count.error());
    into.input.replicas = *count;
    into.has_own_numbers = true;
  }
  if (!options.epochs.empty()) {
    const auto count = ParseCount("--epochs", options.epochs);
    if (!count) return tl::unexpected(count.error());
    into.input.epochs = *count;
    into.has_own_numbers = true;
  }
  if (!options.currency.empty()) {
    const auto currency = Currency::Parse(options.currency);
    if (!currency) return tl::unexpected(currency.error());
    into.currency = *currency;
  }
  return {};
}

// A price without its quantity, or the other way round, is a term that was forgotten, not one of 0.
Result<void> CheckTerms(const CalcOptions& options, const CalcCase& of) {
  bool any = false;
  for (const TermRow& row : kTermRows) {
    const std::size_t i = IndexOf(row);
    any = any || (of.has_price.at(i) && of.has_quantity.at(i));
    const bool wants_quantity = !(options.*row.price_option).empty() && !of.has_quantity.at(i);
    const bool wants_price = of.has_quantity.at(i) && !of.has_price.at(i);
    if (!wants_price && !wants_quantity) continue;
    return Fail(ErrorCode::kInvalidInput,
                Say("{} is not given", wants_price ? row.price_symbol : row.quantity_symbol),
                Say("{} is, and a term is their product",
                    wants_price ? row.quantity_symbol : row.price_symbol),
                Say("give {} too", wants_price ? row.price_flag : row.quantity_flag));
  }
  const bool is_reference = of.preset && of.preset->range && !of.has_own_numbers;
  if (any || is_reference) return {};
  return Fail(
      ErrorCode::kInvalidInput, Say("there is nothing to calculate"),
      Say("no term of the formula has its price and its quantity"),
      Say("epochcost calc --help begins with examples; epochcost calc --list shows the presets"));
}

}  // namespace

Result<CalcCase> GatherCase(const Context& context, const CalcOptions& options) {
  CalcCase gathered;
  if (auto done = TakePreset(options, gathered); !done) return tl::unexpected(done.error());
  if (auto done = TakeSheet(context, options, gathered); !done) return tl::unexpected(done.error());
  if (auto done = TakeDerivations(options, gathered); !done) return tl::unexpected(done.error());
  if (auto done = TakeFlags(options, gathered); !done) return tl::unexpected(done.error());
  if (auto done = CheckTerms(options, gathered); !done) return tl::unexpected(done.error());
  return gathered;
}

}  // namespace epochcost::app
