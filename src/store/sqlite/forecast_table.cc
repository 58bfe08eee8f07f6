#include "store/sqlite/forecast_table.h"

#include "store/sqlite/run_table.h"

namespace epochcost::store::sqlite {
namespace {

constexpr char kInsert[] =
    "INSERT OR IGNORE INTO forecast (run_key, made, epochs_done, planned_epochs, currency,"
    " spent_whole, spent_nano, epochs, epochs_low95, epochs_low80, epochs_high80, epochs_high95,"
    " duration, duration_low95, duration_low80, duration_high80, duration_high95,"
    " cost_whole, cost_nano, cost_low95_whole, cost_low95_nano, cost_low80_whole, cost_low80_nano,"
    " cost_high80_whole, cost_high80_nano, cost_high95_whole, cost_high95_nano,"
    " quality, duration_ppm, power_ppm, price_ppm, confidence, confidence_why, of_class)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
    " ?, ?, ?, ?, ?, ?) RETURNING forecast_key";

constexpr char kSelect[] =
    "SELECT forecast_key, made, epochs_done, planned_epochs, currency,"
    " spent_whole, spent_nano, epochs, epochs_low95, epochs_low80, epochs_high80, epochs_high95,"
    " duration, duration_low95, duration_low80, duration_high80, duration_high95,"
    " cost_whole, cost_nano, cost_low95_whole, cost_low95_nano, cost_low80_whole, cost_low80_nano,"
    " cost_high80_whole, cost_high80_nano, cost_high95_whole, cost_high95_nano,"
    " quality, duration_ppm, power_ppm, price_ppm, confidence, confidence_why, of_class"
    " FROM forecast WHERE run_key = ? ORDER BY made, forecast_key";

std::optional<std::int64_t> InsertForecast(Connection& connection, std::int64_t run_key,
                                           const Forecast& f) {
  const Currency currency = f.spent.currency;
  const auto money = [&](Wide nano) { return Money{nano, currency}; };
  Statement row = connection.Use(kInsert);
  row.Bind(run_key, f.made, f.epochs_done, f.planned_epochs, currency.Code(), f.spent,
           f.epochs.expected, f.epochs.low95, f.epochs.low80, f.epochs.high80, f.epochs.high95,
           f.duration.expected, f.duration.low95, f.duration.low80, f.duration.high80,
           f.duration.high95, money(f.cost_nano.expected), money(f.cost_nano.low95),
           money(f.cost_nano.low80), money(f.cost_nano.high80), money(f.cost_nano.high95),
           f.quality, f.duration_ppm, f.power_ppm, f.price_ppm, f.confidence, f.confidence_why,
           f.of_class);
  if (!row.Next()) return std::nullopt;
  return row.Int();
}

Forecast ReadForecast(Statement& row, const RunId& run) {
  Forecast f;
  f.run = run;
  f.made = row.Utc();
  f.epochs_done = row.Int();
  f.planned_epochs = row.MaybeInt();
  const Currency currency = row.ACurrency();
  f.spent = {row.Nano(), currency};
  for (std::int64_t* value :
       {&f.epochs.expected, &f.epochs.low95, &f.epochs.low80, &f.epochs.high80, &f.epochs.high95})
    *value = row.Int();
  for (Nanos* value : {&f.duration.expected, &f.duration.low95, &f.duration.low80,
                       &f.duration.high80, &f.duration.high95})
    *value = Nanos{row.Int()};
  for (Wide* value : {&f.cost_nano.expected, &f.cost_nano.low95, &f.cost_nano.low80,
                      &f.cost_nano.high80, &f.cost_nano.high95})
    *value = row.Nano();
  f.quality = row.AnEnum(Quality::kAssumed);
  f.duration_ppm = row.Int();
  f.power_ppm = row.Int();
  f.price_ppm = row.Int();
  f.confidence = row.AnEnum(Confidence::kHigh);
  f.confidence_why = row.Text();
  f.of_class = row.Text();
  return f;
}

}  // namespace

Result<void> AddForecastRow(Connection& connection, const Forecast& forecast) {
  const auto run = GetEntry(connection, forecast.run);
  if (!run) return tl::unexpected(run.error());
  const auto key = InsertForecast(connection, run->run_key, forecast);
  if (!key) return {};
  std::int64_t ordinal = 0;
  Statement insert = connection.Use(
      "INSERT INTO forecast_member (forecast_key, ordinal, name, weight_ppm, why)"
      " VALUES (?, ?, ?, ?, ?)");
  for (const ForecastMember& member : forecast.members)
    insert.Run(*key, ordinal++, member.name, member.weight_ppm, member.why);
  return {};
}

Result<std::vector<Forecast>> ReadForecasts(Connection& connection, const RunId& run) {
  const auto entry = GetEntry(connection, run);
  if (!entry) return tl::unexpected(entry.error());
  std::vector<Forecast> forecasts;
  std::vector<std::int64_t> keys;
  Statement row = connection.Use(kSelect);
  row.Bind(entry->run_key);
  while (row.Next()) {
    keys.push_back(row.Int());
    forecasts.push_back(ReadForecast(row, run));
  }
  for (std::size_t i = 0; i < keys.size(); ++i) {
    Statement member = connection.Use(
        "SELECT name, weight_ppm, why FROM forecast_member WHERE forecast_key = ?"
        " ORDER BY ordinal");
    member.Bind(keys[i]);
    while (member.Next()) {
      std::string name = member.Text();
      const std::int64_t weight = member.Int();
      forecasts[i].members.push_back({std::move(name), weight, member.Text()});
    }
  }
  return forecasts;
}

}  // namespace epochcost::store::sqlite
