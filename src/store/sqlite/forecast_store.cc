#include "store/sqlite/forecast_store.h"

#include <SQLiteCpp/Transaction.h>

#include <utility>

#include "store/sqlite/connection.h"
#include "store/sqlite/forecast_table.h"
#include "store/sqlite/migration.h"

namespace epochcost::store::sqlite {
namespace {

class SqliteForecasts final : public ForecastStore {
 public:
  explicit SqliteForecasts(std::unique_ptr<Connection> connection)
      : connection_(std::move(connection)) {}

  Result<void> AddForecast(const Forecast& forecast) override {
    return connection_->Guard([&]() -> Result<void> {
      SQLite::Transaction transaction(connection_->Database(),
                                      SQLite::TransactionBehavior::IMMEDIATE);
      if (const auto added = AddForecastRow(*connection_, forecast); !added) return added;
      transaction.commit();
      return {};
    });
  }

  Result<std::vector<Forecast>> Forecasts(const RunId& run) override {
    return connection_->Guard([&] { return ReadForecasts(*connection_, run); });
  }

 private:
  std::unique_ptr<Connection> connection_;
};

}  // namespace

Result<std::unique_ptr<ForecastStore>> OpenForecasts(const std::string& path, OpenMode mode,
                                                     Nanos busy_timeout) {
  auto connection = Connection::Open(path, mode, busy_timeout);
  if (!connection) return tl::unexpected(std::move(connection.error()));
  const bool writes = mode == OpenMode::kReadWriteCreate;
  const auto ready = writes ? Migrate(**connection, KnownMigrations())
                            : CheckSchema(**connection, KnownMigrations());
  if (!ready) return tl::unexpected(ready.error());
  return std::make_unique<SqliteForecasts>(std::move(*connection));
}

}  // namespace epochcost::store::sqlite
