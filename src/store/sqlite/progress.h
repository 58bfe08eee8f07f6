#pragma once
// Where a run stands: what each commit of its newest meter replaces.

#include <optional>

#include "model/commit.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/posting.h"

namespace epochcost::store::sqlite {

// A row of run_progress.
struct Standing {
  std::int64_t meter_key = 0;
  BootTime newest_reading;
  std::int64_t contiguous_seq = 0;
  Scope scope;
  std::int64_t steps = 0;
  std::int64_t samples = 0;
  Money committed;
  Money open;
  Money provisional;

  [[nodiscard]] Money Total() const { return committed + open + provisional; }
  // The commit says less than is known already: it was repeated or came late. Of meters the later
  // row is the later start; of one meter's commits the one with the newer readings.
  [[nodiscard]] bool Outdates(std::int64_t by_meter, const Commit& commit) const;
};

[[nodiscard]] std::optional<Standing> LoadStanding(Connection& connection, const RunEntry& run);
void SaveStanding(Connection& connection, const RunEntry& run, const Standing& standing);

// The commit's readings, offsets, plan and steps take the place of what was there.
void ReplaceProgress(Connection& connection, const RunEntry& run, const Commit& commit,
                     const Standing& before);
// What a commit adds whenever it comes: scopes that are closed, notices, metrics.
void AddEvents(Connection& connection, const RunEntry& run, const Commit& commit);

[[nodiscard]] std::vector<Reading> LoadReadings(Connection& connection, std::int64_t run_key);
[[nodiscard]] std::vector<MarkOffset> LoadOffsets(Connection& connection, std::int64_t run_key);
[[nodiscard]] std::vector<Notice> LoadNotices(Connection& connection, std::int64_t run_key);
[[nodiscard]] std::vector<MetricPoint> LoadMetrics(Connection& connection, std::int64_t run_key);

}  // namespace epochcost::store::sqlite
