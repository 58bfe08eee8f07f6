#include "app/estimate_price.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "estimate/answer/apportion.h"

namespace epochcost::app {
namespace {

// Which of a figure's three numbers is priced.
enum class Bound { kValue, kLow, kHigh };

double Pick(const Figure& figure, Bound bound) {
  if (bound == Bound::kLow) return figure.low;
  return bound == Bound::kHigh ? figure.high : figure.value;
}

// The physical quantity as the formula takes it: 1e-9 of its unit. Here the estimate's floating
// point ends and exact money begins.
Result<std::int64_t> ToNano(std::string_view symbol, double quantity) {
  const double nano = quantity * 1e9;
  if (nano >= 0 && nano < 9e18) return std::llround(nano);
  return Fail(ErrorCode::kOverflow,
              Say("{} of {:.3g} is beyond what can be priced", symbol, quantity),
              Say("at most {:.3g}", 9e9));
}

struct Prices {
  // In 1e-9 of the currency.
  std::optional<std::int64_t> gpu, cpu, memory, network, energy, disk, disk_write;
  bool is_memory_hourly = false;
};

std::optional<std::int64_t> RateOf(const PriceSheet& sheet, Resource resource) {
  const auto& rate = sheet.rates.at(static_cast<std::size_t>(resource));
  if (!rate) return std::nullopt;
  return rate->nano;
}

Prices PricesOf(const PriceSheet& sheet, std::optional<std::int64_t> gpu_price_nano) {
  Prices prices{.gpu = RateOf(sheet, Resource::kGpuTime),
                .cpu = RateOf(sheet, Resource::kCpuTime),
                .memory = RateOf(sheet, Resource::kMemory),
                .network = std::nullopt,
                .energy = RateOf(sheet, Resource::kGpuEnergy),
                .disk = RateOf(sheet, Resource::kDiskRead),
                .disk_write = RateOf(sheet, Resource::kDiskWrite),
                .is_memory_hourly = sheet.memory_basis == MemoryBasis::kGbHour};
  // An estimate knows the node's energy as one: the dearer of the two prices holds for all of it.
  if (const auto cpu = RateOf(sheet, Resource::kCpuEnergy)) {
    prices.energy = std::max(prices.energy.value_or(0), *cpu);
  }
  if (gpu_price_nano) prices.gpu = gpu_price_nano;
  // What a replica sends another receives: both directions are paid.
  const auto in = RateOf(sheet, Resource::kNetworkIn);
  const auto out = RateOf(sheet, Resource::kNetworkOut);
  if (in || out) prices.network = in.value_or(0) + out.value_or(0);
  return prices;
}

Result<ledger::FormulaInput> InputOf(const Estimate& estimate, const Prices& prices, Bound bound) {
  const EstimateTerms& terms = estimate.terms;
  const double hours = prices.is_memory_hourly ? Pick(estimate.epoch_hours, bound) : 1;
  const auto t_gpu = ToNano("T_gpu", Pick(terms.t_gpu, bound));
  if (!t_gpu) return tl::unexpected(t_gpu.error());
  const auto t_cpu = ToNano("T_cpu", Pick(terms.t_cpu, bound));
  if (!t_cpu) return tl::unexpected(t_cpu.error());
  const auto m_avg = ToNano("M_avg", Pick(terms.m_avg, bound) * hours);
  if (!m_avg) return tl::unexpected(m_avg.error());
  const auto d_transfer = ToNano("D_transfer", Pick(terms.d_transfer, bound));
  if (!d_transfer) return tl::unexpected(d_transfer.error());
  const auto energy = ToNano("energy", Pick(terms.energy, bound));
  if (!energy) return tl::unexpected(energy.error());
  const auto disk = ToNano("disk", Pick(terms.disk, bound));
  if (!disk) return tl::unexpected(disk.error());
  return ledger::FormulaInput{.c_gpu = prices.gpu.value_or(0),
                              .t_gpu = *t_gpu,
                              .c_cpu = prices.cpu.value_or(0),
                              .t_cpu = *t_cpu,
                              .c_mem = prices.memory.value_or(0),
                              .m_avg = *m_avg,
                              .c_net = prices.network.value_or(0),
                              .d_transfer = *d_transfer,
                              .replicas = estimate.replicas,
                              .epochs = estimate.epochs,
                              .c_energy = prices.energy.value_or(0),
                              .energy = *energy,
                              .c_disk = prices.disk.value_or(0),
                              .disk = *disk};
}

Result<ledger::FormulaResult> Evaluated(const Estimate& estimate, const Prices& prices,
                                        Bound bound) {
  const auto input = InputOf(estimate, prices, bound);
  if (!input) return tl::unexpected(input.error());
  return ledger::Evaluate(*input);
}

Result<ledger::FormulaResult> EvaluatedPhase(const EstimatedPhase& phase, std::int64_t replicas,
                                             const Prices& prices, Bound bound) {
  // A price for the average over an epoch is paid for each scope that closes.
  const double times =
      prices.is_memory_hourly ? Pick(phase.hours, bound) : static_cast<double>(phase.scopes);
  const auto disk_price = phase.is_written ? prices.disk_write : prices.disk;
  ledger::FormulaInput input{.c_gpu = prices.gpu.value_or(0),
                             .c_cpu = prices.cpu.value_or(0),
                             .c_mem = prices.memory.value_or(0),
                             .replicas = replicas,
                             .c_energy = prices.energy.value_or(0),
                             .c_disk = disk_price.value_or(0)};
  for (const auto& [symbol, quantity, into] :
       {std::tuple{"T_gpu", Pick(phase.t_gpu, bound), &input.t_gpu},
        std::tuple{"T_cpu", Pick(phase.t_cpu, bound), &input.t_cpu},
        std::tuple{"M_avg", Pick(phase.m_avg, bound) * times, &input.m_avg},
        std::tuple{"energy", Pick(phase.energy, bound), &input.energy},
        std::tuple{"disk", Pick(phase.disk, bound), &input.disk}}) {
    const auto nano = ToNano(symbol, quantity);
    if (!nano) return tl::unexpected(nano.error());
    *into = *nano;
  }
  return ledger::Evaluate(input);
}

// The phases, in the order of the estimate, added to the whole run.
Result<void> PutPhases(const Prices& prices, PricedEstimate& priced) {
  const Currency currency = priced.whole_run.currency;
  for (const EstimatedPhase& phase : priced.estimate.phases) {
    PricedPhase one{
        .phase = phase,
        .is_disk_priced = (phase.is_written ? prices.disk_write : prices.disk).has_value(),
        .amount = {},
        .low = {},
        .high = {}};
    for (const auto& [bound, amount, whole] :
         {std::tuple{Bound::kValue, &one.amount, &priced.whole_run},
          std::tuple{Bound::kLow, &one.low, &priced.whole_run_low},
          std::tuple{Bound::kHigh, &one.high, &priced.whole_run_high}}) {
      const auto result = EvaluatedPhase(phase, priced.estimate.replicas, prices, bound);
      if (!result) return tl::unexpected(result.error());
      *amount = Money{ledger::ToNano(result->whole_run), currency};
      whole->nano += amount->nano;
    }
    priced.phases.push_back(std::move(one));
  }
  return {};
}

std::vector<PricedTerm> TermsOf(const Estimate& estimate, const Prices& prices,
                                const ledger::FormulaInput& input,
                                const ledger::FormulaResult& result, Currency currency) {
  const EstimateTerms& t = estimate.terms;
  const auto money = [&](ledger::Exact exact) { return Money{ledger::ToNano(exact), currency}; };
  const std::string_view hourly = prices.is_memory_hourly ? "GB·h" : "GB";
  std::vector<PricedTerm> priced = {
      {Term::kGpu, prices.gpu.has_value(), input.c_gpu, "hour", input.t_gpu, "h", money(result.gpu),
       t.t_gpu.quality},
      {Term::kCpu, prices.cpu.has_value(), input.c_cpu, "hour", input.t_cpu, "h", money(result.cpu),
       t.t_cpu.quality},
      {Term::kMemory, prices.memory.has_value(), input.c_mem,
       prices.is_memory_hourly ? "GB_hour" : "GB", input.m_avg, std::string(hourly),
       money(result.memory), t.m_avg.quality},
      {Term::kNetwork, prices.network.has_value(), input.c_net, "GB", input.d_transfer, "GB",
       money(result.network), t.d_transfer.quality}};
  if (prices.energy) {
    priced.push_back({Term::kEnergy, true, input.c_energy, "kWh", input.energy, "kWh",
                      money(result.energy), t.energy.quality});
  }
  if (prices.disk) {
    priced.push_back({Term::kDisk, true, input.c_disk, "GB", input.disk, "GB", money(result.disk),
                      t.disk.quality});
  }
  return priced;
}

}  // namespace

Result<PricedEstimate> Price(const Estimate& estimate, const PriceSheet& sheet,
                             std::optional<std::int64_t> gpu_price_nano) {
  const Prices prices = PricesOf(sheet, gpu_price_nano);
  const auto input = InputOf(estimate, prices, Bound::kValue);
  if (!input) return tl::unexpected(input.error());
  const auto value = ledger::Evaluate(*input);
  if (!value) return tl::unexpected(value.error());
  const auto low = Evaluated(estimate, prices, Bound::kLow);
  if (!low) return tl::unexpected(low.error());
  const auto high = Evaluated(estimate, prices, Bound::kHigh);
  if (!high) return tl::unexpected(high.error());
  const auto money = [&](ledger::Exact exact) {
    return Money{ledger::ToNano(exact), sheet.currency};
  };
  PricedEstimate priced{.estimate = estimate,
                        .terms = TermsOf(estimate, prices, *input, *value, sheet.currency),
                        .per_replica = money(value->per_replica),
                        .per_epoch = money(value->per_epoch),
                        .per_epoch_low = money(low->per_epoch),
                        .per_epoch_high = money(high->per_epoch),
                        .phases = {},
                        .whole_run = money(value->whole_run),
                        .whole_run_low = money(low->whole_run),
                        .whole_run_high = money(high->whole_run),
                        .prices_source = fmt::format("{} ({}, {})", sheet.name.Value(),
                                                     sheet.source, sheet.source_date),
                        .price_quality = sheet.provenance,
                        .published = std::nullopt};
  if (auto ok = PutPhases(prices, priced); !ok) return tl::unexpected(ok.error());
  return priced;
}

Result<std::vector<LayerCost>> CostOfLayers(const std::vector<estimate::LayerWeight>& weights,
                                            const Estimate& estimate, const PriceSheet& sheet,
                                            std::optional<std::int64_t> gpu_price_nano) {
  const auto result = Evaluated(estimate, PricesOf(sheet, gpu_price_nano), Bound::kValue);
  if (!result) return tl::unexpected(result.error());
  const Wide replicas = estimate.replicas;
  const auto column = [&](std::int64_t estimate::LayerWeight::* weight, ledger::Exact whole) {
    std::vector<std::int64_t> values;
    for (const estimate::LayerWeight& each : weights) values.push_back(each.*weight);
    return estimate::Apportion(whole.atto * replicas, values);
  };
  using Weight = estimate::LayerWeight;
  const std::array<std::vector<Wide>, 6> parts = {column(&Weight::time_weight, result->gpu),
                                                  column(&Weight::time_weight, result->cpu),
                                                  column(&Weight::memory_weight, result->memory),
                                                  column(&Weight::traffic_weight, result->network),
                                                  column(&Weight::time_weight, result->energy),
                                                  column(&Weight::time_weight, result->disk)};
  std::vector<LayerCost> layers;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    LayerCost layer{.path = weights[i].path,
                    .kind = std::string(estimate::Name(weights[i].kind)),
                    .parameters = weights[i].parameters,
                    .operations = weights[i].operations};
    for (std::size_t term = 0; term < parts.size(); ++term) {
      layer.atto.at(term) = parts.at(term).at(i);
      layer.total_atto += layer.atto.at(term);
    }
    layers.push_back(std::move(layer));
  }
  return layers;
}

std::vector<LayerCost> Folded(const std::vector<LayerCost>& layers,
                              const std::vector<estimate::LayerWeight>& weights) {
  std::vector<LayerCost> rows;
  std::map<std::pair<std::string, std::string>, std::size_t> row_of;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const auto key = std::pair{weights[i].block, weights[i].name};
    const auto [found, is_new] = row_of.try_emplace(key, rows.size());
    if (is_new) {
      rows.push_back(layers[i]);
      continue;
    }
    LayerCost& row = rows[found->second];
    row.path = fmt::format("{}.*.{}", weights[i].block, weights[i].name);
    ++row.repetitions;
    row.parameters += layers[i].parameters;
    row.operations += layers[i].operations;
    for (std::size_t term = 0; term < row.atto.size(); ++term) {
      row.atto.at(term) += layers[i].atto.at(term);
    }
    row.total_atto += layers[i].total_atto;
  }
  return rows;
}

}  // namespace epochcost::app
