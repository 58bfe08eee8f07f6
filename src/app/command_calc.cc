// epochcost calc: the formula, with its numbers filled in.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "app/calc_case.h"
#include "app/context.h"
#include "base/text.h"

namespace epochcost::app {
namespace {

std::string RangeText(const tariff::Preset& preset) {
  return fmt::format("{}{}–{}", preset.currency.Symbol(), ToGrouped(preset.range->low.Count(), 0),
                     ToGrouped(preset.range->high.Count(), 0));
}

// Whether the numbers computed with are a preset's, at least some of them.
bool IsFromPreset(const CalcCase& of) {
  return of.preset && (of.preset->inputs || !of.has_own_numbers);
}

std::string PublishedText(const tariff::Preset& preset) {
  return Say("{}, read on {}", preset.source, preset.date);
}

std::string SourceText(const CalcCase& of) {
  if (!IsFromPreset(of)) return Say("the numbers as given");
  const std::string source = PublishedText(*of.preset);
  return of.has_own_numbers ? source + Say(", with other numbers as given") : source;
}

// The terms that are there, as "5 × 2.3 + 0.2 × 2.5".
std::string FilledIn(const CalcCase& of) {
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
            << "\n  " << Say("source: {}", PublishedText(preset)) << "\n";
}

void PrintCalculation(const CalcCase& of, const ledger::FormulaResult& result) {
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

void Print(const CalcCase& of, const ledger::FormulaResult& result) {
  const bool is_reference = of.preset && of.preset->range;
  if (!is_reference) return PrintCalculation(of, result);
  if (of.has_own_numbers) {
    PrintCalculation(of, result);
    std::cout << Say("published for one epoch: {}", RangeText(*of.preset)) << " ("
              << PublishedText(*of.preset) << ")\n";
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
void PrintJson(const CalcCase& of, const ledger::FormulaResult& result) {
  nlohmann::ordered_json out = {{"schema_version", 1},
                                {"currency", of.currency.Code()},
                                {"source", IsFromPreset(of) ? of.preset->source : "given"},
                                {"has_own_numbers", of.has_own_numbers}};
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
  const auto gathered = GatherCase(context, options);
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
