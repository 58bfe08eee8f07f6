#include "store/sqlite/migration.h"

#include <SQLiteCpp/Transaction.h>

#include <array>
#include <optional>

#include "base/text.h"

namespace epochcost::embedded {
extern const std::string_view kMigration1;  // store/migrations/0001_ledger.sql
extern const std::string_view kMigration2;  // store/migrations/0002_forecast.sql
extern const std::string_view kMigration3;  // store/migrations/0003_notice.sql
}  // namespace epochcost::embedded

namespace epochcost::store::sqlite {
namespace {

constexpr char kTable[] =
    "CREATE TABLE IF NOT EXISTS schema_migration ("
    " version INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum INTEGER NOT NULL,"
    " applied_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))) STRICT";

// How many of `known` are applied; nothing if the database has no table yet.
Result<std::optional<std::size_t>> CountApplied(Connection& connection,
                                                std::span<const Migration> known) {
  if (!connection.Database().tableExists("schema_migration")) {
    const auto tables =
        connection.Database().execAndGet("SELECT count(*) FROM sqlite_schema").getInt64();
    if (tables == 0) return std::nullopt;
    return Fail(ErrorCode::kInvalidInput, Say("{} is not a ledger", connection.Path()),
                Say("it is the database of another program"), Say("name another file: --db FILE"));
  }
  Statement row =
      connection.Use("SELECT version, name, checksum FROM schema_migration ORDER BY version");
  std::size_t applied = 0;
  while (row.Next()) {
    const std::int64_t version = row.Int();
    const std::string name = row.Text();
    if (applied < known.size() &&
        (version != known[applied].version || row.Int() != ChecksumOf(known[applied].sql))) {
      return Fail(
          ErrorCode::kCorrupt, Say("the ledger {} has a schema of its own", connection.Path()),
          Say("its migration {} ({}) is not the one that this program knows", version, name),
          Say("use the program that made it, or another ledger: --db FILE"));
    }
    ++applied;
  }
  if (applied > known.size()) {
    return Fail(
        ErrorCode::kUnsupported,
        Say("the ledger {} cannot be used by this program", connection.Path()),
        Say("database is of a newer version {}, this program knows {}", applied, known.size()),
        Say("use the newer epochcost, or another ledger: --db FILE"));
  }
  return applied;
}

Result<void> ApplyMissing(Connection& connection, std::span<const Migration> known) {
  SQLite::Transaction transaction(connection.Database(), SQLite::TransactionBehavior::EXCLUSIVE);
  const auto applied = CountApplied(connection, known);
  if (!applied) return tl::unexpected(applied.error());
  connection.Database().exec(kTable);
  for (const Migration& migration : known.subspan(applied->value_or(0))) {
    connection.Database().exec(std::string(migration.sql));
    connection.Use("INSERT INTO schema_migration (version, name, checksum) VALUES (?, ?, ?)")
        .Run(migration.version, migration.name, ChecksumOf(migration.sql));
  }
  transaction.commit();
  return {};
}

}  // namespace

std::span<const Migration> KnownMigrations() {
  static const std::array kKnown = {Migration{1, "0001_ledger", embedded::kMigration1},
                                    Migration{2, "0002_forecast", embedded::kMigration2},
                                    Migration{3, "0003_notice", embedded::kMigration3}};
  return kKnown;
}

std::int64_t ChecksumOf(std::string_view sql) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (const char c : sql) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  }
  return static_cast<std::int64_t>(hash);
}

Result<void> Migrate(Connection& connection, std::span<const Migration> known) {
  return connection.Guard([&]() -> Result<void> {
    const auto applied = CountApplied(connection, known);
    if (!applied) return tl::unexpected(applied.error());
    if (*applied == known.size()) return {};
    return ApplyMissing(connection, known);
  });
}

Result<void> CheckSchema(Connection& connection, std::span<const Migration> known) {
  return connection.Guard([&]() -> Result<void> {
    const auto applied = CountApplied(connection, known);
    if (!applied) return tl::unexpected(applied.error());
    if (!*applied) {
      return Fail(ErrorCode::kNotFound, Say("the ledger {} is empty", connection.Path()), {},
                  Say("meter a training: epochcost run -- python3 train.py"));
    }
    if (**applied == known.size()) return {};
    return Fail(
        ErrorCode::kUnsupported,
        Say("the ledger {} cannot be used by this program", connection.Path()),
        Say("database is of the older version {}, this program knows {}", **applied, known.size()),
        Say("any command that writes brings it up to date: epochcost run -- true"));
  });
}

}  // namespace epochcost::store::sqlite
