#pragma once
// The schema's versions: numbered files in store/migrations, applied once each.

#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "store/sqlite/connection.h"

namespace epochcost::store::sqlite {

struct Migration {
  std::int64_t version = 0;  // 1, 2, 3 …
  std::string_view name;
  std::string_view sql;
};

// What this program knows, in order.
[[nodiscard]] std::span<const Migration> KnownMigrations();

// FNV-1a: an applied file that was edited afterwards is seen, an attack is not its concern.
[[nodiscard]] std::int64_t ChecksumOf(std::string_view sql);

// Applies what is missing, all of it or nothing; any number of processes may do so at once. Errors:
// kUnsupported (the file is newer than `known`), kCorrupt (a file that was applied has changed),
// kInvalidInput (the database is another program's).
[[nodiscard]] Result<void> Migrate(Connection& connection, std::span<const Migration> known);

// The same checks for who only reads. Error kUnsupported also where the file is older; kNotFound
// where it is empty.
[[nodiscard]] Result<void> CheckSchema(Connection& connection, std::span<const Migration> known);

}  // namespace epochcost::store::sqlite
