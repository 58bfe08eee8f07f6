#include "api/terminal.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/retell.h"
#include "base/text.h"

namespace epochcost::api {
namespace {

constexpr int kNameCells = 40;
constexpr std::size_t kNoticesShown = 8;

// The worst outcome first: colour and word agree.
struct Outcome {
  Ink ink;
  std::string words;
};

Outcome OutcomeOf(const Run& run) {
  if (run.state == RunState::kInterrupted) {
    return {Ink::kWarning, std::string(Translate("run interrupted"))};
  }
  if (run.state == RunState::kRunning) return {Ink::kGood, std::string(Translate("running"))};
  if (run.exit_code.value_or(0) != 0) return {Ink::kBad, std::string(Translate("run failed"))};
  return {Ink::kGood, std::string(Translate("run finished"))};
}

std::string ExitWords(const Run& run) {
  if (!run.exit_code) return {};
  if (*run.exit_code > 128) return Say("exit {} (signal {})", *run.exit_code, *run.exit_code - 128);
  return Say("exit {}", *run.exit_code);
}

std::string EpochCount(const RunCost& cost) {
  const auto closed = Summarise(cost).epochs;
  if (cost.epochs.empty()) return std::string(Translate("no epochs recognised"));
  if (cost.run.planned_epochs) return Say("{}/{} epochs", closed, *cost.run.planned_epochs);
  return closed == 1 ? std::string(Translate("1 epoch")) : Say("{} epochs", closed);
}

std::string ProvenanceWords(const RunCost& cost, const Pen& pen) {
  const Provenance provenance = ProvenanceOf(cost);
  constexpr std::array kQualities = {Quality::kMeasured, Quality::kModelled, Quality::kAssumed};
  std::string words;
  for (const Quality quality : kQualities) {
    const auto permille = provenance.permille[static_cast<std::size_t>(quality)];
    if (permille == 0) continue;
    if (!words.empty()) words += pen.Between();
    words += fmt::format("{} {} {}", pen.Dot(quality), Percent(permille, 1000),
                         Translate(Name(quality)));
  }
  return words;
}

// Rows of the final block: a label in a column of its own, then text.
class Block {
 public:
  explicit Block(const Pen& pen) : pen_(pen) {}
  void Row(std::string_view label, std::string_view text) {
    out_ += fmt::format("\n  {} {}", pen_.Paint(Ink::kFaint, PadRight(label, 9)), text);
  }
  void Head(std::string_view text) { out_ = text; }
  [[nodiscard]] const std::string& Text() const { return out_; }

