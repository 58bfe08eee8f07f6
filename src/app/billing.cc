#include "app/billing.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "ledger/billing.h"
#include "tariff/price_book.h"

namespace epochcost::app {
namespace {

Result<tariff::PriceBook> BookOf(store::Store& store) {
  auto sheets = store.Sheets();
  if (!sheets) return tl::unexpected(sheets.error());
  return tariff::PriceBook::Make(std::move(*sheets));
}

bool RentsAnything(const std::vector<PriceSpan>& spans) {
  return std::ranges::any_of(spans, [](const PriceSpan& span) {
    return std::ranges::any_of(span.sheet.rented,
                               [](const auto& rent) { return rent.has_value(); });
  });
}

std::vector<ledger::Tenancy> TenanciesOf(const std::vector<Run>& runs, UtcTime now) {
  std::vector<ledger::Tenancy> tenancies;
  for (const Run& run : runs) {
    tenancies.push_back({.run = run.id, .t0 = run.started, .t1 = run.ended.value_or(now)});
  }
  return tenancies;
}

Result<std::vector<ledger::Tenancy>> TenanciesDuring(store::Store& store, const store::Stay& stay,
                                                     UtcTime now) {
  const auto runs = store.Runs({.during = stay, .limit = std::numeric_limits<std::int64_t>::max()});
  if (!runs) return tl::unexpected(runs.error());
  return TenanciesOf(*runs, now);
}

// A run with what it is priced by, on the way to its bill.
struct OpenBill {
  RunCost cost;
  UtcTime now;
  UtcTime end;
  std::vector<PriceSpan> spans;
};

std::optional<OpenBill> Open(const tariff::PriceBook& book, const store::RunStanding& standing,
                             UtcTime now) {
  OpenBill bill;
  bill.cost.run = standing.run;
  bill.cost.sums = standing.sums;
  bill.cost.total = standing.total;
  bill.now = std::max({now, standing.run.started, standing.as_of});
  bill.end = standing.run.ended.value_or(bill.now);
  auto spans = book.Spans(standing.run.sheet, standing.run.started, bill.end);
  if (!spans) return std::nullopt;
  bill.spans = *std::move(spans);
  return bill;
}

std::optional<Money> Close(const OpenBill& bill, const std::vector<ledger::Tenancy>& tenancies) {
  std::vector<ledger::Tenancy> beside;
  for (const ledger::Tenancy& each : tenancies) {
    if (each.t0 < bill.end && each.t1 > bill.cost.run.started) beside.push_back(each);
  }
  const auto billing = ledger::Bill(bill.cost, beside, bill.spans, bill.now);
  if (!billing) return std::nullopt;
  return billing->billed;
}

}  // namespace

Result<void> FillBilling(store::Store& store, RunCost& cost, UtcTime now) {
  const Run& run = cost.run;
  // A clock that was set back may lie before what was recorded, or before the run.
  now = std::max(now, run.started);
  for (const auto* const scopes : {&cost.epochs, &cost.phases}) {
    for (const EpochCost& scope : *scopes) now = std::max(now, scope.t1);
  }
  const UtcTime end = run.ended.value_or(now);
  const auto book = BookOf(store);
  if (!book) return tl::unexpected(book.error());
  const auto spans = book->Spans(run.sheet, run.started, end);
  if (!spans) return tl::unexpected(spans.error());
  // Where nothing is rented nobody shares, and the neighbours need not be looked for.
  const auto tenancies = RentsAnything(*spans)
                             ? TenanciesDuring(store, {run.agent, run.started, end}, now)
                             : Result<std::vector<ledger::Tenancy>>{};
  if (!tenancies) return tl::unexpected(tenancies.error());
  const auto billing = ledger::Bill(cost, *tenancies, *spans, now);
  if (!billing) return tl::unexpected(billing.error());
  cost.billed = billing->billed;
  cost.idle = billing->idle;
  return {};
}

Result<std::vector<std::optional<Money>>> BilledOf(
    store::Store& store, std::span<const store::RunStanding* const> standings, UtcTime now) {
  const auto book = BookOf(store);
  if (!book) return tl::unexpected(book.error());
  std::vector<std::optional<OpenBill>> bills;
  std::map<AgentId, store::Stay> stays;  // on each machine, from the first to the last of them
  for (const store::RunStanding* standing : standings) {
    const auto& bill = bills.emplace_back(Open(*book, *standing, now));
    if (!bill || !RentsAnything(bill->spans)) continue;
    const Run& run = bill->cost.run;
    store::Stay& stay =
        stays.try_emplace(run.agent, store::Stay{run.agent, run.started, bill->end}).first->second;
    stay.t0 = std::min(stay.t0, run.started);
    stay.t1 = std::max(stay.t1, bill->end);
  }
  std::map<AgentId, std::vector<ledger::Tenancy>> tenancies;
  for (const auto& [agent, stay] : stays) {
    auto there = TenanciesDuring(store, stay, std::max(now, stay.t1));
    if (!there) return tl::unexpected(there.error());
    tenancies[agent] = *std::move(there);
  }
  std::vector<std::optional<Money>> billed;
  for (const std::optional<OpenBill>& bill : bills) {
    billed.push_back(bill ? Close(*bill, tenancies[bill->cost.run.agent]) : std::nullopt);
  }
  return billed;
}

}  // namespace epochcost::app
