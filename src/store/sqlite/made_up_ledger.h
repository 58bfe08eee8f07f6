#pragma once
// For tests and benchmarks: a folder that goes away, a run, and lines that could be a meter's.

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "model/commit.h"
#include "store/sqlite/sqlite_store.h"

namespace epochcost::store::sqlite::made_up {

inline constexpr Nanos kPatience{10 * kNanosPerSecond};

class Folder {
 public:
  explicit Folder(const std::string& place = std::filesystem::temp_directory_path().string()) {
    std::string pattern = place + "/ledger-XXXXXX";
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::string File(const std::string& name) const { return path_ + "/" + name; }
  [[nodiscard]] const std::string& Path() const { return path_; }

 private:
  std::string path_;
};

inline Run ARun(const std::string& id = "0123456789ab", const std::string& project = "proj_123") {
  Run run;
  run.id = RunId{id};
  run.project = ProjectId{project};
  run.agent = AgentId{"node-1"};
  run.name = "train.py";
  run.command = {"python3", "train.py", "--lr", ""};
  run.working_directory = "/home/someone/训练";
  run.sheet = SheetName{"reference"};
  run.started = UtcTime{1'000};
  run.epochs_from = "none";
  return run;
}

inline Commit ACommit(const Run& run = ARun(), const std::string& boot = "b1") {
  Commit commit;
  commit.project = run.project;
  commit.run = run.id;
  commit.agent = run.agent;
  commit.boot = BootId{boot};
  commit.provisional.currency = run.currency;
  return commit;
}

// Line `seq` of a series that uses 100 units and 7 nano per line, one line after the other.
inline LedgerLine ALine(std::int64_t seq, const Commit& commit,
                        Scope scope = {ScopeKind::kEpoch, 0},
                        Resource resource = Resource::kCpuTime, std::int32_t replica = 0) {
  LedgerLine line;
  UsageLine& usage = line.usage;
  usage.id = {commit.project, commit.agent, commit.boot, seq, resource};
  usage.run = commit.run;
  usage.replica = replica;
  usage.scope = scope;
  usage.t0 = UtcTime{seq * 1'000};
  usage.t1 = UtcTime{seq * 1'000 + 1'000};
  usage.u0 = Wide{seq} * 100;
  usage.u1 = Wide{seq} * 100 + 100;
  usage.source = SourceKind::kCgroupCpuStat;
  line.sheet = SheetName{"reference"};
  line.sheet_version = 1;
  line.amount = NanoMoney{7};
  return line;
}

// Lines first … last, sealed.
inline Commit Lines(std::int64_t first, std::int64_t last, Commit commit = ACommit()) {
  for (std::int64_t seq = first; seq <= last; ++seq) commit.sealed.push_back(ALine(seq, commit));
  commit.contiguous_seq = last;
  commit.newest_reading = BootTime{last * 1'000};
  return commit;
}

}  // namespace epochcost::store::sqlite::made_up
