#pragma once
// A run that never was, for the tests of this room: two replicas, two epochs, setup and evaluation,
// CPU measured, memory modelled, network without the inbound direction, no GPU.

#include "model/cost.h"

namespace epochcost::api::testing {

inline constexpr std::int64_t kStart = 1'795'000'000'000'000'000;  // 2026-11-18T11:06:40Z

inline void Put(ResourceSums& sums, Resource resource, Wide quantity, Wide nano, Quality quality,
                SourceKind source) {
  auto& sum = sums.at(static_cast<std::size_t>(resource));
  if (!sum) sum = ResourceSum{.quality = quality, .source = source};
  sum->quantity += quantity;
  sum->amount_nano += nano;
  sum->lines += 1;
}

inline EpochCost MadeUpScope(Scope scope, std::int64_t at_s, std::int64_t seconds, Wide nano) {
  EpochCost epoch;
  epoch.scope = scope;
  epoch.t0 = UtcTime{kStart + at_s * kNanosPerSecond};
  epoch.t1 = epoch.t0 + Nanos{seconds * kNanosPerSecond};
  epoch.held = Nanos{seconds * kNanosPerSecond};
  epoch.replicas = 2;
  epoch.steps = 100;
  Put(epoch.sums, Resource::kCpuTime, Wide{seconds} * 2 * kNanosPerSecond, nano, Quality::kMeasured,
      SourceKind::kCgroupCpuStat);
  Put(epoch.sums, Resource::kMemory, Wide{seconds} * 1000 * 500'000'000, nano / 4,
      Quality::kModelled, SourceKind::kProcMemory);
  Put(epoch.sums, Resource::kNetworkOut, 1'500, nano / 20, Quality::kMeasured,
      SourceKind::kBpfCgroupSkb);
  Put(epoch.sums, Resource::kLoopback, 77, 0, Quality::kMeasured, SourceKind::kBpfCgroupSkb);
  for (const auto& sum : epoch.sums) epoch.total.nano += sum ? sum->amount_nano : 0;
  return epoch;
}

inline PriceSheet MadeUpSheet() {
  PriceSheet sheet;
  sheet.name = SheetName{"reference"};
  sheet.provider = "published example";
  sheet.source = "the first worked example";
  sheet.source_date = "2026-11-01";
  sheet.memory_basis = MemoryBasis::kPerEpoch;
  sheet.provenance = Quality::kAssumed;
  sheet.rates.at(static_cast<std::size_t>(Resource::kGpuTime)) =
      Rate{5 * kNanoPerUnit, Wide{3600} * kNanosPerSecond};
  sheet.rates.at(static_cast<std::size_t>(Resource::kCpuTime)) =
      Rate{200'000'000, Wide{3600} * kNanosPerSecond};
  sheet.rates.at(static_cast<std::size_t>(Resource::kMemory)) = Rate{50'000'000, 1'000'000'000};
  sheet.rates.at(static_cast<std::size_t>(Resource::kNetworkIn)) = Rate{10'000'000, 1'000'000'000};
  sheet.rates.at(static_cast<std::size_t>(Resource::kNetworkOut)) = Rate{10'000'000, 1'000'000'000};
  return sheet;
}

// Replica 1 used a third of what the run used, replica 0 the rest, to the nano-unit.
inline void ShareOut(RunCost& cost) {
  ReplicaCost first{.replica = 0};
  ReplicaCost second{.replica = 1};
  for (std::size_t i = 0; i < kResourceCount; ++i) {
    if (!cost.sums.at(i)) continue;
    first.sums.at(i) = second.sums.at(i) = cost.sums.at(i);
    second.sums.at(i)->amount_nano = cost.sums.at(i)->amount_nano / 3;
    second.sums.at(i)->quantity = cost.sums.at(i)->quantity / 3;
    first.sums.at(i)->amount_nano -= second.sums.at(i)->amount_nano;
    first.sums.at(i)->quantity -= second.sums.at(i)->quantity;
    first.total.nano += first.sums.at(i)->amount_nano;
    second.total.nano += second.sums.at(i)->amount_nano;
  }
  cost.replicas = {first, second};
}

inline void AddUp(RunCost& cost) {
  cost.sums = {};
  cost.total = {};
  for (const auto* scopes : {&cost.epochs, &cost.phases}) {
    for (const EpochCost& scope : *scopes) {
      for (const ResourceInfo& info : Resources()) {
        const auto& sum = scope.sums.at(static_cast<std::size_t>(info.resource));
        if (sum) {
          Put(cost.sums, info.resource, sum->quantity, sum->amount_nano, sum->quality, sum->source);
        }
      }
      cost.total += scope.total;
    }
  }
  cost.billed = cost.total;
  ShareOut(cost);
}

inline RunCost MadeUpRun(std::int64_t epochs = 2) {
  RunCost cost;
  Run& run = cost.run;
  run.id = RunId{"7f3a00c0ffee"};
  run.project = ProjectId{"demo"};
  run.agent = AgentId{"a1"};
  run.name = "train.py";
  run.command = {"python3", "train.py"};
  run.working_directory = "/work";
  run.sheet = SheetName{"reference"};
  run.started = UtcTime{kStart};
  run.ended = UtcTime{kStart + (10 + 20 * epochs) * kNanosPerSecond};
  run.state = RunState::kFinished;
  run.exit_code = 0;
  run.epochs_from = "sdk";
  run.planned_epochs = epochs;
  cost.phases.push_back(MadeUpScope({ScopeKind::kSetup, 0}, 0, 5, 400'000));
  for (std::int64_t i = 0; i < epochs; ++i) {
    const Wide nano = 1'000'000 + (i * 7919) % 300'000;
    cost.epochs.push_back(MadeUpScope({ScopeKind::kEpoch, i}, 5 + 20 * i, 20, nano));
  }
  cost.phases.push_back(MadeUpScope({ScopeKind::kEval, epochs - 1}, 5 + 20 * epochs, 5, 300'000));
  cost.sheets.push_back(MadeUpSheet());
  cost.metrics.push_back({.epoch = 0, .name = "accuracy", .value = 0.5, .at = UtcTime{kStart}});
  cost.notices.push_back({NoticeKind::kDegraded, UtcTime{kStart},
                          "no GPU: /dev/nvidiactl does not exist", "run as root"});
  AddUp(cost);
  return cost;
}

}  // namespace epochcost::api::testing
