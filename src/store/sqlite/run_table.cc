#include "store/sqlite/run_table.h"

#include <SQLiteCpp/Transaction.h>

#include <cmath>

#include "base/text.h"

namespace epochcost::store::sqlite {
namespace {

constexpr int kMostListed = 8;  // of several runs that a text could mean

std::string PackArguments(const std::vector<std::string>& arguments) {
  std::string packed;
  for (const std::string& argument : arguments) {
    packed += argument;
    packed += '\0';
  }
  return packed;
}

std::vector<std::string> UnpackArguments(std::string_view packed) {
  std::vector<std::string> arguments;
  while (!packed.empty()) {
    const std::size_t end = packed.find('\0');
    if (end == std::string_view::npos) throw Damaged{"the arguments of a command do not end"};
    arguments.emplace_back(packed.substr(0, end));
    packed.remove_prefix(end + 1);
  }
  return arguments;
}

std::vector<Run> ReadRuns(Statement& row) {
  std::vector<Run> runs;
  while (row.Next()) runs.push_back(ReadRun(row));
  return runs;
}

Result<void> Resume(Connection& connection, const RunEntry& entry, const Run& run) {
  if (entry.project != run.project) {
    return Fail(ErrorCode::kConflict,
                Say("run {} belongs to project {}", run.id.Value(), entry.project.Value()),
                Say("it was to be resumed as a run of project {}", run.project.Value()),
                Say("resume it in its own project, or start a new run"));
  }
  if (entry.currency != run.currency) {
    return Fail(ErrorCode::kConflict,
                Say("run {} is kept in {}", run.id.Value(), entry.currency.Code()),
                Say("it was to be resumed in {}", run.currency.Code()),
                Say("resume it with its own price sheet, or start a new run"));
  }
  connection.Use("UPDATE run SET state = ?, ended = NULL, exit_code = NULL WHERE run_key = ?")
      .Run(RunState::kRunning, entry.run_key);
  return {};
}

void Add(Connection& connection, const Run& run) {
  Statement insert = connection.Use(
      "INSERT INTO run (id, project_key, agent, name, arguments, working_directory, sheet, "
      "currency,"
      " started, ended, state, exit_code, epochs_from, planned_epochs, hz)"
      " VALUES (?, ?, ?, ?, CAST(? AS BLOB), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  insert.Run(run.id.Value(), ProjectKey(connection, run.project), run.agent.Value(), run.name,
             PackArguments(run.command), run.working_directory, run.sheet.Value(),
             run.currency.Code(), run.started, run.ended, run.state, run.exit_code, run.epochs_from,
             run.planned_epochs, std::isfinite(run.hz) ? run.hz : 0.0);
}

Result<Run> SeveralRuns(const std::string& text, const std::vector<Run>& runs) {
  std::string listed;
  for (std::size_t i = 0; i < runs.size() && i < kMostListed; ++i) {
    listed += (i == 0 ? "" : ", ") + runs[i].id.Value() + " (" + runs[i].name + ")";
  }
  if (runs.size() > kMostListed) listed += ", …";
  return Fail(ErrorCode::kConflict, Say("several runs begin with '{}'", text), listed,
              Say("write more digits of the one that you mean"));
}

}  // namespace

Run ReadRun(Statement& row) {
  Run run;
  run.id = RunId{row.Text()};
  run.project = ProjectId{row.Text()};
  run.agent = AgentId{row.Text()};
  run.name = row.Text();
  run.command = UnpackArguments(row.Text());
  run.working_directory = row.Text();
  run.sheet = SheetName{row.Text()};
  run.currency = row.ACurrency();
  run.started = row.Utc();
  if (const auto ended = row.MaybeInt()) run.ended = UtcTime{*ended};
  run.state = row.AnEnum(RunState::kInterrupted);
  if (row.IsNull()) {
    (void)row.MaybeInt();
  } else {
    run.exit_code = row.Int32();
  }
  run.epochs_from = row.Text();
  run.planned_epochs = row.MaybeInt();
  run.hz = row.Real();
  return run;
}

std::optional<RunEntry> FindEntry(Connection& connection, const RunId& run) {
  Statement row = connection.Use(
      "SELECT r.run_key, r.project_key, p.id, r.currency FROM run r JOIN project p USING "
      "(project_key)"
      " WHERE r.id = ?");
  if (!row.Bind(run.Value()).Next()) return std::nullopt;
  RunEntry entry;
  entry.run_key = row.Int();
  entry.project_key = row.Int();
  entry.project = ProjectId{row.Text()};
  entry.currency = row.ACurrency();
  return entry;
}

Result<RunEntry> GetEntry(Connection& connection, const RunId& run) {
  if (auto entry = FindEntry(connection, run)) return *entry;
  return Fail(ErrorCode::kNotFound, Say("no such run: {}", run.Value()),
              Say("the ledger {} does not have it", connection.Path()),
              Say("this lists them: epochcost runs"));
}

Result<void> AddOrResumeRun(Connection& connection, const Run& run) {
  SQLite::Transaction transaction(connection.Database(), SQLite::TransactionBehavior::IMMEDIATE);
  if (const auto entry = FindEntry(connection, run.id)) {
    if (const auto resumed = Resume(connection, *entry, run); !resumed) return resumed;
  } else {
    Add(connection, run);
  }
  transaction.commit();
  return {};
}

Result<void> MarkEnded(Connection& connection, const RunId& run, UtcTime ended, RunState state,
                       std::optional<int> exit_code) {
  const auto entry = GetEntry(connection, run);
  if (!entry) return tl::unexpected(entry.error());
  connection.Use("UPDATE run SET ended = ?, state = ?, exit_code = ? WHERE run_key = ?")
      .Run(ended, state, exit_code, entry->run_key);
  return {};
}

std::optional<Run> GetRun(Connection& connection, const RunId& run) {
  Statement row =
      connection.Use("SELECT" EPOCHCOST_RUN_COLUMNS EPOCHCOST_RUN_TABLES "WHERE r.id = ?");
  if (!row.Bind(run.Value()).Next()) return std::nullopt;
  return ReadRun(row);
}

std::vector<Run> ListRuns(Connection& connection, const RunQuery& query) {
  if (query.during) {
    Statement there = connection.Use(
        "SELECT" EPOCHCOST_RUN_COLUMNS EPOCHCOST_RUN_TABLES
        "WHERE r.agent = ?1 AND r.started < ?2 AND (r.ended IS NULL OR r.ended > ?3)"
        " AND (?4 IS NULL OR p.id = ?4) ORDER BY r.started DESC, r.run_key DESC LIMIT ?5");
    const auto project = query.project ? std::optional(query.project->Value()) : std::nullopt;
    return ReadRuns(there.Bind(query.during->agent.Value(), query.during->t1, query.during->t0,
                               project, query.limit));
  }
  if (!query.project) {
    Statement all = connection.Use("SELECT" EPOCHCOST_RUN_COLUMNS EPOCHCOST_RUN_TABLES
                                   "ORDER BY r.started DESC, r.run_key DESC LIMIT ?");
    return ReadRuns(all.Bind(query.limit));
  }
  Statement some =
      connection.Use("SELECT" EPOCHCOST_RUN_COLUMNS EPOCHCOST_RUN_TABLES
                     "WHERE r.project_key = (SELECT project_key FROM project WHERE id = ?)"
                     " ORDER BY r.started DESC, r.run_key DESC LIMIT ?");
  return ReadRuns(some.Bind(query.project->Value(), query.limit));
}

Result<Run> FindRunByText(Connection& connection, const std::string& text) {
  if (text.empty()) {
    auto newest = ListRuns(connection, {.limit = 1});
    if (!newest.empty()) return std::move(newest.front());
    return Fail(ErrorCode::kNotFound, Say("no run in the ledger {}", connection.Path()), {},
                Say("meter a training: epochcost run -- python3 train.py"));
  }
  if (auto exact = GetRun(connection, RunId{text})) return *std::move(exact);
  std::vector<Run> begun;
  {
    Statement row = connection.Use("SELECT" EPOCHCOST_RUN_COLUMNS EPOCHCOST_RUN_TABLES
                                   "WHERE r.id >= ?1 AND r.id < ?1 || char(1114111)"
                                   " ORDER BY r.started DESC, r.run_key DESC LIMIT ?2");
    begun = ReadRuns(row.Bind(text, kMostListed + 1));
  }
  if (begun.size() == 1) return std::move(begun.front());
  Statement named =
      connection.Use("SELECT" EPOCHCOST_RUN_COLUMNS EPOCHCOST_RUN_TABLES
                     "WHERE r.name = ? ORDER BY r.started DESC, r.run_key DESC LIMIT 1");
  if (named.Bind(text).Next()) return ReadRun(named);
  if (begun.size() > 1) return SeveralRuns(text, begun);
  return Fail(ErrorCode::kNotFound, Say("no such run: {}", text),
              Say("the ledger {} does not have it", connection.Path()),
              Say("this lists them: epochcost runs"));
}

}  // namespace epochcost::store::sqlite
