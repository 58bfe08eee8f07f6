// Files that are no ledger, are damaged, are protected or cannot grow.

#include "store/sqlite/fault.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

#include "store/sqlite/made_up_ledger.h"
#include "store/sqlite/sqlite_store.h"

namespace epochcost::store::sqlite {
namespace {

using namespace made_up;  // NOLINT: the test's own words
using testing::HasSubstr;

constexpr Nanos kShort{50 * kNanosPerMilli};

void Write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string Slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void Execute(const std::string& path, const std::string& sql) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
      << sqlite3_errmsg(database);
  sqlite3_close(database);
}

// A ledger with this many lines; everything in the one file.
std::string MakeLedger(const Folder& folder, std::int64_t lines) {
  const std::string path = folder.File("ledger.db");
  const auto store = Open(path, OpenMode::kReadWriteCreate, kPatience);
  EXPECT_TRUE(store && (*store)->BeginRun(ARun()) && (*store)->Append(Lines(1, lines)));
  return path;
}

Error OpeningError(const std::string& path, OpenMode mode = OpenMode::kReadWriteCreate) {
  const auto store = Open(path, mode, kShort);
  EXPECT_FALSE(store) << path;
  if (store) return {};
  EXPECT_FALSE(store.error().what.empty() || store.error().hint.empty()) << Describe(store.error());
  return store.error();
}

// `body` in a process of its own, as an ordinary user; whether it said true.
bool AsOrdinaryUser(const std::function<bool()>& body) {
  const pid_t child = fork();
  if (child == 0) {
    if (getuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) _exit(2);
    _exit(body() ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST(LedgerFile, ThatIsNoDatabaseIsRefused) {
  const Folder folder;
  const std::string path = folder.File("notes.txt");
  Write(path, std::string(5'000, 'x'));
  for (const OpenMode mode : {OpenMode::kReadOnly, OpenMode::kReadWriteCreate}) {
    const Error error = OpeningError(path, mode);
    EXPECT_EQ(error.code, ErrorCode::kCorrupt);
    EXPECT_THAT(error.why, HasSubstr("not an SQLite database"));
  }
  EXPECT_EQ(Slurp(path), std::string(5'000, 'x'));
}

TEST(LedgerFile, ThatIsAFolderIsRefused) {
  const Folder folder;
  EXPECT_EQ(OpeningError(folder.Path()).code, ErrorCode::kInvalidInput);
}

TEST(LedgerFile, InAFolderThatIsNotThereIsRefused) {
  const Folder folder;
  EXPECT_EQ(OpeningError(folder.File("no/such/ledger.db")).code, ErrorCode::kNotFound);
  EXPECT_EQ(OpeningError(folder.File("ledger.db"), OpenMode::kReadOnly).code, ErrorCode::kNotFound);
  EXPECT_EQ(OpeningError("").code, ErrorCode::kInvalidInput);
}

TEST(LedgerFile, OfAnotherProgramIsLeftAlone) {
  const Folder folder;
  const std::string path = folder.File("other.db");
  Execute(path, "CREATE TABLE song (title TEXT)");
  for (const OpenMode mode : {OpenMode::kReadOnly, OpenMode::kReadWriteCreate}) {
    EXPECT_EQ(OpeningError(path, mode).code, ErrorCode::kInvalidInput);
  }
}

TEST(LedgerFile, ThatIsEmptyIsFilledByAWriterAndToldToAReader) {
  const Folder folder;
  const std::string path = folder.File("ledger.db");
  Write(path, "");
  EXPECT_EQ(OpeningError(path, OpenMode::kReadOnly).code, ErrorCode::kNotFound);
  EXPECT_TRUE(Open(path, OpenMode::kReadWriteCreate, kPatience));
}

TEST(LedgerFile, OfANewerVersionIsRefusedWithBothVersions) {
  const Folder folder;
  const std::string path = MakeLedger(folder, 1);
  Execute(path,
          "INSERT INTO schema_migration (version, name, checksum) VALUES (999, '999_future', 7)");
  for (const OpenMode mode : {OpenMode::kReadOnly, OpenMode::kReadWriteCreate}) {
    const Error error = OpeningError(path, mode);
    EXPECT_EQ(error.code, ErrorCode::kUnsupported);
    EXPECT_THAT(error.why, testing::MatchesRegex(
                               "database is of a newer version [0-9]+, this program knows [0-9]+"));
  }
}

TEST(LedgerFile, WhoseMigrationWasChangedIsRefused) {
  const Folder folder;
  const std::string path = MakeLedger(folder, 1);
  Execute(path, "UPDATE schema_migration SET checksum = checksum + 1");
  EXPECT_EQ(OpeningError(path).code, ErrorCode::kCorrupt);
}

TEST(LedgerFile, ThatWasCutShortIsRefused) {
  const Folder folder;
  const std::string path = MakeLedger(folder, 2'000);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  EXPECT_EQ(OpeningError(path).code, ErrorCode::kCorrupt);
}

TEST(LedgerFile, WithDamagedPagesIsToldAndNotGuessed) {
  const Folder folder;
  const std::string path = MakeLedger(folder, 2'000);
  std::string bytes = Slurp(path);
  for (std::size_t page = bytes.size() / 2; page + 4'096 < bytes.size(); page += 4'096) {
    bytes.replace(page, 200, std::string(200, '\x5a'));
  }
  Write(path, bytes);
  // Which of the two meets a damaged page first depends on where SQLite put its tables.
  const auto store = Open(path, OpenMode::kReadOnly, kShort);
  const auto read =
      store ? (*store)->ForEachLine(ARun().id, [](const LedgerLine&) -> Result<void> { return {}; })
            : Result<void>(tl::unexpected(store.error()));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kCorrupt);
  EXPECT_THAT(read.error().hint, HasSubstr(".recover"));
}

TEST(LedgerFile, WithValuesThatCannotBeIsToldAndNotGuessed) {
  for (const char* const damage :
       {"UPDATE account SET resource = 77", "UPDATE account SET scope_kind = -1",
        "UPDATE run SET currency = 'XXX'", "UPDATE run SET arguments = x'616263'",
        "UPDATE run SET state = 9", "UPDATE account SET replica = 1 << 40", "DROP TABLE notice"}) {
    const Folder folder;
    const std::string path = MakeLedger(folder, 3);
    Execute(path, damage);
    const auto store = Open(path, OpenMode::kReadOnly, kShort);
    ASSERT_TRUE(store);
    const auto cost = (*store)->Cost(ARun().id);
    ASSERT_FALSE(cost) << damage;
    EXPECT_EQ(cost.error().code, ErrorCode::kCorrupt) << damage;
  }
}

TEST(LedgerFile, WhoseSumsLeaveTheirColumnsIsToldAndNotClamped) {
  const Folder folder;
  const std::string path = MakeLedger(folder, 3);
  Execute(
      path,
      "UPDATE run_progress SET committed_whole = 9223372036854775807, committed_nano = 999999999");
  const auto store = Open(path, OpenMode::kReadWriteCreate, kShort);
  ASSERT_TRUE(store);
  const auto receipt = (*store)->Append(Lines(4, 4));
  ASSERT_FALSE(receipt);
  EXPECT_EQ(receipt.error().code, ErrorCode::kOverflow);
}

TEST(LedgerFile, ThatSomebodyHasLockedForLongIsUnavailableAndThenWorks) {
  const Folder folder;
  const std::string path = MakeLedger(folder, 1);
  const auto store = Open(path, OpenMode::kReadWriteCreate, kShort);
  ASSERT_TRUE(store);
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  const auto refused = (*store)->Append(Lines(2, 3));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(refused.error().why, HasSubstr("50 ms"));
  EXPECT_TRUE((*store)->Cost(ARun().id));  // reading waits for nobody
  sqlite3_close(other);
  EXPECT_EQ((*store)->Append(Lines(2, 3))->inserted, 2);
}

TEST(LedgerFile, OnAFullDiskIsUnavailableWithNothingHalfWrittenAndThenWorks) {
  const Folder folder;
  const std::string path = MakeLedger(folder, 1);
  const pid_t child = fork();
  if (child == 0) {
    const auto store = Open(path, OpenMode::kReadWriteCreate, kShort);
    if (!store) _exit(1);
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{256 * 1024, RLIM_INFINITY};
    setrlimit(RLIMIT_FSIZE, &limit);
    std::int64_t last = 1;
    Result<Receipt> receipt = Receipt{};
    for (; receipt && last < 100'000; last += 500)
      receipt = (*store)->Append(Lines(last + 1, last + 500));
    if (receipt || receipt.error().code != ErrorCode::kUnavailable) _exit(2);
    last -= 500;
    if ((*store)->Cost(ARun().id)->sums.at(1)->lines != last) _exit(3);
    limit.rlim_cur = RLIM_INFINITY;
    setrlimit(RLIMIT_FSIZE, &limit);
    receipt = (*store)->Append(Lines(last + 1, last + 500));
    _exit(receipt && receipt->inserted == 500 ? 0 : 4);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0) << WEXITSTATUS(status);
}

TEST(LedgerFile, ThatIsProtectedCanBeReadAndSaysThatItCannotBeWritten) {
  const Folder folder;
  const std::string path = MakeLedger(folder, 3);
  chmod(path.c_str(), 0444);
  chmod(folder.Path().c_str(), 0555);
  EXPECT_TRUE(AsOrdinaryUser([&] {
    return OpeningError(path).code == ErrorCode::kPermission &&
           OpeningError(folder.File("new.db")).code == ErrorCode::kPermission;
  }));
  EXPECT_TRUE(AsOrdinaryUser([&] {
    const auto store = Open(path, OpenMode::kReadOnly, kShort);
    if (!store) return false;
    const auto cost = (*store)->Cost(ARun().id);
    return cost && cost->total.nano == 21;
  }));
  chmod(path.c_str(), 0000);
  EXPECT_TRUE(AsOrdinaryUser(
      [&] { return OpeningError(path, OpenMode::kReadOnly).code == ErrorCode::kPermission; }));
  chmod(folder.Path().c_str(), 0755);
}

TEST(LedgerFile, IsReadWhileAnotherWritesAndNotWrittenByAReader) {
  const Folder folder;
  const std::string path = MakeLedger(folder, 3);
  const auto writer = Open(path, OpenMode::kReadWriteCreate, kShort);
  const auto reader = Open(path, OpenMode::kReadOnly, kShort);
  ASSERT_TRUE(writer && reader);
  ASSERT_TRUE((*writer)->Append(Lines(4, 6)));
  EXPECT_EQ((*reader)->Cost(ARun().id)->total.nano, 6 * 7);
  ASSERT_TRUE((*writer)->Append(Lines(7, 7)));
  EXPECT_EQ((*reader)->Cost(ARun().id)->total.nano, 7 * 7);
  const auto refused = (*reader)->Append(Lines(8, 8));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kPermission);
}

TEST(LedgerFile, NeverChangesOrRemovesALine) {
  const Folder folder;
  const std::string path = MakeLedger(folder, 3);
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  EXPECT_NE(sqlite3_exec(database, "UPDATE line SET amount_nano = 0", nullptr, nullptr, nullptr),
            SQLITE_OK);
  EXPECT_NE(sqlite3_exec(database, "DELETE FROM line", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(database);
}

TEST(LedgerFile, PutsBothSidesOfAConflictIntoQuarantineOnce) {
  const Folder folder;
  const std::string path = MakeLedger(folder, 3);
  {
    const auto store = Open(path, OpenMode::kReadWriteCreate, kShort);
    Commit other = Lines(3, 3);
    other.sealed[0].amount = NanoMoney{8};
    EXPECT_FALSE((*store)->Append(other));
    EXPECT_FALSE((*store)->Append(other));
  }
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  sqlite3_stmt* row = nullptr;
  sqlite3_prepare_v2(database, "SELECT count(*), max(seq), min(kept), min(refused) FROM quarantine",
                     -1, &row, nullptr);
  ASSERT_EQ(sqlite3_step(row), SQLITE_ROW);
  EXPECT_EQ(sqlite3_column_int(row, 0), 1);
  EXPECT_EQ(sqlite3_column_int(row, 1), 3);
  EXPECT_THAT(reinterpret_cast<const char*>(sqlite3_column_text(row, 2)),
              HasSubstr("amount_nano=7 "));
  EXPECT_THAT(reinterpret_cast<const char*>(sqlite3_column_text(row, 3)),
              HasSubstr("amount_nano=8 "));
  sqlite3_finalize(row);
  sqlite3_close(database);
}

}  // namespace
}  // namespace epochcost::store::sqlite
