#include "store/sqlite/progress.h"

#include <algorithm>
#include <limits>
#include <tuple>

namespace epochcost::store::sqlite {
namespace {

// Steps since the commit before belong to the epoch that was open then; if none was, to one that
// began and ended since, or that is open now.
Scope ScopeOfSteps(const Scope& before, const RunProgress& progress) {
  if (before.kind == ScopeKind::kEpoch) return before;
  const auto closed = std::ranges::find(progress.closed, ScopeKind::kEpoch, &Scope::kind);
  return closed != progress.closed.end() ? *closed : progress.scope;
}

void AddSteps(Connection& connection, const RunEntry& run, const Scope& scope, std::int64_t steps) {
  connection
      .Use(
          "INSERT INTO scope (run_key, kind, scope_index, steps, is_complete) VALUES (?, ?, ?, ?, "
          "0)"
          " ON CONFLICT (run_key, kind, scope_index) DO UPDATE SET steps = steps + excluded.steps")
      .Run(run.run_key, scope.kind, scope.index, steps);
}

}  // namespace

bool Standing::Outdates(std::int64_t by_meter, const Commit& commit) const {
  return std::tie(meter_key, newest_reading, contiguous_seq) >
         std::tie(by_meter, commit.newest_reading, commit.contiguous_seq);
}

std::optional<Standing> LoadStanding(Connection& connection, const RunEntry& run) {
  Statement row = connection.Use(
      "SELECT meter_key, newest_reading_boot, contiguous_seq, scope_kind, scope_index, steps, "
      "samples,"
      " committed_whole, committed_nano, open_whole, open_nano, provisional_whole, provisional_nano"
      " FROM run_progress WHERE run_key = ?");
  if (!row.Bind(run.run_key).Next()) return std::nullopt;
  Standing standing;
  standing.meter_key = row.Int();
  standing.newest_reading = row.Boot();
  standing.contiguous_seq = row.Int();
  standing.scope.kind = row.AnEnum(ScopeKind::kIdle);
  standing.scope.index = row.Int();
  standing.steps = row.Int();
  standing.samples = row.Int();
  standing.committed = {row.Nano(), run.currency};
  standing.open = {row.Nano(), run.currency};
  standing.provisional = {row.Nano(), run.currency};
  return standing;
}

void SaveStanding(Connection& connection, const RunEntry& run, const Standing& standing) {
  connection
      .Use(
          "INSERT OR REPLACE INTO run_progress (run_key, meter_key, newest_reading_boot, "
          "contiguous_seq,"
          " scope_kind, scope_index, steps, samples, committed_whole, committed_nano, open_whole,"
          " open_nano, provisional_whole, provisional_nano)"
          " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .Run(run.run_key, standing.meter_key, standing.newest_reading, standing.contiguous_seq,
           standing.scope.kind, standing.scope.index, standing.steps, standing.samples,
           standing.committed, standing.open, standing.provisional);
}

void ReplaceProgress(Connection& connection, const RunEntry& run, const Commit& commit,
                     const Standing& before) {
  connection.Use("DELETE FROM reading WHERE run_key = ?").Run(run.run_key);
  for (const auto& [sample] : commit.readings) {
    connection
        .Use(
            "INSERT OR REPLACE INTO reading (run_key, signal, replica, source, at_boot, value_hi,"
            " value_lo, quality) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        .Run(run.run_key, sample.signal, sample.replica, sample.source, sample.at, sample.value,
             sample.quality);
  }
  for (const MarkOffset& mark : commit.mark_offsets) {
    connection
        .Use("INSERT OR REPLACE INTO mark_offset (run_key, file, byte_offset) VALUES (?, ?, ?)")
        .Run(run.run_key, mark.file, mark.offset);
  }
  const RunProgress& progress = commit.progress;
  if (progress.steps > before.steps) {
    AddSteps(connection, run, ScopeOfSteps(before.scope, progress), progress.steps - before.steps);
  }
  // A meter that resumes does not know yet what the one before knew.
  connection
      .Use(
          "UPDATE run SET epochs_from = coalesce(nullif(?1, ''), epochs_from),"
          " planned_epochs = coalesce(?2, planned_epochs) WHERE run_key = ?3"
          " AND (epochs_from IS NOT coalesce(nullif(?1, ''), epochs_from)"
          " OR planned_epochs IS NOT coalesce(?2, planned_epochs))")
      .Run(progress.epochs_from, progress.planned_epochs, run.run_key);
}

void AddEvents(Connection& connection, const RunEntry& run, const Commit& commit) {
  for (const Scope& scope : commit.progress.closed) {
    connection
        .Use(
            "INSERT INTO scope (run_key, kind, scope_index, steps, is_complete) VALUES (?, ?, ?, "
            "0, 1)"
            " ON CONFLICT (run_key, kind, scope_index) DO UPDATE SET is_complete = 1")
        .Run(run.run_key, scope.kind, scope.index);
  }
  for (const auto& [scope, steps] : commit.progress.steps_of) {
    connection.Use("UPDATE scope SET steps = ? WHERE run_key = ? AND kind = ? AND scope_index = ?")
        .Run(steps, run.run_key, scope.kind, scope.index);
  }
  for (const Notice& notice : commit.notices) {
    connection
        .Use(
            "INSERT OR IGNORE INTO notice (run_key, at, kind, detail, hint, lasted)"
            " VALUES (?, ?, ?, ?, ?, ?)")
        .Run(run.run_key, notice.at, notice.kind, notice.detail, notice.hint,
             notice.lasted.Count());
  }
  for (const MetricPoint& metric : commit.metrics) {
    connection
        .Use(
            "INSERT OR IGNORE INTO metric (run_key, epoch, name, at, value) VALUES (?, ?, ?, ?, ?)")
        .Run(run.run_key, metric.epoch, metric.name, metric.at, metric.value);
  }
}

std::vector<Reading> LoadReadings(Connection& connection, std::int64_t run_key) {
  Statement row = connection.Use(
      "SELECT signal, source, replica, at_boot, value_hi, value_lo, quality FROM reading WHERE "
      "run_key = ?"
      " ORDER BY signal, replica");
  row.Bind(run_key);
  std::vector<Reading> readings;
  while (row.Next()) {
    Sample& sample = readings.emplace_back().sample;
    sample.signal = row.AnEnum(kLastSignal);
    sample.source = row.AnEnum(kLastSource);
    sample.replica = row.Int32();
    sample.at = row.Boot();
    sample.value = row.AWide();
    sample.quality = row.AnEnum(Quality::kAssumed);
  }
  return readings;
}

std::vector<MarkOffset> LoadOffsets(Connection& connection, std::int64_t run_key) {
  Statement row =
      connection.Use("SELECT file, byte_offset FROM mark_offset WHERE run_key = ? ORDER BY file");
  row.Bind(run_key);
  std::vector<MarkOffset> offsets;
  while (row.Next()) {
    MarkOffset& mark = offsets.emplace_back();
    mark.file = row.Text();
    mark.offset = row.Int();
  }
  return offsets;
}

std::vector<Notice> LoadNotices(Connection& connection, std::int64_t run_key) {
  Statement row = connection.Use(
      "SELECT kind, at, detail, hint, lasted FROM notice WHERE run_key = ? ORDER BY at, "
      "notice_key");
  row.Bind(run_key);
  std::vector<Notice> notices;
  while (row.Next()) {
    Notice& notice = notices.emplace_back();
    notice.kind = row.AnEnum(NoticeKind::kBudget);
    notice.at = row.Utc();
    notice.detail = row.Text();
    notice.hint = row.Text();
    notice.lasted = Nanos{row.Int()};
  }
  return notices;
}

std::vector<MetricPoint> LoadMetrics(Connection& connection, std::int64_t run_key) {
  Statement row = connection.Use(
      "SELECT epoch, name, at, value FROM metric WHERE run_key = ? ORDER BY at, epoch, name");
  row.Bind(run_key);
  std::vector<MetricPoint> metrics;
  while (row.Next()) {
    MetricPoint& metric = metrics.emplace_back();
    metric.epoch = row.Int();
    metric.name = row.Text();
    metric.at = row.Utc();
    metric.value = row.IsNull() ? std::numeric_limits<double>::quiet_NaN() : row.Real();
  }
  return metrics;
}

}  // namespace epochcost::store::sqlite
