#include "ledger/sums.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "base/text.h"
#include "model/replica.h"

namespace epochcost::ledger {
namespace {

void AddSum(ResourceSums& sums, Resource resource, const ResourceSum& added) {
  auto& slot = sums.at(static_cast<std::size_t>(resource));
  if (!slot) {
    slot = added;
    return;
  }
  slot->quantity += added.quantity;
  slot->amount_nano += added.amount_nano;
  slot->lines += added.lines;
  slot->quality = Worse(slot->quality, added.quality);
  slot->source = added.source;
}

void AddAll(ResourceSums& sums, const ResourceSums& added) {
  for (const ResourceInfo& info : Resources()) {
    const auto& slot = added.at(static_cast<std::size_t>(info.resource));
    if (slot) AddSum(sums, info.resource, *slot);
  }
}

Wide AmountOf(const ResourceSums& sums) {
  Wide nano = 0;
  for (const auto& sum : sums) nano += sum ? sum->amount_nano : Wide{0};
  return nano;
}

// What is shared is no replica where there are any.
void LeaveOutShared(std::map<std::int32_t, Nanos>& by_replica) {
  if (by_replica.size() > 1) by_replica.erase(kSharedReplica);
}

// The time that each replica spent in a scope is that of its longest-metered resource; the scope's
// is the mean.
Nanos MeanHeld(const std::map<std::int32_t, Nanos>& by_replica) {
  std::int64_t sum = 0;
  for (const auto& [replica, held] : by_replica) sum += held.Count();
  return Nanos{by_replica.empty() ? 0 : sum / static_cast<std::int64_t>(by_replica.size())};
}

EpochCost ScopeCost(const Scope& scope, std::span<const SumRow> rows, const Currency& currency) {
  EpochCost cost{.scope = scope};
  std::map<std::int32_t, Nanos> held;
  for (const SumRow& row : rows) {
    if (row.scope != scope) continue;
    cost.t0 = held.empty() ? row.t0 : std::min(cost.t0, row.t0);
    cost.t1 = held.empty() ? row.t1 : std::max(cost.t1, row.t1);
    held[row.replica] = std::max(held[row.replica], row.held);
    AddSum(cost.sums, row.resource, row.sum);
  }
  LeaveOutShared(held);
  cost.held = MeanHeld(held);
  cost.replicas = static_cast<std::int64_t>(held.size());
  cost.total = {AmountOf(cost.sums), currency};
  cost.provisional.currency = currency;
  return cost;
}

Result<void> Expect(bool holds, std::string_view left, Wide left_value, std::string_view right,
                    Wide right_value) {
  if (holds) return {};
  return Fail(ErrorCode::kCorrupt,
              Say("the sums disagree: {} is {} and {} is {}", left, ToString(left_value), right,
                  ToString(right_value)),
              Say("every line must be counted in each of them exactly once"),
              Say("this is a fault of EpochCost or of the ledger file; nothing was changed"));
}

Result<void> Compare(std::string_view name, const ResourceSums& parts, const ResourceSums& whole) {
  for (const ResourceInfo& info : Resources()) {
    const auto index = static_cast<std::size_t>(info.resource);
    const ResourceSum part = parts.at(index).value_or(ResourceSum{});
    const ResourceSum all = whole.at(index).value_or(ResourceSum{});
    const std::string left = std::string(name) + " " + std::string(info.name);
    const std::string right = "resources " + std::string(info.name);
    if (auto same = Expect(part.amount_nano == all.amount_nano, left + " amount_nano",
                           part.amount_nano, right + " amount_nano", all.amount_nano);
        !same) {
      return same;
    }
    if (auto same =
            Expect(part.quantity == all.quantity, left + " " + std::string(info.quantity_name),
                   part.quantity, right, all.quantity);
        !same) {
      return same;
    }
  }
  return {};
}

// Adds the parts' sums to `into`, each of which must be the sum of its own resources.
template <class Part, class NameOf>
Result<void> Collect(const std::vector<Part>& parts, NameOf name_of, ResourceSums& into) {
  for (const Part& part : parts) {
    const Wide amount = AmountOf(part.sums);
    if (auto same = Expect(amount == part.total.nano, name_of(part) + " resources", amount,
                           name_of(part) + " total", part.total.nano);
        !same) {
      return same;
    }
    AddAll(into, part.sums);
  }
  return {};
}

}  // namespace

void Sums::Add(const LedgerLine& line) {
  const UsageLine& usage = line.usage;
  const Resource resource = usage.id.resource;
  const bool is_usage = usage.kind == LineKind::kUsage;
  auto [found, is_new] =
      rows_.try_emplace({usage.replica, usage.scope, resource}, SumRow{.replica = usage.replica,
                                                                       .scope = usage.scope,
                                                                       .resource = resource,
                                                                       .t0 = usage.t0,
                                                                       .t1 = usage.t1});
  SumRow& row = found->second;
  if (is_new || usage.t1 >= row.t1) row.sum.source = usage.source;
  row.t0 = std::min(row.t0, usage.t0);
  row.t1 = std::max(row.t1, usage.t1);
  if (is_usage) row.held += usage.t1 - usage.t0;
  if (is_usage) row.sum.quantity += usage.u1 - usage.u0;
  row.sum.amount_nano += line.amount.Count();
  row.sum.quality = Worse(row.sum.quality, usage.quality);
  ++row.sum.lines;
}

std::vector<SumRow> Sums::Rows() const {
  std::vector<SumRow> rows;
  for (const auto& [key, row] : rows_) rows.push_back(row);
  return rows;
}

RunCost AddUp(const Run& run, std::span<const SumRow> rows) {
  RunCost cost;
  cost.run = run;
  for (Money* const money : {&cost.total, &cost.provisional, &cost.billed, &cost.idle}) {
    money->currency = run.currency;
  }
  std::map<Scope, std::vector<SumRow>> by_scope;
  std::map<std::int32_t, ReplicaCost> by_replica;
  for (const SumRow& row : rows) {
    by_scope[row.scope].push_back(row);
    ReplicaCost& replica = by_replica[row.replica];
    replica.replica = row.replica;
    AddSum(replica.sums, row.resource, row.sum);
    AddSum(cost.sums, row.resource, row.sum);
  }
  for (const auto& [scope, of_scope] : by_scope) {
    auto& into = scope.kind == ScopeKind::kEpoch ? cost.epochs : cost.phases;
    into.push_back(ScopeCost(scope, of_scope, run.currency));
  }
  for (auto& [index, replica] : by_replica) {
    replica.total = {AmountOf(replica.sums), run.currency};
    cost.replicas.push_back(replica);
  }
  cost.total.nano = AmountOf(cost.sums);
  return cost;
}

Result<void> CheckConservation(const RunCost& cost) {
  const auto scope_name = [](const EpochCost& part) {
    return std::string(Name(part.scope.kind)) + " " + std::to_string(part.scope.index);
  };
  const auto replica_name = [](const ReplicaCost& part) {
    return "replica " + std::to_string(part.replica);
  };
  ResourceSums scopes;
  ResourceSums replicas;
  if (auto done = Collect(cost.epochs, scope_name, scopes); !done) return done;
  if (auto done = Collect(cost.phases, scope_name, scopes); !done) return done;
  if (auto done = Collect(cost.replicas, replica_name, replicas); !done) return done;
  if (auto same = Compare("epochs and phases", scopes, cost.sums); !same) return same;
  if (auto same = Compare("replicas", replicas, cost.sums); !same) return same;
  const Wide resources = AmountOf(cost.sums);
  return Expect(resources == cost.total.nano, "resources", resources, "total", cost.total.nano);
}

}  // namespace epochcost::ledger
