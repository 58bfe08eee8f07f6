// epochcost calc: the formula, with its numbers filled in.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "app/context.h"
#include "base/text.h"
#include "ledger/derivation.h"
#include "ledger/formula.h"
#include "tariff/presets.h"
#include "tariff/price_book.h"
#include "tariff/reference.h"
#include "tariff/sheet_file.h"

namespace epochcost::app {
namespace {

using ledger::FormulaInput;

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
  std::int64_t FormulaInput::* price;
  std::int64_t FormulaInput::* quantity;
  ledger::Exact ledger::FormulaResult::* result;
};
constexpr std::array kTermRows = {
    TermRow{Term::kGpu, "GPU", "C_gpu", "T_gpu", "--c-gpu", "--t-gpu", "h", "h",
            &CalcOptions::c_gpu, &CalcOptions::t_gpu, &FormulaInput::c_gpu, &FormulaInput::t_gpu,
            &ledger::FormulaResult::gpu},
    TermRow{Term::kCpu, "CPU", "C_cpu", "T_cpu", "--c-cpu", "--t-cpu", "h", "h",
            &CalcOptions::c_cpu, &CalcOptions::t_cpu, &FormulaInput::c_cpu, &FormulaInput::t_cpu,
            &ledger::FormulaResult::cpu},
    TermRow{Term::kMemory, "memory", "C_mem", "M_avg", "--c-mem", "--m-avg", "GB", "GB",
            &CalcOptions::c_mem, &CalcOptions::m_avg, &FormulaInput::c_mem, &FormulaInput::m_avg,
            &ledger::FormulaResult::memory},
    TermRow{Term::kNetwork, "network", "C_net", "D_transfer", "--c-net", "--d-transfer", "GB", "GB",
            &CalcOptions::c_net, &CalcOptions::d_transfer, &FormulaInput::c_net,
            &FormulaInput::d_transfer, &ledger::FormulaResult::network},
};

// What is to be computed, and where its numbers are from.
struct Case {
  std::optional<tariff::Preset> preset;
  FormulaInput input;
  std::array<bool, kTerms.size()> has_price{};
  std::array<bool, kTerms.size()> has_quantity{};
  bool has_own_numbers = false;  // a flag or a sheet gave one
  Currency currency;
  std::vector<std::string> derived;  // "T_gpu = … = 2.3 h"
  std::string prices_source;         // of the sheet, if one was taken
};

std::size_t IndexOf(const TermRow& row) { return static_cast<std::size_t>(row.term); }

Result<std::int64_t> ParseCount(std::string_view flag, const std::string& text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error == std::errc{} && end == text.data() + text.size() && count >= 1) return count;
  return Fail(ErrorCode::kInvalidInput, Say("{} cannot be '{}'", flag, text),
              Say("it is a whole number from 1 up"));
}

