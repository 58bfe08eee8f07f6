#pragma once
// Runs and projects: their rows.

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/run.h"
#include "store/sqlite/connection.h"
#include "store/store.h"

namespace epochcost::store::sqlite {

// What a commit needs to know of its run.
struct RunEntry {
  std::int64_t run_key = 0;
  std::int64_t project_key = 0;
  ProjectId project;
  Currency currency;
};

[[nodiscard]] std::optional<RunEntry> FindEntry(Connection& connection, const RunId& run);
// The same, where a run that is not there is an error (kNotFound).
[[nodiscard]] Result<RunEntry> GetEntry(Connection& connection, const RunId& run);

[[nodiscard]] Result<void> AddOrResumeRun(Connection& connection, const Run& run);
// Records the end in the row only. Error kNotFound.
[[nodiscard]] Result<void> MarkEnded(Connection& connection, const RunId& run, UtcTime ended,
                                     RunState state, std::optional<int> exit_code);

[[nodiscard]] std::optional<Run> GetRun(Connection& connection, const RunId& run);
// The columns of a run, and their reading; the statement is at the first of them.
#define EPOCHCOST_RUN_COLUMNS                                                            \
  " r.id, p.id, r.agent, r.name, r.arguments, r.working_directory, r.sheet, r.currency," \
  " r.started, r.ended, r.state, r.exit_code, r.epochs_from, r.planned_epochs, r.hz "
#define EPOCHCOST_RUN_TABLES " FROM run r JOIN project p USING (project_key) "
[[nodiscard]] Run ReadRun(Statement& row);
[[nodiscard]] std::vector<Run> ListRuns(Connection& connection, const RunQuery& query);
[[nodiscard]] Result<Run> FindRunByText(Connection& connection, const std::string& text);

[[nodiscard]] std::int64_t ProjectKey(Connection& connection, const ProjectId& project);
void PutProjectRow(Connection& connection, const Project& project);
[[nodiscard]] std::optional<Project> GetProjectRow(Connection& connection,
                                                   const ProjectId& project);
// In the budget's currency, else in that of the newest run.
[[nodiscard]] Money TotalOf(Connection& connection, const ProjectId& project);

// The project's total in this currency; changes are made within the commit's transaction.
[[nodiscard]] Money ReadTotal(Connection& connection, std::int64_t project_key, Currency currency);
void WriteTotal(Connection& connection, std::int64_t project_key, const Money& total);

}  // namespace epochcost::store::sqlite