 private:
  const Pen& pen_;
  std::string out_;
};

void PutComposition(Block& block, const RunCost& cost, const Pen& pen) {
  for (const Term term : kTerms) {
    const auto sum = SumOf(cost.sums, term, cost.total.currency);
    if (!sum) {
      block.Row(Label(term), fmt::format("{} {}", pen.Absent(),
                                         pen.Paint(Ink::kFaint, Translate("not metered"))));
      continue;
    }
    const Resource shown = term == Term::kGpu      ? Resource::kGpuTime
                           : term == Term::kCpu    ? Resource::kCpuTime
                           : term == Term::kMemory ? Resource::kMemory
                                                   : Resource::kNetworkIn;
    const ReadableQuantity quantity = Readable(shown, sum->quantity);
    block.Row(Label(term),
              fmt::format("{} {} {}  {} {} {}", pen.Bar(sum->amount.nano, cost.total.nano, 20),
                          PadLeft(pen.Amount(sum->amount), 12),
                          PadLeft(Percent(sum->amount.nano, cost.total.nano), 7), quantity.number,
                          pen.Unit(quantity.unit), pen.Dot(sum->quality)));
  }
}

void PutEpochs(Block& block, const RunCost& cost, const Pen& pen) {
  if (cost.epochs.empty()) {
    block.Row(
        Translate("epochs"),
        Translate("the run counts as one piece: call the SDK's update(), or print Epoch 1/10"));
    return;
  }
  const auto [least, most] = std::ranges::minmax_element(
      cost.epochs, {}, [](const EpochCost& epoch) { return epoch.total.nano; });
  Money sum{0, cost.total.currency};
  for (const EpochCost& epoch : cost.epochs) sum += epoch.total;
  const Money mean{FloorDiv(sum.nano, static_cast<Wide>(cost.epochs.size())), sum.currency};
  block.Row(Translate("epochs"),
            Say("{} in all, {} each: from {} (epoch {}) to {} (epoch {})", pen.Amount(sum),
                pen.Amount(mean), pen.Amount(least->total), least->scope.index + 1,
                pen.Amount(most->total), most->scope.index + 1));
}

void PutPhases(Block& block, const RunCost& cost, const Pen& pen) {
  std::string words;
  for (const ScopeKind kind :
       {ScopeKind::kSetup, ScopeKind::kEval, ScopeKind::kCheckpoint, ScopeKind::kIdle}) {
    Money sum{0, cost.total.currency};
    Nanos held;
    bool any = false;
    for (const EpochCost& phase : cost.phases) {
      if (phase.scope.kind != kind) continue;
      any = true;
      sum += phase.total;
      held += phase.held;
    }
    if (!any) continue;
    if (!words.empty()) words += pen.Between();
    words += fmt::format("{} {} ({})", Translate(Name(kind)), pen.Amount(sum), pen.Duration(held));
  }
  if (!words.empty()) block.Row(Translate("phases"), words);
}

void PutBilling(Block& block, const RunCost& cost, const Pen& pen) {
  const bool rented = std::ranges::any_of(cost.sheets, [](const PriceSheet& sheet) {
    return std::ranges::any_of(sheet.rented, [](const auto& rent) { return rent.has_value(); });
  });
  if (!rented) return;
  std::string words =
      Say("{} rented, of which idle {}", pen.Amount(cost.billed), pen.Amount(cost.idle));
  if (cost.billed.nano > 0 && cost.idle.nano >= 0) {
    words += " (" + Percent(cost.idle.nano, cost.billed.nano) + ")";
  }
  block.Row(Translate("billed"), words);
  if (cost.idle.nano < 0) {
    block.Row("",
              pen.Paint(Ink::kWarning,
                        Translate("more was used than is rented: check [rented] in the sheet")));
  }
}

std::string Retold(const std::string& sentence) { return Retell(sentence, CurrentLanguage()); }

void PutNotices(Block& block, const RunCost& cost, const Pen& pen) {
  std::size_t shown = 0;
  std::size_t hidden = 0;
  for (const Notice& notice : cost.notices) {
    if (notice.kind == NoticeKind::kSourceChosen) continue;  // the header said so
    if (shown == kNoticesShown) {
      ++hidden;
      continue;
    }
    const int room = std::max(40, pen.GetStyle().width - 12);
    block.Row(
        shown == 0 ? Translate("told") : "",
        fmt::format("{} {}", pen.Paint(Ink::kWarning, "!"), pen.Name(Retold(notice.detail), room)));
    if (!notice.hint.empty()) {
      block.Row("", pen.Paint(Ink::kFaint, "  " + pen.Name(Retold(notice.hint), room)));
    }
    ++shown;
  }
  if (hidden > 0) block.Row("", Say("and {} more: epochcost show --json", hidden));
}

void PutPrices(Block& block, const RunCost& cost, const Pen& pen) {
  if (cost.sheets.empty()) return;
  const PriceSheet& sheet = cost.sheets.back();
  block.Row(Translate("prices"), PriceList(sheet, pen.GetStyle()));
  std::string basis =
      fmt::format("{} v{}", pen.Name(sheet.name.Value(), kNameCells), sheet.version);
  if (!sheet.source.empty()) basis += ", " + pen.Name(sheet.source, 80);
  if (!sheet.source_date.empty()) basis += " " + pen.Name(sheet.source_date, 20);
  block.Row("", pen.Paint(Ink::kFaint, basis));
  if (cost.sheets.size() > 1) {
    block.Row("", Say("{} versions of the prices applied; these are the last", cost.sheets.size()));
  }
  if (sheet.provenance == Quality::kAssumed) {
    block.Row("", Say("{} assumed prices; your own: epochcost price set {} cpu 0.3 {}/h",
                      pen.Dot(Quality::kAssumed), pen.Name(sheet.name.Value(), kNameCells),
                      sheet.currency.Code()));
  }
}

// The version in force when the epoch ended.
const PriceSheet* SheetAt(const RunCost& cost, UtcTime at) {
  const PriceSheet* found = cost.sheets.empty() ? nullptr : &cost.sheets.front();
  for (const PriceSheet& sheet : cost.sheets) {
    if (sheet.valid_from <= at) found = &sheet;
  }
  return found;
}

std::string PriceWords(const PriceSheet& sheet, Resource resource, const Pen& pen) {
  const auto price = PriceOf(sheet, resource);
  if (!price) return {};
  return fmt::format("{}/{}", pen.Price({price->nano, sheet.currency}),
                     pen.Unit(UnitLabel(price->unit)));
}

}  // namespace

std::string PriceList(const PriceSheet& sheet, const Style& style) {
  const Pen pen(style);
  const std::string in = PriceWords(sheet, Resource::kNetworkIn, pen);
  const std::string out = PriceWords(sheet, Resource::kNetworkOut, pen);
  std::string list;
  for (const ResourceInfo& info : Resources()) {
    if (!info.is_charged || (info.resource == Resource::kNetworkOut && in == out)) continue;
    const std::string words = PriceWords(sheet, info.resource, pen);
    if (words.empty()) continue;
    const bool both = info.resource == Resource::kNetworkIn && in == out;
    if (!list.empty()) list += pen.Between();
    list += fmt::format("{} {}", both ? Label(Term::kNetwork) : Label(info.resource), words);
  }
  return list;
}

std::string HeaderLines(const Run& run, const PriceSheet& sheet,
                        const std::vector<std::string>& sources, const Style& style) {
  const Pen pen(style);
  std::string metered;
  for (const std::string& source : sources) {
    if (!metered.empty()) metered += pen.Between();
    metered += pen.Name(source, kNameCells);
  }
  const std::string name = pen.Paint(Ink::kStrong, pen.Name(run.name, kNameCells));
  std::string prices = PriceList(sheet, style);
  if (sheet.provenance == Quality::kAssumed) {
    prices += pen.Between();
    prices += Say("{} assumed; your own: epochcost price set", pen.Dot(Quality::kAssumed));
  }
  return fmt::format("{} {} {}{}{}\n  {} {}: {}",
                     pen.Paint(Ink::kGood, pen.Dot(Quality::kMeasured)), Say("metering {}", name),
                     pen.Paint(Ink::kFaint, run.id.Value()), pen.Between(), metered,
                     Translate("prices"), pen.Name(sheet.name.Value(), kNameCells), prices);
}

std::string EpochLine(const Run& run, const EpochCost& epoch, const Money& run_total,
                      const Style& style) {
  const Pen pen(style);
  std::string label = Label(epoch.scope);
  if (epoch.scope.kind == ScopeKind::kEpoch && run.planned_epochs) {
    const std::string planned = fmt::format("{}", *run.planned_epochs);
    label = Say("epoch {}/{}",
                PadLeft(fmt::format("{}", epoch.scope.index + 1), static_cast<int>(planned.size())),
                planned);
  }
  std::string line = fmt::format("{}  {}", label, pen.Paint(Ink::kStrong, pen.Amount(epoch.total)));
  for (const Term term : kTerms) {
    const auto sum = SumOf(epoch.sums, term, epoch.total.currency);
    line += fmt::format("  {} ", Label(term));
    line += sum ? fmt::format("{} {}", pen.Amount(sum->amount), pen.Dot(sum->quality))
                : std::string(pen.Absent());
  }
  line += fmt::format("  {}  {}", pen.Duration(epoch.held), Say("total {}", pen.Amount(run_total)));
  if (!epoch.is_complete) line += "  " + pen.Paint(Ink::kWarning, Translate("incomplete"));
  return line;
}

std::string FinalBlock(const RunCost& cost, const Places& places, const Style& style) {
  const Pen pen(style);
  const Outcome outcome = OutcomeOf(cost.run);
  std::string head = fmt::format("{} {}", pen.Paint(outcome.ink, pen.Dot(Quality::kMeasured)),
                                 pen.Paint(Ink::kStrong, outcome.words));
  if (const std::string exit = ExitWords(cost.run); !exit.empty()) head += "  " + exit;
  head += fmt::format("{}{}{}{}", pen.Between(), EpochCount(cost), pen.Between(),
                      pen.Duration(WallTime(cost)));
  head += fmt::format("{}{} {}", pen.Between(), pen.Name(cost.run.name, kNameCells),
                      pen.Paint(Ink::kFaint, cost.run.id.Value()));
  Block block(pen);
  block.Head(head);
  std::string total = pen.Paint(Ink::kStrong, pen.Amount(cost.total));
  if (cost.provisional.nano != 0) {
    total += "  " + Say("+ {} provisional", pen.Amount(cost.provisional));
  }
  if (const std::string words = ProvenanceWords(cost, pen); !words.empty()) {
    total += "  " + words;
  }
  block.Row(Translate("cost"), total);
  PutComposition(block, cost, pen);
  PutEpochs(block, cost, pen);
  PutPhases(block, cost, pen);
  PutBilling(block, cost, pen);
  PutNotices(block, cost, pen);
  PutPrices(block, cost, pen);
  if (!places.ledger.empty()) block.Row(Translate("ledger"), places.ledger);
  if (!places.report.empty()) block.Row(Translate("report"), places.report);
  if (!places.page.empty()) block.Row(Translate("page"), places.page);
  return block.Text();
}

std::string Formula(const RunCost& cost, const EpochCost& epoch, const Style& style) {
  const Pen pen(style);
  const PriceSheet* const sheet = SheetAt(cost, epoch.t1);
  std::string terms;
  for (const ResourceInfo& info : Resources()) {
    const auto& sum = epoch.sums.at(static_cast<std::size_t>(info.resource));
    if (!info.is_charged || !sum) continue;
    const auto price = sheet != nullptr ? PriceOf(*sheet, info.resource) : std::nullopt;
    std::string quantity;
    if (info.resource == Resource::kMemory && price && price->unit == "GB_epoch") {
      const Wide average = AverageMemory(epoch.sums, epoch.held).value_or(0);
      quantity = DecimalQuotient(average, info.units_per_priced / 3'600'000, 6) + " GB";
    } else {
      quantity = DecimalQuotient(sum->quantity, info.units_per_priced, 9);
      quantity += info.priced_unit == "GB"     ? " GB"
                  : info.priced_unit == "hour" ? " h"
                                               : " " + pen.Unit("GB·h");
    }
    if (!terms.empty()) terms += " + ";
    terms += price ? fmt::format("{} {} {}", ToDecimal(price->nano), pen.Times(), quantity)
                   : fmt::format("{} {} {}", Translate("no price"), pen.Times(), quantity);
  }
  const std::string total =
      fmt::format("{} {}", ToDecimal(epoch.total.nano), epoch.total.currency.Code());
  std::string text =
      epoch.replicas == 1
          ? fmt::format("{}: {} = {}", Label(epoch.scope), terms, total)
          : Say("{}: {} = {} over {} replicas", Label(epoch.scope), terms, total, epoch.replicas);
  if (epoch.replicas > 1) {
    text += "\n" + Say("mean per replica {} {} {} replicas",
                       DecimalQuotient(epoch.total.nano, Wide{epoch.replicas} * kNanoPerUnit, 9),
                       pen.Times(), epoch.replicas);
  }
  return text;
}

}  // namespace epochcost::api