Result<void> TakePreset(const CalcOptions& options, Case& into) {
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

Result<PriceSheet> FindSheet(const Context& context, const CalcOptions& options) {
  std::vector<PriceSheet> sheets = {tariff::ReferenceSheet()};
  if (!options.prices.empty()) {
    std::ifstream file(options.prices);
    const int reason = errno;
    if (!file) {
      return Fail(ErrorCode::kNotFound, Say("no price sheet can be read from {}", options.prices),
                  SystemReason(reason), Say("docs/prices.md shows a price sheet"));
    }
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    auto parsed = tariff::ParseSheets(text, options.prices);
    if (!parsed) return tl::unexpected(parsed.error());
    sheets = *std::move(parsed);
  } else if (options.sheet != sheets.front().name.Value()) {
    const auto ledger = context.OpenLedger(true);
    if (!ledger) return tl::unexpected(ledger.error());
    auto stored = (*ledger)->Sheets();
    if (!stored) return tl::unexpected(stored.error());
    sheets = *std::move(stored);
  }
  const SheetName name = options.sheet.empty() ? sheets.front().name : SheetName{options.sheet};
  const auto book = tariff::PriceBook::Make(std::move(sheets));
  if (!book) return tl::unexpected(book.error());
  const auto sheet = book->At(name, context.clock.Utc());
  if (!sheet) return tl::unexpected(sheet.error());
  return **sheet;
}

// The sheet's prices, as far as the formula can use them.
Result<void> TakeSheet(const Context& context, const CalcOptions& options, Case& into) {
  if (options.sheet.empty() && options.prices.empty()) return {};
  const auto sheet = FindSheet(context, options);
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
                        Case& into) {
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

Result<void> TakeDerivations(const CalcOptions& o, Case& into) {
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
                        bool& has, Case& into) {
  if (text.empty()) return {};
  const auto amount = tariff::ParseAmount(flag, text);
  if (!amount) return tl::unexpected(amount.error());
  number = amount->Count();
  has = true;
  into.has_own_numbers = true;
  return {};
}

Result<void> TakeFlags(const CalcOptions& options, Case& into) {
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
Result<void> CheckTerms(const CalcOptions& options, const Case& of) {
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

Result<Case> Gather(const Context& context, const CalcOptions& options) {
  Case gathered;
  if (auto done = TakePreset(options, gathered); !done) return tl::unexpected(done.error());
  if (auto done = TakeSheet(context, options, gathered); !done) return tl::unexpected(done.error());
  if (auto done = TakeDerivations(options, gathered); !done) return tl::unexpected(done.error());
  if (auto done = TakeFlags(options, gathered); !done) return tl::unexpected(done.error());
  if (auto done = CheckTerms(options, gathered); !done) return tl::unexpected(done.error());
  return gathered;
}

std::string RangeText(const tariff::Preset& preset) {
  return fmt::format("{}{}–{}", preset.currency.Symbol(), ToGrouped(preset.range->low.Count(), 0),
                     ToGrouped(preset.range->high.Count(), 0));
}

std::string SourceText(const Case& of) {
  if (!of.preset) return Say("the numbers as given");
  const std::string source = Say("{}, read on {}", of.preset->source, of.preset->date);
  const bool is_changed = of.has_own_numbers && of.preset->inputs;
  return is_changed ? source + Say(", with other numbers as given") : source;
}

// The terms that are there, as "5 × 2.3 + 0.2 × 2.5".
std::string FilledIn(const Case& of) {
  std::string text;
  for (const TermRow& row : kTermRows) {
    const std::size_t i = IndexOf(row);
    if (!of.has_price.at(i) || !of.has_quantity.at(i)) continue;
    text += fmt::format("{}{} × {}", text.empty() ? "" : " + ", ToDecimal(of.input.*row.price),
                        ToDecimal(of.input.*row.quantity));
  }
  return text;
}

void PrintReference(const tariff::Preset& preset) {
  std::cout << preset.title << "\n  "
            << Say("published: {} per epoch ({} parameters, {})", RangeText(preset),
                   preset.parameters, preset.hardware)
            << "\n  " << Say("source: {}", Say("{}, read on {}", preset.source, preset.date))
            << "\n";
}

void PrintCalculation(const Case& of, const ledger::FormulaResult& result) {
  const auto money = [&](ledger::Exact value) {
    return Format({ledger::ToNano(value), of.currency});
  };
  if (of.preset) std::cout << of.preset->title << "\n\n";
  std::cout << "Cost_epoch = (C_gpu × T_gpu + C_cpu × T_cpu + C_mem × M_avg + C_net × D_transfer) "
               "× N_replicas\n"
            << "           = (" << FilledIn(of) << ") × " << of.input.replicas << "\n\n";
  for (const std::string& derived : of.derived) std::cout << "  " << derived << "\n";
  if (!of.derived.empty()) std::cout << "\n";
  const auto line = [](std::string_view name, const std::string& filled, const std::string& value) {
    std::cout << "  " << PadRight(name, 12) << PadRight(filled, 34) << PadLeft(value, 16) << "\n";
  };
  for (const TermRow& row : kTermRows) {
    const std::size_t i = IndexOf(row);
    const bool is_there = of.has_price.at(i) && of.has_quantity.at(i);
    line(Translate(row.title),
         is_there
             ? fmt::format("{} {}/{} × {} {}", ToDecimal(of.input.*row.price), of.currency.Code(),
                           row.price_unit, ToDecimal(of.input.*row.quantity), row.quantity_unit)
             : std::string(Translate("not given")),
         is_there ? ledger::ToText(result.*row.result) : "–");
  }
  line(Translate("one replica"), "", ledger::ToText(result.per_replica));
  line(Translate("one epoch"), Say("× {} (N_replicas)", of.input.replicas),
       money(result.per_epoch));
  line(Translate("whole run"), Say("× {} (epochs)", of.input.epochs), money(result.whole_run));
  std::cout << "\n" << Say("source: {}", SourceText(of)) << "\n";
  if (!of.prices_source.empty()) std::cout << Say("prices: sheet {}", of.prices_source) << "\n";
}

void Print(const Case& of, const ledger::FormulaResult& result) {
  const bool is_reference = of.preset && of.preset->range;
  if (!is_reference) return PrintCalculation(of, result);
  if (of.has_own_numbers) {
    PrintCalculation(of, result);
    std::cout << Say("published for one epoch: {}", RangeText(*of.preset)) << "\n";
    return;
  }
  PrintReference(*of.preset);
  std::cout << "  "
            << Say("Its inputs were not published, so nothing is computed. With your own numbers, "
                   "beside this range:")
            << "\n    epochcost calc --preset " << of.preset->name
            << " --c-gpu 8 --t-gpu 1.5 --replicas 8\n";
}

nlohmann::ordered_json PresetJson(const tariff::Preset& preset) {
  nlohmann::ordered_json out = {{"name", preset.name},
                                {"title", preset.title},
                                {"source", preset.source},
                                {"source_date", preset.date},
                                {"currency", preset.currency.Code()}};
  if (preset.range) {
    out["parameters"] = preset.parameters;
    out["hardware"] = preset.hardware;
    out["published_epoch_low"] = ToDecimal(preset.range->low.Count());
    out["published_epoch_high"] = ToDecimal(preset.range->high.Count());
  }
  return out;
}

// Decimals as text: every digit, for whoever computes on.
void PrintJson(const Case& of, const ledger::FormulaResult& result) {
  nlohmann::ordered_json out = {{"schema_version", 1},
                                {"currency", of.currency.Code()},
                                {"source", of.preset ? of.preset->source : "given"}};
  out["preset"] = of.preset ? PresetJson(*of.preset) : nlohmann::ordered_json();
  if (!of.prices_source.empty()) out["prices_source"] = of.prices_source;
  const bool is_computed = !(of.preset && of.preset->range && !of.has_own_numbers);
  if (is_computed) {
    nlohmann::ordered_json terms = nlohmann::ordered_json::array();
    for (const TermRow& row : kTermRows) {
      const std::size_t i = IndexOf(row);
      if (!of.has_price.at(i) || !of.has_quantity.at(i)) continue;
      terms.push_back({{"term", Name(row.term)},
                       {"price", ToDecimal(of.input.*row.price)},
                       {"price_unit", fmt::format("{}/{}", of.currency.Code(), row.price_unit)},
                       {"quantity", ToDecimal(of.input.*row.quantity)},
                       {"quantity_unit", row.quantity_unit},
                       {"amount", ledger::ToText(result.*row.result)}});
    }
    out["terms"] = std::move(terms);
    out["derived"] = of.derived;
    out["replicas"] = of.input.replicas;
    out["epochs"] = of.input.epochs;
    out["per_replica"] = ledger::ToText(result.per_replica);
    out["per_epoch"] = ledger::ToText(result.per_epoch);
    out["whole_run"] = ledger::ToText(result.whole_run);
  }
  std::cout << out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << "\n";
}

void List(const Context& context) {
  if (context.json) {
    nlohmann::ordered_json presets = nlohmann::ordered_json::array();
    for (const tariff::Preset& preset : tariff::Presets()) presets.push_back(PresetJson(preset));
    const nlohmann::ordered_json out = {{"schema_version", 1}, {"presets", std::move(presets)}};
    std::cout << out.dump(2) << "\n";
    return;
  }
  for (const tariff::Preset& preset : tariff::Presets()) {
    std::cout << PadRight(preset.name, 18)
              << (preset.range ? Say("{}: {} per epoch, published", preset.title, RangeText(preset))
                               : preset.title)
              << "\n";
  }
}

void Calculate(const CalcOptions& options, Context& context) {
  if (options.list) return List(context);
  const auto gathered = Gather(context, options);
  if (!gathered) {
    Complain(context, gathered.error());
    if (gathered.error().code == ErrorCode::kNotFound)
      context.exit_code = options.preset.empty() ? 4 : 2;
    return;
  }
  const auto result = ledger::Evaluate(gathered->input);
  if (!result) return Complain(context, result.error());
  if (context.json) return PrintJson(*gathered, *result);
  Print(*gathered, *result);
}

// Help that begins with what to type.
class ExamplesFirst final : public CLI::Formatter {
 public:
  [[nodiscard]] std::string make_usage(const CLI::App* app, std::string name) const override {
    return Say("examples:\n"
               "  epochcost calc --preset resnet152-v100              a published example\n"
               "  epochcost calc --preset resnet152-v100 --c-gpu 7    the same with another price\n"
               "  epochcost calc --c-gpu 5.0 --t-gpu 2.3 --c-cpu 0.2 --t-cpu 2.5 --c-mem 0.05 "
               "--m-avg 48 \\\n"
               "                 --c-net 0.01 --d-transfer 120 --replicas 8 --epochs 100\n"
               "  epochcost calc --prices my-cluster.toml --t-gpu 2.3 --replicas 8\n"
               "  epochcost calc --c-gpu 5 --n-ops 8.28e15 --p-avg 0.001 --f-gpu 1.25e9 --u-gpu "
               "0.8\n"
               "  epochcost calc --list                               all presets\n") +
           CLI::Formatter::make_usage(app, std::move(name));
  }
};

void AddFormulaOptions(CLI::App& calc, CalcOptions& o) {
  const std::string group = Say("The formula (per replica and epoch)");
  const auto add = [&](const char* flag, std::string& value, const std::string& text) {
    calc.add_option(flag, value, text)->group(group);
  };
  add("--c-gpu", o.c_gpu, Say("C_gpu, price of an hour of GPU"));
  add("--t-gpu", o.t_gpu, Say("T_gpu, hours of GPU in use"));
  add("--c-cpu", o.c_cpu, Say("C_cpu, price of an hour of CPU"));
  add("--t-cpu", o.t_cpu, Say("T_cpu, hours of CPU used"));
  add("--c-mem", o.c_mem, Say("C_mem, price of a GB of the epoch's average memory"));
  add("--m-avg", o.m_avg, Say("M_avg, average memory in GB"));
  add("--c-net", o.c_net, Say("C_net, price of a GB transferred"));
  add("--d-transfer", o.d_transfer, Say("D_transfer, GB transferred"));
  add("--replicas", o.replicas, Say("N_replicas (1)"));
  add("--epochs", o.epochs, Say("epochs of the whole run (1)"));
}

void AddDerivationOptions(CLI::App& calc, CalcOptions& o) {
  std::string group = "T_gpu = (N_ops × P_avg) / (F_gpu × U_gpu)";
  const auto add = [&](const char* flag, std::string& value, const std::string& text) {
    calc.add_option(flag, value, text)->group(group);
  };
  add("--n-ops", o.n_ops, Say("N_ops, operations in the epoch, such as 8.28e15"));
  add("--p-avg", o.p_avg, Say("P_avg, mean cycles per operation, below 1 on a GPU"));
  add("--f-gpu", o.f_gpu, Say("F_gpu, core clock in Hz, such as 1.25e9"));
  add("--u-gpu", o.u_gpu, Say("U_gpu, mean utilisation, above 0 to 1"));
  group = "M_avg = (M_model + M_batch × B_size) × S_factor";
  add("--m-model", o.m_model, Say("M_model, GB of the parameters"));
  add("--m-batch", o.m_batch, Say("M_batch, GB per sample"));
  add("--b-size", o.b_size, Say("B_size, batch size"));
  add("--s-factor", o.s_factor, Say("S_factor, system overhead, usually 1.1 to 1.3"));
  group = "D_transfer = (M_grad × N_params) / C_compression";
  add("--m-grad", o.m_grad, Say("M_grad, GB of a gradient"));
  add("--n-params", o.n_params, Say("N_params, parameter updates in the epoch"));
  add("--c-compression", o.c_compression,
      Say("C_compression, compression of the gradient; 1 is none"));
}

}  // namespace

void AddCalc(CLI::App& app, Context& context) {
  const auto options = std::make_shared<CalcOptions>();
  CLI::App* const calc =
      app.add_subcommand("calc", Say("The cost formula, with its numbers filled in"));
  calc->formatter(std::make_shared<ExamplesFirst>());
  calc->add_option("--preset", options->preset,
                   Say("a published configuration; other flags change its numbers"));
  calc->add_flag("--list", options->list, Say("the presets"));
  calc->add_option("--prices", options->prices, Say("take the prices from a price sheet (TOML)"));
  calc->add_option("--sheet", options->sheet, Say("the sheet of that file, or of the ledger"));
  calc->add_option("--currency", options->currency, Say("currency of the prices given (CNY)"));
  calc->add_flag("--json", context.json, Say("as one JSON object"));
  AddFormulaOptions(*calc, *options);
  AddDerivationOptions(*calc, *options);
  calc->callback([options, &context] { Calculate(*options, context); });
}

}  // namespace epochcost::app
