#include "app/billing.h"

#include <algorithm>
#include <vector>

#include "ledger/billing.h"
#include "tariff/price_book.h"

namespace epochcost::app {
namespace {

// Of the newest runs; whoever shares a machine with more than these is billed for the rest alone.
constexpr std::int64_t kNeighbours = 10'000;

Result<std::vector<ledger::Tenancy>> TenanciesOf(store::Store& store, const Run& run, UtcTime end,
                                                 UtcTime now) {
  const auto runs = store.Runs({.project = std::nullopt, .limit = kNeighbours});
  if (!runs) return tl::unexpected(runs.error());
  std::vector<ledger::Tenancy> tenancies;
  for (const Run& other : *runs) {
    const UtcTime until = other.ended.value_or(now);
    if (other.agent != run.agent || other.started >= end || until <= run.started) continue;
    tenancies.push_back({.run = other.id, .t0 = other.started, .t1 = until});
  }
  return tenancies;
}

bool RentsAnything(const std::vector<PriceSpan>& spans) {
  return std::ranges::any_of(spans, [](const PriceSpan& span) {
    return std::ranges::any_of(span.sheet.rented,
                               [](const auto& rent) { return rent.has_value(); });
  });
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
  auto sheets = store.Sheets();
  if (!sheets) return tl::unexpected(sheets.error());
  const auto book = tariff::PriceBook::Make(std::move(*sheets));
  if (!book) return tl::unexpected(book.error());
  const auto spans = book->Spans(run.sheet, run.started, end);
  if (!spans) return tl::unexpected(spans.error());
  // Where nothing is rented nobody shares, and the neighbours need not be looked for.
  const auto tenancies = RentsAnything(*spans) ? TenanciesOf(store, run, end, now)
                                               : Result<std::vector<ledger::Tenancy>>{};
  if (!tenancies) return tl::unexpected(tenancies.error());
  const auto billing = ledger::Bill(cost, *tenancies, *spans, now);
  if (!billing) return tl::unexpected(billing.error());
  cost.billed = billing->billed;
  cost.idle = billing->idle;
  return {};
}

}  // namespace epochcost::app
