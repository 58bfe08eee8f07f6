// How many lines a second the ledger keeps for good, beside what SQLite can do without sums in the
// same transactions on the same disk; and how long one commit takes beside others.
//
//   store_bench [FOLDER]     on the disk of FOLDER, the temporary folder by default

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "store/sqlite/made_up_ledger.h"
#include "store/sqlite/sqlite_store.h"

namespace {

using namespace epochcost;                          // NOLINT: one page
using namespace epochcost::store::sqlite;           // NOLINT
using namespace epochcost::store::sqlite::made_up;  // NOLINT
using SteadyClock = std::chrono::steady_clock;

constexpr std::int64_t kLinesPerEpoch = 3'000;

double SecondsSince(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

// As a run of two replicas gives them: five resources in turn, an epoch after the other.
std::vector<Commit> MakeCommits(std::int64_t lines, std::int64_t batch, const Run& run) {
  constexpr std::array kTurn = {Resource::kGpuTime, Resource::kCpuTime, Resource::kMemory,
                                Resource::kNetworkIn, Resource::kNetworkOut};
  std::vector<Commit> commits;
  for (std::int64_t seq = 1; seq <= lines;) {
    Commit& commit = commits.emplace_back(ACommit(run, "boot-" + run.id.Value()));
    for (std::int64_t i = 0; i < batch && seq <= lines; ++i, ++seq) {
      const Resource resource = kTurn.at(static_cast<std::size_t>(seq) % kTurn.size());
      commit.sealed.push_back(ALine(seq, commit, {ScopeKind::kEpoch, seq / kLinesPerEpoch},
                                    resource, static_cast<std::int32_t>(seq / 5 % 2)));
      UsageLine& usage = commit.sealed.back().usage;
      usage.t0.ns += 1'795'000'000'000'000'000;
      usage.t1.ns += 1'795'000'000'000'000'000;
      usage.u0 *= 1'000'000;
      usage.u1 *= 1'000'000;
      commit.sealed.back().amount = NanoMoney{seq * 977 % 100'000'000};
    }
    commit.contiguous_seq = seq - 1;
    commit.newest_reading = BootTime{seq};
  }
  return commits;
}

template <class T>
T Must(Result<T> result) {
  if (result) return *std::move(result);
  fmt::print(stderr, "{}\n", Describe(result.error()));
  std::exit(1);
}
void Must(const Result<void>& result) {
  if (result) return;
  fmt::print(stderr, "{}\n", Describe(result.error()));
  std::exit(1);
}

double LedgerLinesPerSecond(const std::string& path, const std::vector<Commit>& commits,
                            const Run& run) {
  const auto store = Must(Open(path, OpenMode::kReadWriteCreate, kPatience));
  Must(store->BeginRun(run));
  std::int64_t inserted = 0;
  const auto start = SteadyClock::now();
  for (const Commit& commit : commits) inserted += Must(store->Append(commit)).inserted;
  return static_cast<double>(inserted) / SecondsSince(start);
}

double ReplayedLinesPerSecond(const std::string& path, const std::vector<Commit>& commits) {
  const auto store = Must(Open(path, OpenMode::kReadWriteCreate, kPatience));
  std::int64_t duplicates = 0;
  const auto start = SteadyClock::now();
  for (const Commit& commit : commits) duplicates += Must(store->Append(commit)).duplicates;
  return static_cast<double>(duplicates) / SecondsSince(start);
}

void Execute(sqlite3* database, const char* sql) {
  if (sqlite3_exec(database, sql, nullptr, nullptr, nullptr) == SQLITE_OK) return;
  fmt::print(stderr, "{}: {}\n", sql, sqlite3_errmsg(database));
  std::exit(1);
}

void BindLine(sqlite3_stmt* insert, const LedgerLine& line) {
  const UsageLine& usage = line.usage;
  int index = 0;
  for (const std::int64_t value :
       {std::int64_t{1}, usage.id.seq, static_cast<std::int64_t>(usage.id.resource), usage.t0.ns,
        std::int64_t{usage.id.seq % 10}, usage.t1.ns, std::int64_t{0},
        static_cast<std::int64_t>(usage.u0), std::int64_t{0}, static_cast<std::int64_t>(usage.u1),
        line.amount.Count()}) {
    sqlite3_bind_int64(insert, ++index, value);
  }
  sqlite3_bind_null(insert, ++index);
}

// The limit: the same rows into the same table in the same transactions, and nothing else.
double BareLinesPerSecond(const std::string& path, const std::vector<Commit>& commits) {
  sqlite3* database = nullptr;
  if (sqlite3_open(path.c_str(), &database) != SQLITE_OK) std::exit(1);
  Execute(database, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=OFF");
  Execute(database,
          "CREATE TABLE line (meter_key INTEGER NOT NULL, seq INTEGER NOT NULL, resource INTEGER "
          "NOT NULL,"
          " t0 INTEGER NOT NULL, account_key INTEGER NOT NULL, t1 INTEGER NOT NULL, u0_hi INTEGER "
          "NOT NULL,"
          " u0_lo INTEGER NOT NULL, u1_hi INTEGER NOT NULL, u1_lo INTEGER NOT NULL, amount_nano "
          "INTEGER NOT NULL,"
          " pieces TEXT, PRIMARY KEY (meter_key, seq, resource, t0)) STRICT, WITHOUT ROWID");
  sqlite3_stmt* insert = nullptr;
  sqlite3_prepare_v2(database, "INSERT INTO line VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", -1,
                     &insert, nullptr);
  std::int64_t inserted = 0;
  const auto start = SteadyClock::now();
  for (const Commit& commit : commits) {
    Execute(database, "BEGIN IMMEDIATE");
    for (const LedgerLine& line : commit.sealed) {
      BindLine(insert, line);
      if (sqlite3_step(insert) != SQLITE_DONE) std::exit(1);
      sqlite3_reset(insert);
      ++inserted;
    }
    Execute(database, "COMMIT");
  }
  const double rate = static_cast<double>(inserted) / SecondsSince(start);
  sqlite3_finalize(insert);
  sqlite3_close(database);
  return rate;
}

void ThroughputTable(const std::string& folder) {
  fmt::print("durable lines per second (median of 3), one writer, WAL, synchronous=FULL\n");
  fmt::print("{:>7} {:>9} {:>12} {:>12} {:>7} {:>12}\n", "batch", "lines", "ledger", "bare SQLite",
             "ratio", "replay");
  for (const auto& [batch, lines] : {std::pair<std::int64_t, std::int64_t>{1, 1'000},
                                     {100, 50'000},
                                     {1'000, 300'000},
                                     {5'000, 500'000}}) {
    const Run run = ARun();
    const auto commits = MakeCommits(lines, batch, run);
    std::vector<double> ours;
    std::vector<double> bare;
    std::vector<double> replayed;
    for (int round = 0; round < 3; ++round) {  // in turn: the disk's mood strikes both
      const Folder place(folder);
      ours.push_back(LedgerLinesPerSecond(place.File("ledger.db"), commits, run));
      bare.push_back(BareLinesPerSecond(place.File("bare.db"), commits));
      replayed.push_back(ReplayedLinesPerSecond(place.File("ledger.db"), commits));
    }
    for (auto* const rates : {&ours, &bare, &replayed}) std::ranges::sort(*rates);
    fmt::print("{:>7} {:>9} {:>12.0f} {:>12.0f} {:>7.2f} {:>12.0f}\n", batch, lines, ours[1],
               bare[1], ours[1] / bare[1], replayed[1]);
  }
}

std::vector<double> WriterLatencies(const std::string& path, int writer, int commits,
                                    std::chrono::milliseconds pause) {
  const Run run = ARun(fmt::format("{:012x}", writer + 1));
  const auto store = Must(Open(path, OpenMode::kReadWriteCreate, kPatience));
  Must(store->BeginRun(run));
  std::vector<double> latencies;
  for (const Commit& commit : MakeCommits(10 * commits, 10, run)) {
    std::this_thread::sleep_for(pause);
    const auto start = SteadyClock::now();
    Must(store->Append(commit));
    latencies.push_back(SecondsSince(start) * 1e3);
  }
  return latencies;
}

void LatencyTable(const std::string& folder) {
  fmt::print("\none commit of 10 lines, ms\n{:>8} {:>14} {:>8} {:>8} {:>8} {:>8}\n", "writers",
             "commit every", "commits", "p50", "p99", "max");
  for (const auto pause : {std::chrono::milliseconds(200), std::chrono::milliseconds(0)}) {
    for (const int writers : {1, 8}) {
      const Folder place(folder);
      std::vector<std::vector<double>> each(static_cast<std::size_t>(writers));
      {
        std::vector<std::jthread> threads;
        for (int writer = 0; writer < writers; ++writer) {
          threads.emplace_back([&, writer] {
            each[static_cast<std::size_t>(writer)] = WriterLatencies(
                place.File("ledger.db"), writer, pause.count() == 0 ? 300 : 50, pause);
          });
        }
      }
      std::vector<double> all;
      for (const auto& one : each) all.insert(all.end(), one.begin(), one.end());
      std::ranges::sort(all);
      fmt::print("{:>8} {:>14} {:>8} {:>8.2f} {:>8.2f} {:>8.2f}\n", writers,
                 pause.count() == 0 ? "at once" : fmt::format("{} ms", pause.count()), all.size(),
                 all[all.size() / 2], all[all.size() * 99 / 100], all.back());
    }
  }
}

// Ten thousand runs, put there by hand: beginning each would take longer than all else here.
void ListingTable(const std::string& folder) {
  const Folder place(folder);
  const std::string path = place.File("ledger.db");
  const auto store = Must(Open(path, OpenMode::kReadWriteCreate, kPatience));
  Must(store->BeginRun(ARun()));
  sqlite3* database = nullptr;
  if (sqlite3_open(path.c_str(), &database) != SQLITE_OK) std::exit(1);
  Execute(database,
          "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)"
          " INSERT INTO run (id, project_key, agent, name, arguments, working_directory, sheet, "
          "currency,"
          " started, state, epochs_from, hz) SELECT printf('%012x', i * 7919), project_key, agent, "
          "name,"
          " arguments, working_directory, sheet, currency, started + i, 1, epochs_from, hz FROM n, "
          "run");
  sqlite3_close(database);
  fmt::print("\n10,000 runs, ms\n");
  for (const std::int64_t limit : {100, 10'000}) {
    const auto start = SteadyClock::now();
    const auto runs = Must(store->Runs({.limit = limit}));
    fmt::print("{:>24} {:>8.2f}\n", fmt::format("newest {} listed", runs.size()),
               SecondsSince(start) * 1e3);
  }
  const auto start = SteadyClock::now();
  Must(store->FindRun("train.py"));
  fmt::print("{:>24} {:>8.2f}\n", "newest of a name found", SecondsSince(start) * 1e3);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? argv[1] : std::filesystem::temp_directory_path().string();
  ThroughputTable(folder);
  LatencyTable(folder);
  ListingTable(folder);
}
