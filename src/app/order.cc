#include "app/order.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string_view>

#include "app/data_home.h"
#include "base/retell.h"
#include "base/text.h"
#include "tariff/reference.h"
#include "tariff/sheet_file.h"

namespace epochcost::app {
namespace {

// "python3 train.py --lr 0.1" is called train.py.
std::string NameOf(const std::vector<std::string>& command) {
  if (command.empty()) return "?";
  for (const std::string& word : command) {
    if (word.ends_with(".py") || word.ends_with(".sh"))
      return std::filesystem::path(word).filename();
  }
  return std::filesystem::path(command.front()).filename();
}

// The sheet of this name (the first one's, if none was wished), in all the versions of the file.
Result<PriceSheet> FromFile(const std::string& path, const std::string& wanted,
                            std::vector<PriceSheet>& versions) {
  auto sheets = ReadSheets(path);
  if (!sheets) return tl::unexpected(sheets.error());
  const std::string name = wanted.empty() ? sheets->front().name.Value() : wanted;
  std::string known;
  for (PriceSheet& sheet : *sheets) {
    known += " " + sheet.name.Value();
    if (sheet.name.Value() == name) versions.push_back(std::move(sheet));
  }
  if (!versions.empty()) return versions.back();
  return Fail(ErrorCode::kNotFound, Say("{} has no sheet named {}", path, wanted),
              Say("it has:{}", known), "");
}

bool IsSameButForItsVersion(const PriceSheet& a, PriceSheet b) {
  b.version = a.version;
  return a == b;
}

Result<PriceSheet> FromLedger(const Context& context, const std::string& wanted) {
  const auto ledger = context.OpenLedger(true);
  if (!ledger) return tl::unexpected(ledger.error());
  const auto sheets = (*ledger)->Sheets();
  if (!sheets) return tl::unexpected(sheets.error());
  std::string known;
  for (const PriceSheet& sheet : *sheets) {
    if (sheet.name.Value() == wanted) return sheet;
    if (sheet.version == 1) known += " " + sheet.name.Value();
  }
  return Fail(ErrorCode::kNotFound, Say("no price sheet named {}", wanted),
              Say("the ledger has:{}", known),
              Say("epochcost price import FILE, or --prices FILE"));
}

// Of a file, of the ledger, or the published reference.
Result<PriceSheet> ChooseSheet(const Context& context, const Wishes& wishes, RunOrder& order) {
  if (!wishes.prices.empty()) {
    return FromFile(wishes.prices, wishes.sheet, order.own_sheets);
  }
  PriceSheet reference = tariff::ReferenceSheet();
  if (wishes.sheet.empty() || wishes.sheet == reference.name.Value()) return reference;
  return FromLedger(context, wishes.sheet);
}

Result<void> TakeBudget(const Wishes& wishes, const PriceSheet& sheet, RunOrder& order) {
  if (!(wishes.threshold > 0 && wishes.threshold <= 1)) {
    return Fail(ErrorCode::kInvalidInput, Say("not an alert threshold: {}", wishes.threshold),
                Say("it is a share of the budget, above 0 and at most 1"), "");
  }
  order.threshold_ppm = std::llround(wishes.threshold * 1e6);
  if (wishes.budget.empty()) return {};
  const auto nano = ParseDecimal(wishes.budget);
  if (!nano) return tl::unexpected(nano.error());
  if (nano->Count() <= 0) {
    return Fail(ErrorCode::kInvalidInput, Say("not a budget: {}", wishes.budget),
                Say("it is not above 0"), "");
  }
  if (!wishes.currency.empty() && wishes.currency != sheet.currency.Code()) {
    order.notices.push_back(
        {NoticeKind::kDegraded, order.run.started,
         ForRecord("the budget is in {}, the prices are in {}: the budget is not watched",
                   wishes.currency, sheet.currency.Code()),
         "say the budget in the currency of the price sheet"});
    return {};
  }
  order.budget = Money{nano->Count(), sheet.currency};
  return {};
}

Result<void> CheckSources(const std::string& names) {
  std::istringstream words(names);
  for (std::string word; std::getline(words, word, ',');) {
    if (ParseSource(word)) continue;
    return Fail(ErrorCode::kInvalidInput, Say("no such source: {}", word), "",
                Say("epochcost doctor lists the sources"));
  }
  return {};
}

}  // namespace

std::vector<SourceKind> ForcedSources(const std::string& names) {
  std::vector<SourceKind> sources;
  std::istringstream words(names);
  for (std::string name; std::getline(words, name, ',');) {
    if (const auto source = ParseSource(name)) sources.push_back(*source);
  }
  return sources;
}

bool StartsRanks(const std::vector<std::string>& command) {
  static constexpr std::array<std::string_view, 7> kPrograms = {
      "torchrun", "mpirun", "mpiexec", "horovodrun", "deepspeed", "srun", "accelerate"};
  static constexpr std::array<std::string_view, 3> kModules = {
      "torch.distributed.run", "torch.distributed.launch", "accelerate.commands.launch"};
  // What stands behind the launcher's own script is not looked at: "train.py srun" starts none.
  for (std::size_t i = 0; i < command.size() && i < 4; ++i) {
    const std::string name = std::filesystem::path(command[i]).filename();
    if (std::ranges::find(kPrograms, name) != kPrograms.end()) return true;
    if (i > 0 && command[i - 1] == "-m" && std::ranges::find(kModules, name) != kModules.end())
      return true;
    if (name.ends_with(".py")) return false;
  }
  return false;
}

Result<std::vector<PriceSheet>> ReadSheets(const std::string& path) {
  std::ifstream file(path);
  std::string text;
  if (file) text.assign(std::istreambuf_iterator<char>(file), {});
  if (!file) {
    return Fail(
        ErrorCode::kNotFound, Say("cannot read the price sheet {}", path), SystemReason(errno),
        Say("docs/prices.md shows a sheet; without one the published reference prices apply"));
  }
  return tariff::ParseSheets(text, path);
}

Result<void> RecordSheets(store::Store& ledger, std::vector<PriceSheet>& sheets) {
  const auto recorded = ledger.Sheets();
  if (!recorded) return tl::unexpected(recorded.error());
  std::map<SheetName, std::int64_t> newest;
  for (const PriceSheet& sheet : *recorded) newest[sheet.name] = sheet.version;
  for (PriceSheet& sheet : sheets) {
    const auto known = std::ranges::find_if(*recorded, [&](const PriceSheet& old) {
      return old.name == sheet.name && IsSameButForItsVersion(old, sheet);
    });
    sheet.version = known != recorded->end() ? known->version : ++newest[sheet.name];
    if (known != recorded->end()) continue;
    if (const auto added = ledger.AddSheet(sheet); !added) return added;
  }
  return {};
}

Result<RunOrder> MakeOrder(Context& context, const Wishes& wishes,
                           std::vector<std::string> command) {
  RunOrder order;
  auto home = FindDataHome();
  if (!home) return tl::unexpected(home.error());
  context.data_home = home->path;
  auto project = ParseProjectId(wishes.project.empty() ? "default" : wishes.project);
  if (!project) return tl::unexpected(project.error());
  const auto sheet = ChooseSheet(context, wishes, order);
  if (!sheet) return tl::unexpected(sheet.error());
  Run& run = order.run;
  run.id = RunId{RandomHex(12)};
  run.project = *project;
  run.agent = ThisAgent();
  run.name = wishes.name.empty() ? NameOf(command) : wishes.name;
  run.command = std::move(command);
  std::error_code ignored;
  run.working_directory = std::filesystem::current_path(ignored);
  run.sheet = sheet->name;
  run.currency = sheet->currency;
  run.started = context.clock.Utc();
  run.hz = wishes.hz;
  if (wishes.epochs > 0) run.planned_epochs = wishes.epochs;
  order.project_was_named = !wishes.project.empty();
  order.began = context.clock.Boot();
  order.data_home = home->path;
  order.ledger = context.ledger.empty() ? home->path + "/ledger.db" : context.ledger;
  order.forced_sources = wishes.source;
  order.output = "text";
  if (const auto checked = CheckSources(wishes.source); !checked)
    return tl::unexpected(checked.error());
  if (const auto taken = TakeBudget(wishes, *sheet, order); !taken)
    return tl::unexpected(taken.error());
  if (!home->note.empty()) {
    order.notices.push_back({NoticeKind::kDegraded, run.started, home->note, "set EPOCHCOST_HOME"});
  }
  for (const std::string& warning : tariff::Warnings(*sheet, run.started)) {
    order.notices.push_back({NoticeKind::kDegraded, run.started, warning, ""});
  }
  return order;
}

}  // namespace epochcost::app
