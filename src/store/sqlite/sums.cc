#include "store/sqlite/sums.h"

#include <algorithm>
#include "model/replica.h"

namespace epochcost::store::sqlite {
namespace {

// The sums keep no single source per scope; that of the last replica stands for it.
void AddSum(ResourceSums& sums, Resource resource, const ResourceSum& added) {
  auto& slot = sums.at(static_cast<std::size_t>(resource));
  if (!slot) {
    slot = added;
    return;
  }
  slot->quantity = AddExactly(slot->quantity, added.quantity, "a quantity");
  slot->amount_nano = AddExactly(slot->amount_nano, added.amount_nano, "an amount");
  slot->lines = AddExactly(slot->lines, added.lines, "a number of lines");
  slot->quality = Worse(slot->quality, added.quality);
  slot->source = added.source;
}

void AddRow(EpochCost& cost, const SumRow& row) {
  const bool is_first = cost.replicas == 0;
  cost.t0 = is_first ? row.t0 : std::min(cost.t0, row.t0);
  cost.t1 = is_first ? row.t1 : std::max(cost.t1, row.t1);
  cost.total.nano = AddExactly(cost.total.nano, row.sum.amount_nano, "an amount");
  AddSum(cost.sums, row.resource, row.sum);
}

// A replica's time in a scope is that of its longest-metered resource; the scope's is the mean.
class HeldTime {
 public:
  void Add(const SumRow& row) {
    Nanos& held = by_replica_[row.replica];
    held = std::max(held, row.held);
  }
  [[nodiscard]] Nanos Mean() const {
    Wide sum = 0;
    for (const auto& [replica, held] : by_replica_) {
      if (Counts(replica)) sum += held.Count();
    }
    return Nanos{static_cast<std::int64_t>(sum / std::max<std::int64_t>(Replicas(), 1))};
  }
  [[nodiscard]] std::int64_t Replicas() const {
    return std::ranges::count_if(by_replica_,
                                 [this](const auto& entry) { return Counts(entry.first); });
  }

 private:
  // What is shared is no replica where there are any.
  [[nodiscard]] bool Counts(std::int32_t replica) const {
    return replica != kSharedReplica || by_replica_.size() == 1;
  }
  std::map<std::int32_t, Nanos> by_replica_;
};

// Columns: replica, scope_kind, scope_index, resource, kind, quality, source.
SumRow ReadPlace(Statement& row, LineKind& kind) {
  SumRow place;
  place.replica = row.Int32();
  place.scope.kind = row.AnEnum(ScopeKind::kIdle);
  place.scope.index = row.Int();
  place.resource = row.AnEnum(kLastResource);
  kind = row.AnEnum(LineKind::kMemoryClose);
  place.sum.quality = row.AnEnum(Quality::kAssumed);
  place.sum.source = row.AnEnum(kLastSource);
  return place;
}

}  // namespace

void SumTable::Add(const SumRow& row) {
  const auto [found, is_new] = rows_.try_emplace({row.replica, row.scope, row.resource}, row);
  if (is_new) return;
  SumRow& sum = found->second;
  if (std::pair(row.t1, row.sum.source) > std::pair(sum.t1, sum.sum.source))
    sum.sum.source = row.sum.source;
  sum.t0 = std::min(sum.t0, row.t0);
  sum.t1 = std::max(sum.t1, row.t1);
  sum.held = Nanos{AddExactly(sum.held.Count(), row.held.Count(), "a time")};
  sum.sum.quantity = AddExactly(sum.sum.quantity, row.sum.quantity, "a quantity");
  sum.sum.amount_nano = AddExactly(sum.sum.amount_nano, row.sum.amount_nano, "an amount");
  sum.sum.lines = AddExactly(sum.sum.lines, row.sum.lines, "a number of lines");
  sum.sum.quality = Worse(sum.sum.quality, row.sum.quality);
}

std::vector<SumRow> SumTable::Rows() const {
  std::vector<SumRow> rows;
  rows.reserve(rows_.size());
  for (const auto& [key, row] : rows_) rows.push_back(row);
  return rows;
}

void AddCommitted(Connection& connection, const RunEntry& run, SumTable& table) {
  Statement row = connection.Use(
      "SELECT replica, scope_kind, scope_index, resource, kind, quality, source, t0, t1, held, "
      "lines,"
      " quantity_hi, quantity_lo, amount_whole, amount_nano FROM account WHERE run_key = ? AND "
      "lines > 0");
  row.Bind(run.run_key);
  while (row.Next()) {
    LineKind kind{};
    SumRow sum = ReadPlace(row, kind);
    sum.t0 = row.Utc();
    sum.t1 = row.Utc();
    sum.held = Nanos{row.Int()};
    sum.sum.lines = row.Int();
    sum.sum.quantity = row.AWide();
    sum.sum.amount_nano = row.Nano();
    table.Add(sum);
  }
}

void AddOpen(Connection& connection, const RunEntry& run, SumTable& table) {
  Statement row = connection.Use(
      "SELECT a.replica, a.scope_kind, a.scope_index, a.resource, a.kind, a.quality, a.source, "
      "l.t0, l.t1,"
      " l.u0_hi, l.u0_lo, l.u1_hi, l.u1_lo, l.amount_nano"
      " FROM open_line l JOIN account a USING (account_key) WHERE l.run_key = ?");
  row.Bind(run.run_key);
  while (row.Next()) {
    LineKind kind{};
    SumRow sum = ReadPlace(row, kind);
    sum.t0 = row.Utc();
    sum.t1 = row.Utc();
    const Wide u0 = row.AWide();
    const Wide u1 = row.AWide();
    if (kind == LineKind::kUsage) {
      sum.held = Nanos{AddExactly(sum.t1.ns, -sum.t0.ns, "a time")};
      sum.sum.quantity = AddExactly(u1, -u0, "a quantity");
    }
    sum.sum.amount_nano = row.Int();
    sum.sum.lines = 1;
    table.Add(sum);
  }
}

RunCost AddUp(const Run& run, const std::vector<SumRow>& rows) {
  RunCost cost;
  cost.run = run;
  for (Money* const money : {&cost.total, &cost.provisional, &cost.billed, &cost.idle}) {
    money->currency = run.currency;
  }
  std::map<Scope, std::pair<EpochCost, HeldTime>> scopes;
  std::map<std::int32_t, ReplicaCost> replicas;
  const Money nothing{0, run.currency};
  for (const SumRow& row : rows) {
    auto& [scope, held] =
        scopes
            .try_emplace(row.scope,
                         EpochCost{.scope = row.scope, .total = nothing, .provisional = nothing},
                         HeldTime{})
            .first->second;
    AddRow(scope, row);
    held.Add(row);
    scope.replicas = held.Replicas();

    ReplicaCost& replica =
        replicas.try_emplace(row.replica, ReplicaCost{row.replica, {}, nothing}).first->second;
    AddSum(replica.sums, row.resource, row.sum);
    replica.total.nano = AddExactly(replica.total.nano, row.sum.amount_nano, "an amount");

    AddSum(cost.sums, row.resource, row.sum);
    cost.total.nano = AddExactly(cost.total.nano, row.sum.amount_nano, "an amount");
  }
  for (auto& [key, entry] : scopes) {
    entry.first.held = entry.second.Mean();
    (key.kind == ScopeKind::kEpoch ? cost.epochs : cost.phases).push_back(entry.first);
  }
  for (const auto& [key, replica] : replicas) cost.replicas.push_back(replica);
  return cost;
}

}  // namespace epochcost::store::sqlite
