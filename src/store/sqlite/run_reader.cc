#include "store/sqlite/run_reader.h"

#include <SQLiteCpp/Transaction.h>

#include <algorithm>
#include <map>

#include "store/sqlite/line_record.h"
#include "store/sqlite/progress.h"
#include "store/sqlite/sheet_table.h"
#include "store/sqlite/sums.h"

namespace epochcost::store::sqlite {
namespace {

struct ScopeMarks {
  std::int64_t steps = 0;
  bool is_complete = false;
};

std::map<Scope, ScopeMarks> LoadScopes(Connection& connection, const RunEntry& run) {
  Statement row =
      connection.Use("SELECT kind, scope_index, steps, is_complete FROM scope WHERE run_key = ?");
  row.Bind(run.run_key);
  std::map<Scope, ScopeMarks> scopes;
  while (row.Next()) {
    const auto kind = row.AnEnum(ScopeKind::kIdle);
    const Scope scope{kind, row.Int()};
    ScopeMarks& marks = scopes[scope];
    marks.steps = row.Int();
    marks.is_complete = row.Int() != 0;
  }
  return scopes;
}

// An epoch is open until its end mark is there or the run is over; a phase while the run is in it.
void TellState(EpochCost& cost, const ScopeMarks& marks, bool is_running, bool is_current) {
  const bool is_epoch = cost.scope.kind == ScopeKind::kEpoch;
  cost.steps = marks.steps;
  cost.is_open = is_running && (is_epoch ? !marks.is_complete : is_current);
  cost.is_complete = !is_epoch || marks.is_complete || cost.is_open;
}

void TellStates(Connection& connection, const RunEntry& run, const Standing& standing,
                RunCost& cost) {
  const auto scopes = LoadScopes(connection, run);
  const bool is_running = cost.run.state == RunState::kRunning;
  cost.provisional = standing.provisional;
  for (auto* const list : {&cost.epochs, &cost.phases}) {
    for (EpochCost& each : *list) {
      const auto marks = scopes.find(each.scope);
      const bool is_current = each.scope == standing.scope;
      TellState(each, marks == scopes.end() ? ScopeMarks{} : marks->second, is_running, is_current);
      if (is_current) each.provisional = standing.provisional;
    }
  }
}

// Replica 0's memory in the open scope, sealed and open: the meter that resumes closes that scope
// with a line of its own.
void ReadScopeMemory(Connection& connection, const RunEntry& run, ResumePoint& point) {
#define EPOCHCOST_MEMORY_COLUMNS " l.t0, l.t1, l.u0_hi, l.u0_lo, l.u1_hi, l.u1_lo "
#define EPOCHCOST_MEMORY_OF_SCOPE                                               \
  " CROSS JOIN account a ON a.account_key = l.account_key"                      \
  " WHERE l.resource = ?2 AND a.run_key = ?1 AND a.replica = 0 AND a.kind = ?3" \
  " AND a.scope_kind = ?4 AND a.scope_index = ?5"
  Statement row = connection.Use(
      "SELECT" EPOCHCOST_MEMORY_COLUMNS
      "FROM metering g CROSS JOIN line l ON l.meter_key = g.meter_key" EPOCHCOST_MEMORY_OF_SCOPE
      " AND g.run_key = ?1 UNION ALL SELECT" EPOCHCOST_MEMORY_COLUMNS
      "FROM open_line l" EPOCHCOST_MEMORY_OF_SCOPE " AND l.run_key = ?1 ORDER BY 1");
  row.Bind(run.run_key, Resource::kMemory, LineKind::kUsage, point.scope.kind, point.scope.index);
  while (row.Next()) {
    const UtcTime t0 = row.Utc();
    const UtcTime t1 = row.Utc();
    const Wide u0 = row.AWide();
    const Wide used = AddExactly(row.AWide(), -u0, "a quantity");
    point.scope_byte_ms = AddExactly(point.scope_byte_ms, used, "a quantity");
    AddPiece(point.scope_pieces, {t0, t1, Nanos{AddExactly(t1.ns, -t0.ns, "a time")}});
  }
}

// Reads are one transaction, so that what another process commits meanwhile cannot split them.
template <class Body>
auto InOneRead(Connection& connection, const RunId& id, Body&& body)
    -> decltype(body(std::declval<const RunEntry&>())) {
  return connection.Guard([&]() -> decltype(body(std::declval<const RunEntry&>())) {
    SQLite::Transaction transaction(connection.Database());
    const auto run = GetEntry(connection, id);
    if (!run) return tl::unexpected(run.error());
    auto result = body(*run);
    transaction.commit();
    return result;
  });
}

}  // namespace

Result<RunCost> ReadCost(Connection& connection, const RunId& id) {
  return InOneRead(connection, id, [&](const RunEntry& entry) -> Result<RunCost> {
    SumTable table;
    AddCommitted(connection, entry, table);
    AddOpen(connection, entry, table);
    const auto run = GetRun(connection, id);
    if (!run) throw Damaged{"a run is there and is not"};
    RunCost cost = AddUp(*run, table.Rows());
    if (const auto standing = LoadStanding(connection, entry))
      TellStates(connection, entry, *standing, cost);
    cost.metrics = LoadMetrics(connection, entry.run_key);
    cost.notices = LoadNotices(connection, entry.run_key);
    cost.sheets = SheetsOfRun(connection, entry.run_key);
    return cost;
  });
}

Result<std::vector<SumRow>> ReadSumRows(Connection& connection, const RunId& id) {
  return InOneRead(connection, id, [&](const RunEntry& entry) -> Result<std::vector<SumRow>> {
    SumTable table;
    AddCommitted(connection, entry, table);
    return table.Rows();
  });
}

Result<std::optional<ResumePoint>> ReadResumePoint(Connection& connection, const RunId& id) {
  using Found = Result<std::optional<ResumePoint>>;
  return InOneRead(connection, id, [&](const RunEntry& entry) -> Found {
    const auto standing = LoadStanding(connection, entry);
    if (!standing) return std::nullopt;
    ResumePoint point;
    point.readings = LoadReadings(connection, entry.run_key);
    point.mark_offsets = LoadOffsets(connection, entry.run_key);
    point.scope = standing->scope;
    point.steps = standing->steps;
    point.samples = standing->samples;
    ReadScopeMemory(connection, entry, point);
    SumTable table;
    AddCommitted(connection, entry, table);
    AddOpen(connection, entry, table);
    for (const SumRow& row : table.Rows()) point.last_t1 = std::max(point.last_t1, row.t1);
    return point;
  });
}

Result<void> ReadLines(Connection& connection, const RunId& id,
                       const std::function<Result<void>(const LedgerLine&)>& each) {
  static const std::string kSql =
      std::string(kLineColumns) +
      " FROM metering g CROSS JOIN line l ON l.meter_key = g.meter_key" + std::string(kLineTables) +
      " WHERE g.run_key = ?1 AND a.run_key = ?1"
      " ORDER BY l.t0, m.agent, m.boot, l.seq, l.resource";
  return connection.Guard([&]() -> Result<void> {
    const auto run = GetEntry(connection, id);
    if (!run) return tl::unexpected(run.error());
    // Not one of the kept statements: `each` may call this store again.
    SQLite::Statement prepared(connection.Database(), kSql);
    Statement row(prepared);
    row.Bind(run->run_key);
    while (row.Next()) {
      if (auto done = each(ReadLine(row, run->project)); !done) return done;
    }
    return {};
  });
}

}  // namespace epochcost::store::sqlite
