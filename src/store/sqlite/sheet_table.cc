#include "store/sqlite/sheet_table.h"

#include <SQLiteCpp/Transaction.h>

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace epochcost::store::sqlite {
namespace {

#define EPOCHCOST_SHEET_COLUMNS                                                            \
  "SELECT s.revision, s.name, s.version, s.provider, s.region, s.currency, s.valid_from, " \
  "s.effect,"                                                                              \
  " s.source, s.source_date, s.memory_basis, s.headline, s.provenance FROM sheet s "

std::size_t ResourceAt(Statement& row) {
  return static_cast<std::size_t>(row.AnEnum(kLastResource));
}

PriceSheet ReadSheet(Statement& row, std::int64_t& revision) {
  PriceSheet sheet;
  revision = row.Int();
  sheet.name = SheetName{row.Text()};
  sheet.version = row.Int();
  sheet.provider = row.Text();
  sheet.region = row.Text();
  sheet.currency = row.ACurrency();
  sheet.valid_from = row.Utc();
  sheet.effect = row.AnEnum(Effect::kAtNextReading);
  sheet.source = row.Text();
  sheet.source_date = row.Text();
  sheet.memory_basis = row.AnEnum(MemoryBasis::kPerEpoch);
  sheet.headline = row.AnEnum(Headline::kBilled);
  sheet.provenance = row.AnEnum(Quality::kAssumed);
  return sheet;
}

void ReadRates(Connection& connection, std::int64_t revision, PriceSheet& sheet) {
  Statement rate =
      connection.Use("SELECT resource, nano, per_hi, per_lo FROM sheet_rate WHERE revision = ?");
  rate.Bind(revision);
  while (rate.Next()) {
    const std::size_t resource = ResourceAt(rate);
    const std::int64_t nano = rate.Int();
    const Wide per = rate.AWide();
    if (per <= 0) throw Damaged{"a price is per nothing"};
    sheet.rates.at(resource) = Rate{nano, per};
  }
  Statement rented = connection.Use("SELECT resource, milli FROM sheet_rented WHERE revision = ?");
  rented.Bind(revision);
  while (rented.Next()) {
    const std::size_t resource = ResourceAt(rented);
    sheet.rented.at(resource) = Rented{rented.Int()};
  }
}

std::vector<PriceSheet> ReadAll(Connection& connection, Statement& row) {
  std::vector<PriceSheet> sheets;
  std::int64_t revision = 0;
  while (row.Next()) {
    sheets.push_back(ReadSheet(row, revision));
    ReadRates(connection, revision, sheets.back());
  }
  return sheets;
}

void Insert(Connection& connection, const PriceSheet& sheet) {
  connection
      .Use(
          "INSERT INTO sheet (name, version, provider, region, currency, valid_from, effect, "
          "source,"
          " source_date, memory_basis, headline, provenance) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
          "?, ?)")
      .Run(sheet.name.Value(), sheet.version, sheet.provider, sheet.region, sheet.currency.Code(),
           sheet.valid_from, sheet.effect, sheet.source, sheet.source_date, sheet.memory_basis,
           sheet.headline, sheet.provenance);
  const std::int64_t revision = connection.Database().getLastInsertRowid();
  for (std::size_t resource = 0; resource < kResourceCount; ++resource) {
    if (const auto& rate = sheet.rates.at(resource)) {
      connection
          .Use(
              "INSERT INTO sheet_rate (revision, resource, nano, per_hi, per_lo) VALUES (?, ?, ?, "
              "?, ?)")
          .Run(revision, resource, rate->nano, rate->per);
    }
    if (const auto& rented = sheet.rented.at(resource)) {
      connection.Use("INSERT INTO sheet_rented (revision, resource, milli) VALUES (?, ?, ?)")
          .Run(revision, resource, rented->milli);
    }
  }
}

Result<void> Admit(const PriceSheet& sheet, const std::vector<PriceSheet>& versions) {
  const auto same = std::ranges::find(versions, sheet.version, &PriceSheet::version);
  if (same != versions.end()) {
    return Fail(ErrorCode::kConflict,
                Say("version {} of price sheet {} is there with other content", sheet.version,
                    sheet.name.Value()),
                Say("prices are never edited: what was priced by them must stay explained"),
                Say("record the change as version {}", versions.back().version + 1));
  }
  if (!versions.empty() && versions.front().currency != sheet.currency) {
    return Fail(ErrorCode::kConflict,
                Say("price sheet {} is in {}, not in {}", sheet.name.Value(),
                    versions.front().currency.Code(), sheet.currency.Code()),
                Say("a run priced by it would add two currencies"),
                Say("give the new sheet another name"));
  }
  return {};
}

}  // namespace

Result<void> AddSheetVersion(Connection& connection, const PriceSheet& sheet) {
  const auto versions_of = [&] {
    Statement row = connection.Use(EPOCHCOST_SHEET_COLUMNS "WHERE s.name = ? ORDER BY s.version");
    row.Bind(sheet.name.Value());
    return ReadAll(connection, row);
  };
  // Nearly always it is there already; then nobody need be kept from writing.
  const std::vector<PriceSheet> before = versions_of();
  if (std::ranges::find(before, sheet) != before.end()) return {};
  SQLite::Transaction transaction(connection.Database(), SQLite::TransactionBehavior::IMMEDIATE);
  const std::vector<PriceSheet> versions = versions_of();
  if (std::ranges::find(versions, sheet) != versions.end()) return {};
  if (const auto admitted = Admit(sheet, versions); !admitted) return admitted;
  Insert(connection, sheet);
  transaction.commit();
  return {};
}

std::vector<PriceSheet> AllSheets(Connection& connection) {
  Statement row = connection.Use(EPOCHCOST_SHEET_COLUMNS "ORDER BY s.name, s.version");
  return ReadAll(connection, row);
}

std::vector<PriceSheet> SheetsOfRun(Connection& connection, std::int64_t run_key) {
  Statement row =
      connection.Use(EPOCHCOST_SHEET_COLUMNS
                     "WHERE (s.name, s.version) IN (SELECT p.sheet, p.version FROM pricing p"
                     " WHERE p.pricing_key IN (SELECT pricing_key FROM account WHERE run_key = ?))"
                     " ORDER BY s.name, s.version");
  row.Bind(run_key);
  return ReadAll(connection, row);
}

std::int64_t LatestRevision(Connection& connection) {
  Statement row = connection.Use("SELECT coalesce(max(revision), 0) FROM sheet");
  return row.Next() ? row.Int() : 0;
}

}  // namespace epochcost::store::sqlite
