#include "store/sqlite/standings.h"

#include <SQLiteCpp/Transaction.h>

#include <algorithm>
#include <unordered_map>

#include "store/sqlite/run_table.h"

namespace epochcost::store::sqlite {
namespace {

// Standings by run_key, in the order of the ledger.
struct Standings {
  std::vector<RunStanding> list;
  std::unordered_map<std::int64_t, std::size_t> place;

  [[nodiscard]] RunStanding* Of(std::int64_t run_key) {
    const auto found = place.find(run_key);
    return found == place.end() ? nullptr : &list[found->second];
  }
};

#define EPOCHCOST_STANDING                                                    \
  "SELECT" EPOCHCOST_RUN_COLUMNS                                              \
  ", r.run_key, coalesce(s.scope_kind, 1), coalesce(s.scope_index, 0),"       \
  " coalesce(s.provisional_whole, 0), coalesce(s.provisional_nano, 0),"       \
  " (SELECT count(*) FROM notice n WHERE n.run_key = r.run_key),"             \
  " (SELECT count(*) FROM scope c WHERE c.run_key = r.run_key AND c.kind = 0" \
  "   AND c.is_complete = 1 AND EXISTS (SELECT 1 FROM account a"              \
  "   WHERE a.run_key = c.run_key AND a.scope_kind = 0 AND a.scope_index = "  \
  "c.scope_index))" EPOCHCOST_RUN_TABLES "LEFT JOIN run_progress s USING (run_key) "
#define EPOCHCOST_SUMS                                                     \
  "SELECT run_key, resource, max(quality), sum(lines), sum(amount_whole)," \
  " sum(amount_nano), min(t0), max(t1) FROM account WHERE lines > 0 "
#define EPOCHCOST_OPEN                                         \
  "SELECT l.run_key, l.resource, max(a.quality), count(*), 0," \
  " sum(l.amount_nano), min(l.t0), max(l.t1)"                  \
  " FROM open_line l JOIN account a USING (account_key) "
#define EPOCHCOST_LAST_METRIC                                                             \
  "SELECT run_key, epoch, name, value, at FROM metric m WHERE value IS NOT NULL AND at =" \
  " (SELECT max(at) FROM metric n WHERE n.run_key = m.run_key AND n.value IS NOT NULL) "

void TakeRuns(Statement& row, Standings& standings) {
  while (row.Next()) {
    RunStanding& standing = standings.list.emplace_back();
    standing.run = ReadRun(row);
    standing.order = row.Int();
    standings.place[standing.order] = standings.list.size() - 1;
    standing.scope.kind = row.AnEnum(ScopeKind::kIdle);
    standing.scope.index = row.Int();
    standing.provisional = {row.Nano(), standing.run.currency};
    standing.notices = row.Int();
    standing.closed_epochs = row.Int();
    standing.total.currency = standing.run.currency;
  }
}

void TakeSums(Statement& row, Standings& standings) {
  while (row.Next()) {
    RunStanding* const standing = standings.Of(row.Int());
    if (standing == nullptr) continue;
    auto& sum = standing->sums.at(static_cast<std::size_t>(row.AnEnum(kLastResource)));
    const auto quality = row.AnEnum(Quality::kAssumed);
    if (!sum) sum = ResourceSum{.quality = quality};
    sum->quality = Worse(sum->quality, quality);
    sum->lines = AddExactly(sum->lines, row.Int(), "a number of lines");
    const Wide amount = row.Nano();
    sum->amount_nano = AddExactly(sum->amount_nano, amount, "an amount");
    standing->total.nano = AddExactly(standing->total.nano, amount, "an amount");
    const UtcTime t0 = row.Utc();
    const bool is_first = standing->as_of == UtcTime{};
    standing->t0 = is_first ? t0 : std::min(standing->t0, t0);
    standing->as_of = std::max(standing->as_of, row.Utc());
  }
}

void TakeMetrics(Statement& row, Standings& standings) {
  while (row.Next()) {
    RunStanding* const standing = standings.Of(row.Int());
    if (standing == nullptr) continue;
    MetricPoint& metric = standing->metric.emplace();
    metric.epoch = row.Int();
    metric.name = row.Text();
    metric.value = row.Real();
    metric.at = row.Utc();
  }
}

// The sums of each of them, one after the other: they are few.
void FillEach(Connection& connection, Standings& standings) {
  for (const RunStanding& standing : standings.list) {
    Statement sums = connection.Use(EPOCHCOST_SUMS "AND run_key = ? GROUP BY resource");
    TakeSums(sums.Bind(standing.order), standings);
    Statement open = connection.Use(EPOCHCOST_OPEN "WHERE l.run_key = ? GROUP BY l.resource");
    TakeSums(open.Bind(standing.order), standings);
    Statement metrics = connection.Use(EPOCHCOST_LAST_METRIC "AND run_key = ?");
    TakeMetrics(metrics.Bind(standing.order), standings);
  }
}

// The sums of all runs in one pass over the accounts.
void FillAll(Connection& connection, Standings& standings) {
  Statement sums = connection.Use(EPOCHCOST_SUMS "GROUP BY run_key, resource");
  TakeSums(sums, standings);
  Statement open = connection.Use(EPOCHCOST_OPEN "GROUP BY l.run_key, l.resource");
  TakeSums(open, standings);
  Statement metrics = connection.Use(EPOCHCOST_LAST_METRIC);
  TakeMetrics(metrics, standings);
}

// Whether the meter numbered lines of other runs too.
bool HasOtherRuns(Connection& connection, std::int64_t meter_key) {
  Statement row = connection.Use("SELECT count(*) FROM metering WHERE meter_key = ?");
  row.Bind(meter_key);
  return row.Next() && row.Int() > 1;
}

std::vector<std::int64_t> MetersOf(Connection& connection, std::int64_t run_key) {
  Statement row = connection.Use("SELECT meter_key FROM metering WHERE run_key = ? ORDER BY 1");
  row.Bind(run_key);
  std::vector<std::int64_t> meters;
  while (row.Next()) meters.push_back(row.Int());
  return meters;
}

void TakeAmounts(Statement& row, std::int64_t& last_seq,
                 const std::function<void(const PostedAmount&)>& each) {
  while (row.Next()) {
    last_seq = row.Int();
    PostedAmount posted;
    posted.resource = row.AnEnum(kLastResource);
    posted.t0 = row.Utc();
    posted.t1 = row.Utc();
    posted.amount = NanoMoney{row.Int()};
    each(posted);
  }
}

}  // namespace

std::int64_t ReadDataVersion(Connection& connection) {
  Statement row = connection.Use("PRAGMA data_version");
  return row.Next() ? row.Int() : 0;
}

Result<std::vector<RunStanding>> ReadStandings(Connection& connection, std::int64_t after) {
  return connection.Guard([&]() -> Result<std::vector<RunStanding>> {
    SQLite::Transaction transaction(connection.Database());
    Standings standings;
    {
      Statement row = connection.Use(EPOCHCOST_STANDING
                                     "WHERE r.run_key > ? OR r.state = 0 ORDER BY r.run_key");
      row.Bind(after);
      TakeRuns(row, standings);
    }
    after == 0 ? FillAll(connection, standings) : FillEach(connection, standings);
    transaction.commit();
    return std::move(standings.list);
  });
}

Result<RunStanding> ReadStandingOf(Connection& connection, const RunId& run) {
  return connection.Guard([&]() -> Result<RunStanding> {
    SQLite::Transaction transaction(connection.Database());
    const auto entry = GetEntry(connection, run);
    if (!entry) return tl::unexpected(entry.error());
    Standings standings;
    {
      Statement row = connection.Use(EPOCHCOST_STANDING "WHERE r.run_key = ?");
      row.Bind(entry->run_key);
      TakeRuns(row, standings);
    }
    FillEach(connection, standings);
    transaction.commit();
    return std::move(standings.list.front());
  });
}

Result<void> ReadAmounts(Connection& connection, const RunId& run, AmountCursor& cursor,
                         const std::function<void(const PostedAmount&)>& each) {
  return connection.Guard([&]() -> Result<void> {
    SQLite::Transaction transaction(connection.Database());
    const auto entry = GetEntry(connection, run);
    if (!entry) return tl::unexpected(entry.error());
    for (const std::int64_t meter : MetersOf(connection, entry->run_key)) {
      std::int64_t& last_seq = cursor.seq_of_meter[meter];
      if (HasOtherRuns(connection, meter)) {
        Statement row = connection.Use(
            "SELECT l.seq, l.resource, l.t0, l.t1, l.amount_nano FROM line l"
            " JOIN account a USING (account_key)"
            " WHERE l.meter_key = ? AND l.seq > ? AND a.run_key = ? ORDER BY l.seq");
        TakeAmounts(row.Bind(meter, last_seq, entry->run_key), last_seq, each);
      } else {
        Statement row = connection.Use(
            "SELECT seq, resource, t0, t1, amount_nano FROM line"
            " WHERE meter_key = ? AND seq > ? ORDER BY seq");
        TakeAmounts(row.Bind(meter, last_seq), last_seq, each);
      }
    }
    transaction.commit();
    return {};
  });
}

}  // namespace epochcost::store::sqlite
