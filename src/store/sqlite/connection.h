#pragma once
// One open database file: how it is opened, what its errors mean, its statements.

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>

#include <chrono>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/quantity.h"
#include "base/result.h"
#include "store/sqlite/sqlite_store.h"
#include "store/sqlite/statement.h"

namespace epochcost::store::sqlite {

// How long, and since when, a lock of another process is waited for.
struct Patience {
  std::chrono::nanoseconds timeout{};
  std::chrono::steady_clock::time_point since;
};

class Connection {
 public:
  // The file, in WAL mode where it is written. Its schema is not looked at.
  static Result<std::unique_ptr<Connection>> Open(const std::string& path, OpenMode mode,
                                                  Nanos busy_timeout);

  // The statement of this text, prepared once. `sql` is a literal: its address is its name. One
  // statement is in use once at a time.
  [[nodiscard]] Statement Use(const char* sql);

  // Runs `body`, which returns a Result; every exception of this room and of SQLite ends here.
  template <class Body>
  auto Guard(Body&& body) -> decltype(body()) {
    try {
      return body();
    } catch (const SQLite::Exception& e) {
      return tl::unexpected(Explain(e));
    } catch (const Damaged& e) {
      return tl::unexpected(Explain(e));
    } catch (const TooLarge& e) {
      return tl::unexpected(Explain(e));
    }
  }

  [[nodiscard]] Error Explain(const SQLite::Exception& e) const;
  [[nodiscard]] Error Explain(const Damaged& e) const;
  [[nodiscard]] Error Explain(const TooLarge& e) const;

  [[nodiscard]] SQLite::Database& Database() { return database_; }
  [[nodiscard]] const std::string& Path() const { return path_; }
  [[nodiscard]] Nanos BusyTimeout() const { return busy_timeout_; }

 private:
  Connection(std::unique_ptr<Patience> patience, SQLite::Database database, std::string path,
             Nanos busy_timeout)
      : patience_(std::move(patience)),
        database_(std::move(database)),
        path_(std::move(path)),
        busy_timeout_(busy_timeout) {}

  std::unique_ptr<Patience> patience_;  // the database knows its address
  SQLite::Database database_;
  std::string path_;
  Nanos busy_timeout_;
  std::unordered_map<const char*, SQLite::Statement> prepared_;
};

}  // namespace epochcost::store::sqlite
