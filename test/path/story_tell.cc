#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "ledger/pricer.h"
#include "ledger/sums.h"
#include "meter/meter.h"
#include "story.h"
#include "tariff/price_book.h"

namespace epochcost::story {
namespace {

const SheetName kSheet{"story"};

meter::MeterConfig ConfigOf(const PriceSheet& first) {
  return {.project = ProjectId{"story"},
          .agent = AgentId{"machine"},
          .boot = BootId{"boot"},
          .run = RunId{"run"},
          .boot_anchor = BootAt(0),
          .utc_anchor = UtcAt(0),
          .memory_per_epoch = first.memory_basis == MemoryBasis::kPerEpoch};
}

void Extend(std::vector<UsageLine>& lines, meter::Harvest harvest, std::vector<Notice>& notices) {
  std::ranges::move(harvest.sealed, std::back_inserter(lines));
  std::ranges::move(harvest.notices, std::back_inserter(notices));
}

// Marks that were written by `ms` and not given before.
std::vector<Mark> TakeSeen(std::map<std::int64_t, std::vector<Mark>>& marks, std::int64_t ms) {
  std::vector<Mark> seen;
  while (!marks.empty() && marks.begin()->first <= ms) {
    std::ranges::move(marks.begin()->second, std::back_inserter(seen));
    marks.erase(marks.begin());
  }
  return seen;
}

// As the pipeline does it: readings and marks in, a cut where a price changes at the next reading.
std::vector<UsageLine> Meter(const Told& told, std::vector<Notice>& notices) {
  meter::Meter meter(ConfigOf(told.sheets.front()), {});
  auto marks = told.marks;
  std::vector<UsageLine> lines;
  std::int64_t before = -1;
  for (const auto& [ms, samples] : told.polls) {
    meter.Advance(BootAt(ms), samples, TakeSeen(marks, ms));
    for (const PriceSheet& sheet : told.sheets) {
      const std::int64_t from = MsOf(sheet.valid_from);
      if (sheet.effect == Effect::kAtNextReading && before < from && from <= ms) meter.CutHere();
    }
    Extend(lines, meter.Take(false), notices);
    before = ms;
  }
  Extend(lines, meter.Take(true), notices);
  return lines;
}

std::string Show(const LedgerLine& line) {
  const UsageLine& usage = line.usage;
  const Wide per =
      Info(usage.id.resource).quantity_name == "memory_byte_ms" ? 1'000'000'000 : 1'000'000;
  return fmt::format("{:<11} {:<9} {:>7} .. {:<7} {:>8} .. {:<8} v{} {:>12} {}{}\n",
                     Info(usage.id.resource).name,
                     fmt::format("{} {}{}", Name(usage.scope.kind), usage.scope.index,
                                 usage.replica == 0 ? "" : fmt::format(" of {}", usage.replica)),
                     MsOf(usage.t0), MsOf(usage.t1), ToString(usage.u0 / per),
                     ToString(usage.u1 / per), line.sheet_version, ToDecimal(line.amount.Count()),
                     Name(usage.quality), usage.kind == LineKind::kMemoryClose ? " close" : "");
}

std::string Show(const EpochCost& cost) {
  std::string text = fmt::format("{} {}:", Name(cost.scope.kind), cost.scope.index);
  for (const ResourceInfo& info : Resources()) {
    const auto& sum = cost.sums.at(static_cast<std::size_t>(info.resource));
    if (sum) text += fmt::format(" {} {}", info.name, ToDecimal(sum->amount_nano));
  }
  return text +
         fmt::format(" = {}{}\n", ToDecimal(cost.total.nano),
                     cost.replicas > 1 ? fmt::format(" over {} replicas", cost.replicas) : "");
}

}  // namespace

Result<std::string> Tell(const Told& told) {
  const auto book = tariff::PriceBook::Make(told.sheets);
  if (!book) return tl::unexpected(book.error());
  const ledger::PriceLookup prices = [&book](const SheetName& name, UtcTime t0, UtcTime t1) {
    return book->Spans(name, t0, t1);
  };
  std::string text;
  std::vector<Notice> notices;
  ledger::Sums sums;
  for (const UsageLine& line : Meter(told, notices)) {
    const auto priced = ledger::Price(line, kSheet, prices);
    if (!priced) return tl::unexpected(priced.error());
    for (const LedgerLine& each : priced->lines) {
      text += Show(each);
      sums.Add(each);
    }
  }
  const Run run{.id = RunId{"run"}, .sheet = kSheet};
  const RunCost cost = ledger::AddUp(run, sums.Rows());
  if (const auto kept = ledger::CheckConservation(cost); !kept) return tl::unexpected(kept.error());
  text += "\n";
  for (const EpochCost& phase : cost.phases) text += Show(phase);
  for (const EpochCost& epoch : cost.epochs) text += Show(epoch);
  text += fmt::format("total: {}\n", ToDecimal(cost.total.nano));
  for (const Notice& notice : notices) {
    text += fmt::format("told: {}: {}\n", Name(notice.kind), notice.detail);
  }
  return text;
}

}  // namespace epochcost::story
