#include "store/sqlite/migration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "store/sqlite/made_up_ledger.h"

namespace epochcost::store::sqlite {
namespace {

constexpr Migration kFirst{1, "0001_first", "CREATE TABLE first (a INTEGER) STRICT"};
constexpr Migration kSecond{
    2, "0002_second", "CREATE TABLE second (b INTEGER) STRICT; INSERT INTO second VALUES (7)"};
constexpr Migration kBroken{
    2, "0002_broken", "CREATE TABLE second (b INTEGER) STRICT; INSERT INTO nothing VALUES (7)"};

std::unique_ptr<Connection> Connect(const made_up::Folder& folder) {
  auto connection =
      Connection::Open(folder.File("any.db"), OpenMode::kReadWriteCreate, made_up::kPatience);
  EXPECT_TRUE(connection) << Describe(connection.error());
  return connection ? std::move(*connection) : nullptr;
}

TEST(Migrate, AppliesOnlyWhatIsMissing) {
  const made_up::Folder folder;
  const auto connection = Connect(folder);
  ASSERT_TRUE(Migrate(*connection, std::array{kFirst}));
  const std::array both = {kFirst, kSecond};
  EXPECT_EQ(CheckSchema(*connection, both).error().code, ErrorCode::kUnsupported);
  ASSERT_TRUE(Migrate(*connection, both));
  ASSERT_TRUE(Migrate(*connection, both));
  EXPECT_TRUE(CheckSchema(*connection, both));
  EXPECT_EQ(connection->Database().execAndGet("SELECT count(*) FROM second").getInt(), 1);
}

TEST(Migrate, ThatFailsLeavesNothingBehind) {
  const made_up::Folder folder;
  const auto connection = Connect(folder);
  ASSERT_TRUE(Migrate(*connection, std::array{kFirst}));
  EXPECT_FALSE(Migrate(*connection, std::array{kFirst, kBroken}));
  EXPECT_FALSE(connection->Database().tableExists("second"));
  EXPECT_TRUE(CheckSchema(*connection, std::array{kFirst}));
}

TEST(Migrate, RefusesADatabaseOfANewerVersion) {
  const made_up::Folder folder;
  const auto connection = Connect(folder);
  ASSERT_TRUE(Migrate(*connection, std::array{kFirst, kSecond}));
  const auto refused = Migrate(*connection, std::array{kFirst});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
  EXPECT_FALSE(refused.error().hint.empty());
}

TEST(Migrate, RefusesAMigrationThatWasEditedAfterwards) {
  const made_up::Folder folder;
  const auto connection = Connect(folder);
  ASSERT_TRUE(Migrate(*connection, std::array{kFirst}));
  Migration edited = kFirst;
  edited.sql = "CREATE TABLE first (a TEXT) STRICT";
  EXPECT_EQ(Migrate(*connection, std::array{edited}).error().code, ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace epochcost::store::sqlite
