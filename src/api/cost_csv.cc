#include "api/cost_csv.h"

#include <fmt/format.h>

#include "api/escape.h"
#include "api/figures.h"

namespace epochcost::api {
namespace {

constexpr std::string_view kHead =
    "run_id,project,name,level,phase,index,replica,t0,t1,held_ns,resource,quantity,unit,amount,"
    "currency,quality,source,lines\r\n";

// What all rows of one epoch, phase, replica or run have in common.
struct Owner {
  std::string_view level;
  std::string_view phase;
  std::string index;
  std::string replica;
  std::string t0;
  std::string t1;
  std::string held_ns;
};

void Put(std::string& csv, const RunCost& cost, const Owner& owner, const ResourceSums& sums) {
  for (const ResourceInfo& info : Resources()) {
    const auto& sum = sums.at(static_cast<std::size_t>(info.resource));
    if (!sum) continue;
    csv += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\r\n",
                       ForCsv(cost.run.id.Value()), ForCsv(cost.run.project.Value()),
                       ForCsv(cost.run.name), owner.level, owner.phase, owner.index, owner.replica,
                       owner.t0, owner.t1, owner.held_ns, info.name, ToString(sum->quantity),
                       info.quantity_name, ToDecimal(sum->amount_nano), cost.total.currency.Code(),
                       Name(sum->quality), Info(sum->source).name, sum->lines);
  }
}

Owner OwnerOf(const EpochCost& epoch) {
  const bool is_epoch = epoch.scope.kind == ScopeKind::kEpoch;
  return {.level = is_epoch ? "epoch" : "phase",
          .phase = is_epoch ? "" : Name(epoch.scope.kind),
          .index = fmt::format("{}", epoch.scope.index),
          .replica = "",
          .t0 = ExactUtc(epoch.t0),
          .t1 = ExactUtc(epoch.t1),
          .held_ns = fmt::format("{}", epoch.held.Count())};
}

}  // namespace

std::string CostCsv(const RunCost& cost) {
  std::string csv{kHead};
  for (const EpochCost& epoch : cost.epochs) Put(csv, cost, OwnerOf(epoch), epoch.sums);
  for (const EpochCost& phase : cost.phases) Put(csv, cost, OwnerOf(phase), phase.sums);
  for (const ReplicaCost& replica : cost.replicas) {
    Put(csv, cost, {.level = "replica", .replica = fmt::format("{}", replica.replica)},
        replica.sums);
  }
  Owner run{.level = "run", .t0 = ExactUtc(cost.run.started)};
  if (cost.run.ended) run.t1 = ExactUtc(*cost.run.ended);
  run.held_ns = fmt::format("{}", HeldTime(cost).Count());
  Put(csv, cost, run, cost.sums);
  return csv;
}

}  // namespace epochcost::api
