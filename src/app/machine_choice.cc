#include "app/machine_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

#include "app/estimate_price.h"
#include "base/text.h"
#include "estimate/search/search.h"

namespace epochcost::app {
namespace {

// Of so many of the fastest the cheapest is chosen: memory and network cost too, but never so much
// that a slow strategy is cheap.
constexpr std::size_t kFastest = 32;
constexpr std::int64_t kLargestBatch = 1'000'000;

Result<std::optional<std::int64_t>> Decided(std::string_view flag, const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto whole = ParseWholeFlag(flag, text);
  if (!whole) return tl::unexpected(whole.error());
  return *whole;
}

Result<estimate::SearchOptions> SearchOf(const PlanOptions& options,
                                         const estimate::Strategy& base) {
  estimate::SearchOptions search;
  search.keep = kFastest;
  search.base = base;
  if (!options.zero.empty()) search.sharding = base.sharding;
  if (!options.recompute.empty()) search.recompute = base.recompute;
  for (const auto& [flag, text, into] :
       {std::tuple{"--tp", &options.tensor, &search.tensor},
        std::tuple{"--pp", &options.pipeline, &search.pipeline},
        std::tuple{"--cp", &options.context, &search.context},
        std::tuple{"--ep", &options.expert, &search.expert},
        std::tuple{"--chunks", &options.chunks, &search.chunks},
        std::tuple{"--micro-batch", &options.micro_batch, &search.micro_batch}}) {
    const auto decided = Decided(flag, *text);
    if (!decided) return tl::unexpected(decided.error());
    *into = *decided;
  }
  const auto interval = Decided("--sync-every", options.sync_every);
  if (!interval) return tl::unexpected(interval.error());
  search.base.sync_interval = interval->value_or(1);
  return search;
}

Result<PricedEstimate> PricedWith(estimate::RunPlan plan, const estimate::Strategy& strategy,
                                  const MachineWords& machine, const PriceSheet& sheet) {
  plan.strategy = strategy;
  const auto answered = estimate::Answer(plan);
  if (!answered) return tl::unexpected(answered.error());
  return Price(*answered, sheet, machine.price_nano);
}

}  // namespace

Result<std::int64_t> CommonBatch(const PlanOptions& options, const estimate::Graph& graph,
                                 const std::vector<MachineWords>& machines) {
  const auto given = Decided("--batch", options.batch);
  if (!given) return tl::unexpected(given.error());
  if (*given) return **given;
  std::int64_t common = 1;
  std::int64_t most = 1;
  for (const MachineWords& machine : machines) {
    const std::int64_t devices = std::min(machine.devices, kLargestBatch);
    most = std::max(most, devices);
    common = std::min(kLargestBatch + 1, std::lcm(std::min(common, kLargestBatch), devices));
  }
  const std::int64_t usual = UsualMicroBatch(graph);
  return std::min(kLargestBatch, (common * usual <= kLargestBatch ? common : most) * usual);
}

Result<PricedEstimate> CheapestOn(const PlanOptions& options,
                                  const std::shared_ptr<const estimate::Graph>& graph,
                                  const MachineWords& machine, std::int64_t batch,
                                  const PriceSheet& sheet) {
  auto plan = GatherOpenPlan(options, graph, machine);
  if (!plan) return tl::unexpected(plan.error());
  auto search = SearchOf(options, plan->strategy);
  if (!search) return tl::unexpected(search.error());
  search->devices = machine.devices;
  search->global_batch = batch;
  const auto hardware = estimate::MachineOf(*plan);
  if (!hardware) return tl::unexpected(hardware.error());
  const auto found = estimate::Search(*graph, *hardware,
                                      estimate::CalibrationOf(*plan, *hardware).constants, *search);
  if (!found) return tl::unexpected(found.error());
  if (options.batch.empty()) {
    plan->remarks.push_back(Say("assumed a global batch of {} (--batch)", batch));
  }
  plan->remarks.push_back(
      Say("the cheapest of {} strategies, of which {} do not fit", found->valid, found->too_large));
  if (found->best.empty()) return PricedWith(*plan, found->smallest->strategy, machine, sheet);
  std::optional<PricedEstimate> cheapest;
  for (const estimate::Found& one : found->best) {
    auto priced = PricedWith(*plan, one.strategy, machine, sheet);
    if (!priced) return priced;
    if (!cheapest || priced->whole_run.nano < cheapest->whole_run.nano) {
      cheapest = *std::move(priced);
    }
  }
  return *std::move(cheapest);
}

Result<std::vector<api::Compared>> CompareOn(const PlanOptions& options,
                                             const std::shared_ptr<const estimate::Graph>& graph,
                                             const std::vector<std::string>& machines,
                                             const OwnMachines& own, const PriceSheet& sheet) {
  std::vector<api::Compared> rows;
  std::vector<std::optional<MachineWords>> words;
  std::vector<MachineWords> known;
  for (const std::string& text : machines) {
    auto machine = ParseMachine(text, own);
    rows.push_back({.machine = text, .priced = std::nullopt, .refused = std::nullopt});
    if (!machine) {
      rows.back().refused = machine.error();
      words.emplace_back(std::nullopt);
      continue;
    }
    rows.back().machine = fmt::format("{} × {}", machine->devices, machine->device.name);
    known.push_back(*machine);
    words.emplace_back(*std::move(machine));
  }
  const auto batch = CommonBatch(options, *graph, known);
  if (!batch) return tl::unexpected(batch.error());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!words[i]) continue;
    auto priced = CheapestOn(options, graph, *words[i], *batch, sheet);
    if (priced) {
      rows[i].priced = *std::move(priced);
    } else {
      rows[i].refused = priced.error();
    }
  }
  return rows;
}

}  // namespace epochcost::app
