// epochcost price: the price sheets of the ledger; a change is a new version.

#include <CLI/CLI.hpp>
#include <iostream>

#include "api/json.h"
#include "app/context.h"
#include "app/data_home.h"
#include "app/order.h"
#include "base/text.h"
#include "tariff/change.h"
#include "tariff/reference.h"
#include "tariff/sheet_file.h"

namespace epochcost::app {
namespace {

struct PriceOptions {
  std::string sheet;
  std::string resource;
  std::string amount;
  std::string unit;
  std::string at;
  std::string file;
};

Result<std::unique_ptr<store::Store>> OpenForPrices(Context& context) {
  const auto home = FindDataHome();
  if (!home) return tl::unexpected(home.error());
  context.data_home = home->path;
  auto ledger = context.OpenLedger(false);
  if (!ledger) return ledger;
  if (const auto added = (*ledger)->AddSheet(tariff::ReferenceSheet()); !added) {
    return tl::unexpected(added.error());
  }
  return ledger;
}

Result<PriceSheet> LatestOf(store::Store& ledger, const std::string& name) {
  const auto sheets = ledger.Sheets();
  if (!sheets) return tl::unexpected(sheets.error());
  std::optional<PriceSheet> latest;
  std::string known;
  for (const PriceSheet& sheet : *sheets) {
    if (sheet.name.Value() == name) latest = sheet;
    if (sheet.version == 1) known += " " + sheet.name.Value();
  }
  if (latest) return *latest;
  return Fail(ErrorCode::kNotFound, Say("no price sheet named {}", name),
              Say("the ledger has:{}", known), Say("epochcost price import FILE adds one"));
}

Result<PriceSheet> Set(Context& context, const PriceOptions& options) {
  auto ledger = OpenForPrices(context);
  if (!ledger) return tl::unexpected(ledger.error());
  auto latest = LatestOf(**ledger, options.sheet);
  if (!latest) return latest;
  UtcTime from = context.clock.Utc();
  Effect effect = Effect::kAtNextReading;
  if (!options.at.empty()) {
    const auto at = ParseUtc(options.at);
    if (!at) return tl::unexpected(at.error());
    from = *at;
    effect = Effect::kAtInstant;
  }
  auto changed =
      tariff::WithPrice(*latest, options.resource, options.amount, options.unit, from, effect);
  if (!changed) return changed;
  if (const auto added = (*ledger)->AddSheet(*changed); !added)
    return tl::unexpected(added.error());
  return changed;
}

Result<std::vector<PriceSheet>> Import(Context& context, const std::string& path) {
  auto sheets = ReadSheets(path);
  if (!sheets) return sheets;
  auto ledger = OpenForPrices(context);
  if (!ledger) return tl::unexpected(ledger.error());
  if (const auto recorded = RecordSheets(**ledger, *sheets); !recorded)
    return tl::unexpected(recorded.error());
  return sheets;
}

void Print(const Context& context, const std::vector<PriceSheet>& sheets) {
  if (context.json) {
    std::cout << api::SheetsJson(sheets) << "\n";
    return;
  }
  for (const PriceSheet& sheet : sheets) std::cout << tariff::ToToml(sheet) << "\n";
}

}  // namespace

void AddPrice(CLI::App& app, Context& context) {
  const auto options = std::make_shared<PriceOptions>();
  CLI::App* const price = app.add_subcommand("price", Say("Show and change what resources cost"));
  price->require_subcommand(1);
  price->footer(
      Say("examples:\n"
          "  epochcost price list\n"
          "  epochcost price import my-cluster.toml\n"
          "  epochcost price set my-cluster gpu 45.2 CNY/h\n"
          "  epochcost price set my-cluster gpu 30 CNY/h --at 2026-12-01T00:00:00+08:00\n\n"
          "A change is seen by running meters within a second; what was used before keeps the old "
          "price."));
  CLI::App* const list = price->add_subcommand("list", Say("All versions of all sheets"));
  list->add_flag("--json", context.json, Say("as one JSON object"));
  list->callback([&context] {
    auto ledger = OpenForPrices(context);
    if (!ledger) return Complain(context, ledger.error());
    const auto sheets = (*ledger)->Sheets();
    if (!sheets) return Complain(context, sheets.error());
    Print(context, *sheets);
  });
  CLI::App* const import = price->add_subcommand("import", Say("Add the sheets of a TOML file"));
  import->add_option("file", options->file, Say("a price sheet (TOML)"))->required();
  import->add_flag("--json", context.json, Say("as one JSON object"));
  import->callback([options, &context] {
    const auto sheets = Import(context, options->file);
    if (!sheets) return Complain(context, sheets.error());
    Print(context, *sheets);
  });
  CLI::App* const set =
      price->add_subcommand("set", Say("Change one price, from now on or from an instant"));
  set->add_option("sheet", options->sheet, Say("the sheet's name"))->required();
  set->add_option("resource", options->resource,
                  "gpu, cpu, memory, network, network_in, network_out")
      ->required();
  set->add_option("amount", options->amount, Say("a decimal number"))->required();
  set->add_option("unit", options->unit, "CNY/h, CNY/GB, CNY/GB_h, CNY/GB/epoch")->required();
  set->add_option("--at", options->at,
                  Say("from this instant instead of now, ISO 8601 with a zone"));
  set->add_flag("--json", context.json, Say("as one JSON object"));
  set->callback([options, &context] {
    const auto sheet = Set(context, *options);
    if (!sheet) return Complain(context, sheet.error());
    Print(context, {*sheet});
  });
}

}  // namespace epochcost::app
