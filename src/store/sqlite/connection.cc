#include "store/sqlite/connection.h"

#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <thread>

#include "base/text.h"
#include "store/sqlite/fault.h"

namespace epochcost::store::sqlite {
namespace {

using std::chrono::steady_clock;

// SQLite's own patience sleeps up to 100 ms at a time: of eight writers one can wait for seconds
// while the lock is free again and again. Short sleeps give everyone a turn.
int AskAgain(void* patience, int times_asked) {
  auto& [timeout, since] = *static_cast<Patience*>(patience);
  if (times_asked == 0) since = steady_clock::now();
  if (steady_clock::now() - since >= timeout) return 0;
  std::this_thread::sleep_for(std::chrono::microseconds(std::min(200 * (times_asked + 1), 2'000)));
  return 1;
}

void BePatient(SQLite::Database& database, Patience& patience) {
  sqlite3_busy_handler(database.getHandle(), AskAgain, &patience);
}

// What the file system already says is clearer than what SQLite makes of it.
Result<void> CheckFile(const std::string& path, OpenMode mode) {
  const bool writes = mode == OpenMode::kReadWriteCreate;
  struct stat status{};
  if (stat(path.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode)) {
      return Fail(ErrorCode::kInvalidInput, Say("{} is not a ledger", path), Say("it is a folder"),
                  Say("name a file in it: --db {}/ledger.db", path));
    }
    if (access(path.c_str(), writes ? R_OK | W_OK : R_OK) != 0) {
      return tl::unexpected(
          Explain(Refusal{SQLITE_PERM, Say("the file is protected"), errno}, path, {}));
    }
    return {};
  }
  const int reason = errno;
  if (reason != ENOENT) {
    return tl::unexpected(
        Explain(Refusal{SQLITE_CANTOPEN, Say("the file cannot be reached"), reason}, path, {}));
  }
  const std::string folder = std::filesystem::path(path).parent_path().string();
  if (!writes) {
    return Fail(ErrorCode::kNotFound, Say("no ledger at {}", path), SystemReason(ENOENT),
                Say("meter a training: epochcost run -- python3 train.py"));
  }
  if (access(folder.c_str(), F_OK) != 0) {
    return Fail(ErrorCode::kNotFound, Say("the ledger {} cannot be made", path),
                Say("there is no folder {}", folder), Say("make it: mkdir -p {}", folder));
  }
  if (access(folder.c_str(), W_OK | X_OK) != 0) {
    return tl::unexpected(
        Explain(Refusal{SQLITE_PERM, Say("its folder is protected"), errno}, path, {}));
  }
  return {};
}

// SQLite's URI of a path, for a file that no longer changes: no lock, no -shm, no -wal.
std::string ImmutableUri(const std::string& path) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string uri = "file:";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '/' || c == '-' || c == '_' || c == '.') {
      uri += c;
    } else {
      uri += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return uri + "?mode=ro&immutable=1";
}

// SQLite answers "busy" at once, without waiting, where two connections change a new file to WAL.
void ChangeToWal(SQLite::Database& database, const Patience& patience) {
  const auto deadline = steady_clock::now() + patience.timeout;
  while (true) {
    try {
      const std::string mode = database.execAndGet("PRAGMA journal_mode=WAL").getString();
      if (mode == "wal") return;
      throw SQLite::Exception("this disk cannot have a write-ahead log", SQLITE_IOERR);
    } catch (const SQLite::Exception& e) {
      if (e.getErrorCode() != SQLITE_BUSY || steady_clock::now() >= deadline) throw;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

// secure_delete: Debian's SQLite overwrites what is deleted, and open lines are deleted five times
// a second. cell_size_check: damage is found when a page is read, not when it has done harm.
constexpr char kForEveryone[] =
    "PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;"
    "PRAGMA secure_delete=OFF;";
constexpr char kForWriters[] = "PRAGMA synchronous=FULL; PRAGMA journal_size_limit=67108864;";

SQLite::Database OpenWriter(const std::string& path, Patience& patience) {
  SQLite::Database database(path,
                            SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_NOMUTEX);
  BePatient(database, patience);
  database.exec(kForEveryone);
  ChangeToWal(database, patience);
  database.exec(kForWriters);
  return database;
}

bool HasWal(const std::string& path) {
  struct stat status{};
  return stat((path + "-wal").c_str(), &status) == 0 && status.st_size > 0;
}

SQLite::Database OpenReader(const std::string& path, Patience& patience) {
  constexpr char kFirstRead[] = "PRAGMA schema_version";
  constexpr auto kFlags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX;
  try {
    SQLite::Database database(path, kFlags);
    BePatient(database, patience);
    database.exec(kForEveryone);
    database.execAndGet(kFirstRead);
    return database;
  } catch (const SQLite::Exception& e) {
    // Nobody has it open, and beside it no -shm can be made to say that somebody has.
    const bool cannot_share =
        e.getErrorCode() == SQLITE_CANTOPEN || e.getErrorCode() == SQLITE_READONLY;
    if (!cannot_share || HasWal(path)) throw;
  }
  SQLite::Database database(ImmutableUri(path), kFlags | SQLITE_OPEN_URI, 0);
  database.exec(kForEveryone);
  database.execAndGet(kFirstRead);
  return database;
}

// The errno of the last refusal, 0 if there is none. Where a commit's write to the log fails,
// SQLite itself does not say; the log's file does.
int SystemErrno(sqlite3* database) {
  int reason = sqlite3_system_errno(database);
  if (reason != 0) return reason;
  sqlite3_file* log = nullptr;
  sqlite3_file_control(database, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
  if (log != nullptr && log->pMethods != nullptr) {
    log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &reason);
  }
  return reason;
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::Open(const std::string& path, OpenMode mode,
                                                     Nanos busy_timeout) {
  std::error_code failed;
  // An absolute path is never taken for a URI or for ":memory:".
  const std::string absolute = std::filesystem::absolute(path, failed).string();
  if (path.empty() || failed) {
    return Fail(ErrorCode::kInvalidInput, Say("no ledger is named"), {},
                Say("name a file: --db FILE"));
  }
  if (const auto checked = CheckFile(absolute, mode); !checked) {
    return tl::unexpected(checked.error());
  }
  auto patience = std::make_unique<Patience>(
      Patience{.timeout = std::chrono::nanoseconds(busy_timeout.Count())});
  try {
    const bool reads = mode == OpenMode::kReadOnly;
    auto database = reads ? OpenReader(absolute, *patience) : OpenWriter(absolute, *patience);
    return std::unique_ptr<Connection>(
        new Connection(std::move(patience), std::move(database), absolute, busy_timeout));
  } catch (const SQLite::Exception& e) {
    return tl::unexpected(
        sqlite::Explain({e.getExtendedErrorCode(), e.what(), 0}, absolute, busy_timeout));
  }
}

Statement Connection::Use(const char* sql) {
  auto found = prepared_.find(sql);
  if (found == prepared_.end()) {
    found = prepared_.try_emplace(sql, database_, sql).first;
  }
  return Statement(found->second);
}

Error Connection::Explain(const SQLite::Exception& e) const {
  int code = e.getExtendedErrorCode();
  if (code <= 0) code = e.getErrorCode();
  const int primary = code & 0xFF;
  const bool is_system =
      primary == SQLITE_IOERR || primary == SQLITE_FULL || primary == SQLITE_CANTOPEN;
  const int reason = is_system ? SystemErrno(database_.getHandle()) : 0;
  return sqlite::Explain({code, e.what(), reason}, path_, busy_timeout_);
}

Error Connection::Explain(const Damaged& e) const {
  return sqlite::Explain({SQLITE_CORRUPT, e.why, 0}, path_, busy_timeout_);
}

Error Connection::Explain(const TooLarge& e) const {
  return {ErrorCode::kOverflow, Say("a sum in the ledger {} is too large", path_),
          Say("{} leaves its columns", e.what),
          Say("nothing was written; this is no amount of a training")};
}

}  // namespace epochcost::store::sqlite
