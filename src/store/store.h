#pragma once
// The keeping, a port. One implementation: store/sqlite.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/commit.h"
#include "model/cost.h"
#include "model/run.h"

namespace epochcost::store {

// A time on a machine.
struct Stay {
  AgentId agent;
  UtcTime t0;
  UtcTime t1;
};

// Which runs to list.
struct RunQuery {
  std::optional<ProjectId> project;
  std::optional<Stay> during;  // those that were there at some instant of [t0, t1)
  std::int64_t limit = 100;    // newest first
};

// What came of a commit.
struct Receipt {
  std::int64_t inserted = 0;    // lines that were new
  std::int64_t duplicates = 0;  // lines that were there already, with the same content
  // Of the project after this commit: committed + open + provisional of all runs in this currency.
  Money project_total;
  Money run_total;  // of this run, likewise
};

// Where a run stands, without the sums of its scopes: what a follower asks for again and again.
struct RunStanding {
  Run run;
  std::int64_t order = 0;  // grows with each run that the ledger got
  Scope scope;             // the open one
  UtcTime as_of;           // end of the newest line, open ones included
  std::int64_t closed_epochs = 0;
  std::int64_t notices = 0;
  ResourceSums sums;  // amounts, lines, quality; no quantities and no sources
  UtcTime t0;         // of the earliest line
  Money total;        // committed and open
  Money provisional;
  std::optional<MetricPoint> metric;  // the last that was told
};

// What one committed line added.
struct PostedAmount {
  Resource resource{};
  UtcTime t0;
  UtcTime t1;
  NanoMoney amount;
};

// Up to where the amounts of a run were read; the reader only keeps it.
struct AmountCursor {
  std::map<std::int64_t, std::int64_t> seq_of_meter;
};

// The ledger and what belongs to it. Append-only: a line, once committed, is never changed.
//
// Called from one thread; open one Store per thread. Many processes may have the same database
// open. kUnavailable means that nothing was written and the same call may be repeated (locked, disk
// full); kCorrupt and kUnsupported mean that it may not.
class Store {
 public:
  virtual ~Store() = default;

  // Adds the run, or resumes it if it is there. Error kConflict: it is there, of another project.
  virtual Result<void> BeginRun(const Run& run) = 0;
  // Open lines that are left become lines of the ledger: nothing replaces them any more.
  virtual Result<void> EndRun(const RunId& run, UtcTime ended, RunState state,
                              std::optional<int> exit_code) = 0;

  // Gives the run, with everything that it cost and will cost, to another project: the program
  // named one after its meter had begun. Error kNotFound.
  virtual Result<void> MoveRun(const RunId& run, const ProjectId& project) = 0;

  // One durable transaction: everything in `commit`, or nothing. Repeating a commit changes
  // nothing; one that comes late adds its lines and replaces nothing. The first commit of another
  // boot seals the open lines that the boot before left, since its readings start behind them.
  // Error kConflict: a line with this identity and other content is there; both are in quarantine
  // and nothing else of the commit was written.
  virtual Result<Receipt> Append(const Commit& commit) = 0;

  // Where a new meter continues, open lines included; nothing if no meter has committed for this
  // run.
  virtual Result<std::optional<ResumePoint>> Resume(const RunId& run) = 0;

  // Prices. A version that is there already with the same content is no error; with other content
  // it is kConflict.
  virtual Result<void> AddSheet(const PriceSheet& sheet) = 0;
  virtual Result<std::vector<PriceSheet>> Sheets() = 0;  // by name and version
  // Grows whenever a sheet is added by any process; cheap enough to ask at each commit.
  virtual Result<std::int64_t> SheetsRevision() = 0;

  virtual Result<void> PutProject(const Project& project) = 0;
  // Error kNotFound: neither a run nor a budget names it.
  virtual Result<Project> GetProject(const ProjectId& project) = 0;
  // In the budget's currency, else in the newest run's; 0 for an unknown project.
  virtual Result<Money> ProjectTotal(const ProjectId& project) = 0;

  virtual Result<std::vector<Run>> Runs(const RunQuery& query) = 0;
  // By id, a unique prefix of an id, a name (the newest), or "" for the newest of all. Errors:
  // kNotFound, kConflict (several ids begin so; the message lists them).
  virtual Result<Run> FindRun(const std::string& text) = 0;

  // The run's sums, committed rows and open lines added up; the rest of RunCost as it is stored.
  // `billed` and `idle` are left at zero: they are the ledger room's arithmetic.
  virtual Result<RunCost> Cost(const RunId& run) = 0;
  // Committed sums only, for checks of conservation.
  virtual Result<std::vector<SumRow>> SumRows(const RunId& run) = 0;
  // Committed lines in the order of t0, then identity. Stops at the first error `each` returns.
  virtual Result<void> ForEachLine(const RunId& run,
                                   const std::function<Result<void>(const LedgerLine&)>& each) = 0;

  // Changes whenever another connection has committed anything. Costs microseconds.
  virtual Result<std::int64_t> DataVersion() = 0;
  // Of every run that goes on, and of every one that the ledger got after `after`; 0: of all.
  virtual Result<std::vector<RunStanding>> Standings(std::int64_t after) = 0;
  virtual Result<RunStanding> StandingOf(const RunId& run) = 0;
  // Committed lines behind `cursor`, which is moved on; of each meter in the order of its lines.
  virtual Result<void> ForEachAmount(const RunId& run, AmountCursor& cursor,
                                     const std::function<void(const PostedAmount&)>& each) = 0;
};

}  // namespace epochcost::store
