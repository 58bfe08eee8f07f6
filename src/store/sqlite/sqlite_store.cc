#include "store/sqlite/sqlite_store.h"

#include <SQLiteCpp/Transaction.h>

#include <utility>

#include "base/text.h"
#include "store/sqlite/commit_writer.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/migration.h"
#include "store/sqlite/run_reader.h"
#include "store/sqlite/run_table.h"
#include "store/sqlite/sheet_table.h"
#include "store/sqlite/standings.h"

namespace epochcost::store::sqlite {
namespace {

class SqliteStore final : public Store {
 public:
  explicit SqliteStore(std::unique_ptr<Connection> connection)
      : connection_(std::move(connection)) {}

  Result<void> BeginRun(const Run& run) override {
    return Guard([&] { return AddOrResumeRun(*connection_, run); });
  }

  Result<void> EndRun(const RunId& run, UtcTime ended, RunState state,
                      std::optional<int> exit_code) override {
    return Guard([&]() -> Result<void> {
      SQLite::Transaction transaction(connection_->Database(),
                                      SQLite::TransactionBehavior::IMMEDIATE);
      if (const auto sealed = SealOpenLines(*connection_, run); !sealed) return sealed;
      if (const auto marked = MarkEnded(*connection_, run, ended, state, exit_code); !marked)
        return marked;
      transaction.commit();
      return {};
    });
  }

  Result<void> MoveRun(const RunId& run, const ProjectId& project) override {
    return Guard([&]() -> Result<void> {
      SQLite::Transaction transaction(connection_->Database(),
                                      SQLite::TransactionBehavior::IMMEDIATE);
      if (const auto moved = MoveToProject(*connection_, run, project); !moved) return moved;
      transaction.commit();
      return {};
    });
  }

  Result<Receipt> Append(const Commit& commit) override {
    return WriteCommit(*connection_, commit);
  }

  Result<std::optional<ResumePoint>> Resume(const RunId& run) override {
    return ReadResumePoint(*connection_, run);
  }

  Result<void> AddSheet(const PriceSheet& sheet) override {
    return Guard([&] { return AddSheetVersion(*connection_, sheet); });
  }
  Result<std::vector<PriceSheet>> Sheets() override {
    return Guard([&]() -> Result<std::vector<PriceSheet>> { return AllSheets(*connection_); });
  }
  Result<std::int64_t> SheetsRevision() override {
    return Guard([&]() -> Result<std::int64_t> { return LatestRevision(*connection_); });
  }

  Result<void> PutProject(const Project& project) override {
    return Guard([&]() -> Result<void> {
      PutProjectRow(*connection_, project);
      return {};
    });
  }
  Result<Project> GetProject(const ProjectId& project) override {
    return Guard([&]() -> Result<Project> {
      if (auto found = GetProjectRow(*connection_, project)) return *std::move(found);
      return Fail(ErrorCode::kNotFound, Say("no such project: {}", project.Value()),
                  Say("the ledger {} does not have it", connection_->Path()), {});
    });
  }
  Result<Money> ProjectTotal(const ProjectId& project) override {
    return Guard([&]() -> Result<Money> { return TotalOf(*connection_, project); });
  }

  Result<std::vector<Run>> Runs(const RunQuery& query) override {
    return Guard([&]() -> Result<std::vector<Run>> { return ListRuns(*connection_, query); });
  }
  Result<Run> FindRun(const std::string& text) override {
    return Guard([&] { return FindRunByText(*connection_, text); });
  }

  Result<RunCost> Cost(const RunId& run) override { return ReadCost(*connection_, run); }
  Result<std::vector<SumRow>> SumRows(const RunId& run) override {
    return ReadSumRows(*connection_, run);
  }
  Result<void> ForEachLine(const RunId& run,
                           const std::function<Result<void>(const LedgerLine&)>& each) override {
    return ReadLines(*connection_, run, each);
  }

  Result<std::int64_t> DataVersion() override {
    return Guard([&]() -> Result<std::int64_t> { return ReadDataVersion(*connection_); });
  }
  Result<std::vector<RunStanding>> Standings(std::int64_t after) override {
    return ReadStandings(*connection_, after);
  }
  Result<RunStanding> StandingOf(const RunId& run) override {
    return ReadStandingOf(*connection_, run);
  }
  Result<void> ForEachAmount(const RunId& run, AmountCursor& cursor,
                             const std::function<void(const PostedAmount&)>& each) override {
    return ReadAmounts(*connection_, run, cursor, each);
  }

 private:
  template <class Body>
  auto Guard(Body&& body) -> decltype(body()) {
    return connection_->Guard(std::forward<Body>(body));
  }

  std::unique_ptr<Connection> connection_;
};

}  // namespace

Result<std::unique_ptr<Store>> Open(const std::string& path, OpenMode mode, Nanos busy_timeout) {
  auto connection = Connection::Open(path, mode, busy_timeout);
  if (!connection) return tl::unexpected(std::move(connection.error()));
  const bool writes = mode == OpenMode::kReadWriteCreate;
  const auto ready = writes ? Migrate(**connection, KnownMigrations())
                            : CheckSchema(**connection, KnownMigrations());
  if (!ready) return tl::unexpected(ready.error());
  return std::make_unique<SqliteStore>(std::move(*connection));
}

}  // namespace epochcost::store::sqlite
