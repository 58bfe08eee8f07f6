#include "ledger/billing.h"

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "ledger/share.h"

namespace epochcost::ledger {
namespace {

// A rented milli-unit for one ns, in the resource's base units: 1/1000 GPU or CPU for 1 ns is
// 1/1000 ns; 1/1000 GB (10⁶ bytes) for 1 ns (10⁻⁶ ms) is one byte·ms.
Wide PerMilliNs(Resource resource) { return resource == Resource::kMemory ? 1000 : 1; }
constexpr Wide kMilli = 1000;

bool Rents(const PriceSheet& sheet, Resource resource) {
  const auto index = static_cast<std::size_t>(resource);
  const bool is_paid_at_close =
      resource == Resource::kMemory && sheet.memory_basis == MemoryBasis::kPerEpoch;
  return sheet.rented.at(index) && sheet.rates.at(index) && !is_paid_at_close;
}

// The machine's rent from 1970 to `time`.
Result<Wide> RentUntil(const PriceSheet& sheet, Resource resource, UtcTime time) {
  const auto index = static_cast<std::size_t>(resource);
  const Rate& rate = *sheet.rates.at(index);
  Wide quantity = 0;
  Wide divisor = 0;
  if (__builtin_mul_overflow(Wide{sheet.rented.at(index)->milli} * PerMilliNs(resource),
                             Wide{time.ns}, &quantity) ||
      __builtin_mul_overflow(rate.per, kMilli, &divisor)) {
    return Fail(ErrorCode::kOverflow,
                Say("the rented quantity of {} leaves 128 bits", Info(resource).name));
  }
  return Share(quantity, rate.nano, divisor);
}

// One run's part of a rent that everybody in `present` (by id) pays.
Result<Wide> PartOf(Wide rent, const RunId& run, const std::vector<Tenancy>& present) {
  Wide all = 0;
  for (const Tenancy& each : present) all += each.shares;
  Wide divided = 0;
  Wide mine = 0;
  for (const Tenancy& each : present) {
    const auto part = Share(rent, each.shares, all);
    if (!part) return part;
    divided += *part;
    if (each.run == run) mine = *part;
  }
  return present.front().run == run ? mine + (rent - divided) : mine;
}

// The runs that had the machine during [t0, t1), by id.
std::vector<Tenancy> PresentIn(std::span<const Tenancy> tenancies, UtcTime t0, UtcTime t1) {
  std::vector<Tenancy> present;
  for (const Tenancy& each : tenancies) {
    if (each.t0 <= t0 && t1 <= each.t1) present.push_back(each);
  }
  std::ranges::sort(present, {}, &Tenancy::run);
  return present;
}

// Where the division of the rent changes inside [t0, t1], both ends included.
std::vector<UtcTime> CutsOf(std::span<const Tenancy> tenancies, UtcTime t0, UtcTime t1) {
  std::vector<UtcTime> cuts = {t0, t1};
  for (const Tenancy& each : tenancies) {
    for (const UtcTime at : {each.t0, each.t1}) {
      if (at > t0 && at < t1) cuts.push_back(at);
    }
  }
  std::ranges::sort(cuts);
  const auto repeated = std::ranges::unique(cuts);
  cuts.erase(repeated.begin(), repeated.end());
  return cuts;
}

Result<Wide> RentInSpan(const PriceSpan& span, Resource resource, const RunId& run,
                        std::span<const Tenancy> tenancies) {
  const std::vector<UtcTime> cuts = CutsOf(tenancies, span.t0, span.t1);
  Wide mine = 0;
  for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
    auto before = RentUntil(span.sheet, resource, cuts[i]);
    if (!before) return before;
    auto after = RentUntil(span.sheet, resource, cuts[i + 1]);
    if (!after) return after;
    const auto part = PartOf(*after - *before, run, PresentIn(tenancies, cuts[i], cuts[i + 1]));
    if (!part) return part;
    mine += *part;
  }
  return mine;
}

// What a resource is billed over the run: its rent, and its use in the time when it was not rented.
Result<Wide> BilledFor(Resource resource, Wide used, const RunId& run,
                       std::span<const Tenancy> tenancies, std::span<const PriceSpan> spans) {
  Wide billed = 0;
  Wide rented_ns = 0;
  Wide all_ns = 0;
  for (const PriceSpan& span : spans) {
    all_ns += (span.t1 - span.t0).Count();
    if (!Rents(span.sheet, resource)) continue;
    rented_ns += (span.t1 - span.t0).Count();
    const auto rent = RentInSpan(span, resource, run, tenancies);
    if (!rent) return rent;
    billed += *rent;
  }
  if (rented_ns == 0) return used;
  auto by_use = Share(used, all_ns - rented_ns, all_ns);
  if (!by_use) return by_use;
  return billed + *by_use;
}

// The tenancies that count: this run's own once, as `cost` has it, and its neighbours.
Result<std::vector<Tenancy>> Tenants(const Tenancy& own, std::span<const Tenancy> tenancies) {
  std::vector<Tenancy> tenants = {own};
  for (const Tenancy& each : tenancies) {
    if (each.shares < 1) {
      return Fail(ErrorCode::kInvalidInput,
                  Say("run {} has {} shares", each.run.Value(), each.shares),
                  Say("a run on the machine has at least one"));
    }
    if (each.run == own.run) {
      tenants.front().shares = each.shares;
    } else if (each.t0 < each.t1) {
      tenants.push_back(each);
    }
  }
  return tenants;
}

}  // namespace

Result<Billing> Bill(const RunCost& cost, std::span<const Tenancy> tenancies,
                     std::span<const PriceSpan> spans, UtcTime now) {
  const Run& run = cost.run;
  const UtcTime end = run.ended.value_or(now);
  if (end < run.started) {
    return Fail(ErrorCode::kInvalidInput,
                Say("run {} ends at {}, before it begins", run.id.Value(), FormatUtc(end)),
                Say("the machine's clock was set back"), Say("what it used is exact all the same"));
  }
  const auto tenants = Tenants({run.id, run.started, end}, tenancies);
  if (!tenants) return tl::unexpected(tenants.error());
  Billing billing{.billed = {0, run.currency}, .idle = {0, run.currency}};
  for (const ResourceInfo& info : Resources()) {
    const auto index = static_cast<std::size_t>(info.resource);
    const auto& sum = cost.sums.at(index);
    const bool is_rented = std::ranges::any_of(
        spans, [&](const PriceSpan& span) { return Rents(span.sheet, info.resource); });
    if (!sum && !is_rented) continue;
    const auto billed =
        BilledFor(info.resource, sum ? sum->amount_nano : Wide{0}, run.id, *tenants, spans);
    if (!billed) return tl::unexpected(billed.error());
    billing.by_resource.at(index) = Money{*billed, run.currency};
    billing.billed.nano += *billed;
  }
  billing.idle = billing.billed - Money{cost.total.nano, run.currency};
  return billing;
}

}  // namespace epochcost::ledger
