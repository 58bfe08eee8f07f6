#include "ledger/pricer.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/text.h"
#include "ledger/share.h"

namespace epochcost::ledger {
namespace {

constexpr Wide kNsPerMs = 1'000'000;

const std::optional<Rate>& RateOf(const PriceSheet& sheet, Resource resource) {
  return sheet.rates.at(static_cast<std::size_t>(resource));
}

bool IsPricedAtClose(const PriceSheet& sheet, Resource resource) {
  return resource == Resource::kMemory && sheet.memory_basis == MemoryBasis::kPerEpoch;
}

Result<void> CheckLine(const UsageLine& line) {
  if (line.u0 >= 0 && line.u1 >= line.u0) return {};
  return Fail(ErrorCode::kInvalidInput,
              Say("a usage line of {} goes from {} to {}", Info(line.id.resource).name,
                  ToString(line.u0), ToString(line.u1)),
              Say("a cumulative reading starts at 0 and never falls"));
}

Result<NanoMoney> Fit(Wide amount, const UsageLine& line) {
  if (const auto nano = Narrow(amount)) return NanoMoney{*nano};
  return Fail(ErrorCode::kOverflow,
              Say("a line of {} costs {} nano-units, which leaves 64 bits",
                  Info(line.id.resource).name, ToString(amount)),
              Say("its price or its use is impossibly large"),
              Say("see the price: epochcost price list"));
}

void Report(Priced& priced, Resource resource) {
  if (std::ranges::find(priced.unpriced, resource) == priced.unpriced.end()) {
    priced.unpriced.push_back(resource);
  }
}

// The stretches at which a usage line is split: a version that waits for the next reading goes on
// with what was in force before it.
std::vector<PriceSpan> SplitsOf(std::vector<PriceSpan> spans) {
  std::vector<PriceSpan> splits;
  for (PriceSpan& span : spans) {
    if (!splits.empty() && span.sheet.effect == Effect::kAtNextReading) {
      splits.back().t1 = span.t1;
    } else {
      splits.push_back(std::move(span));
    }
  }
  return splits;
}

// The cumulative reading at `at`, between those at both ends.
Result<Wide> ReadingAt(const UsageLine& line, UtcTime at) {
  auto share = Share(line.u1 - line.u0, (at - line.t0).Count(), (line.t1 - line.t0).Count());
  if (!share) return share;
  return line.u0 + *share;
}

Result<void> PricePart(UsageLine part, const PriceSheet& sheet, Priced& priced) {
  const Resource resource = part.id.resource;
  NanoMoney amount;
  const bool is_charged = Info(resource).is_charged && !IsPricedAtClose(sheet, resource);
  if (const auto& rate = RateOf(sheet, resource); is_charged && rate) {
    const auto owed0 = Owed(*rate, part.u0);
    if (!owed0) return tl::unexpected(owed0.error());
    const auto owed1 = Owed(*rate, part.u1);
    if (!owed1) return tl::unexpected(owed1.error());
    const auto fitted = Fit(*owed1 - *owed0, part);
    if (!fitted) return tl::unexpected(fitted.error());
    amount = *fitted;
  } else if (is_charged && part.u1 > part.u0) {
    Report(priced, resource);
  }
  priced.lines.push_back({std::move(part), sheet.name, sheet.version, amount});
  return {};
}

Result<Priced> PriceUsage(const UsageLine& line, const SheetName& name, const PriceLookup& prices) {
  auto spans = prices(name, line.t0, line.t1);
  if (!spans) return tl::unexpected(spans.error());
  const std::vector<PriceSpan> splits = SplitsOf(*std::move(spans));
  Priced priced;
  UsageLine part = line;
  if (splits.size() > 1) part.quality = Worse(part.quality, Quality::kModelled);
  for (std::size_t i = 0; i < splits.size(); ++i) {
    const bool is_last = i + 1 == splits.size();
    part.t1 = is_last ? line.t1 : splits[i].t1;
    const auto reading = is_last ? Result<Wide>(line.u1) : ReadingAt(line, part.t1);
    if (!reading) return tl::unexpected(reading.error());
    part.u1 = *reading;
    if (const auto done = PricePart(part, splits[i].sheet, priced); !done)
      return tl::unexpected(done.error());
    part.t0 = part.t1;
    part.u0 = part.u1;
  }
  return priced;
}

// Σ rate·held over the stretches of a scope, in nano-units × ns per `per` bytes.
struct Weighted {
  Wide nano_ns = 0;
  Wide per = 1;
  Wide held = 0;         // of all stretches, priced per epoch or not
  bool is_any = false;   // a version prices memory per epoch
  bool has_gap = false;  // one of those has no price for it
  std::int64_t last_version = 0;
};

Result<void> AddStretch(const PriceSheet& sheet, Wide held, Weighted& sum) {
  sum.last_version = sheet.version;
  if (!IsPricedAtClose(sheet, Resource::kMemory) || held == 0) return {};
  sum.is_any = true;
  const auto& rate = RateOf(sheet, Resource::kMemory);
  if (!rate) {
    sum.has_gap = true;
    return {};
  }
  Wide weight = 0;
  if (__builtin_mul_overflow(Wide{rate->nano}, held, &weight) ||
      __builtin_add_overflow(sum.nano_ns, weight, &sum.nano_ns)) {
    return Fail(ErrorCode::kOverflow, Say("the price of memory × its time leaves 128 bits"));
  }
  sum.per = rate->per;
  return {};
}

Result<void> AddPiece(const Piece& piece, const SheetName& name, const PriceLookup& prices,
                      Weighted& sum) {
  const Wide held = piece.held.Count();
  const auto spans = prices(name, piece.t0, piece.t1);
  if (!spans) return tl::unexpected(spans.error());
  Wide counted = 0;
  for (std::size_t i = 0; i < spans->size(); ++i) {
    const PriceSpan& span = (*spans)[i];
    const bool is_last = i + 1 == spans->size();
    const auto until =
        is_last ? Result<Wide>(held)
                : Share(held, (span.t1 - piece.t0).Count(), (piece.t1 - piece.t0).Count());
    if (!until) return tl::unexpected(until.error());
    if (const auto added = AddStretch(span.sheet, *until - counted, sum); !added) return added;
    counted = *until;
  }
  sum.held += held;
  return {};
}

// ⌊nano_ns · avg / (per · held)⌋ with avg = ⌊byte·ms / held⌋ in bytes.
Result<Wide> CloseAmount(const Weighted& sum, Wide byte_ms) {
  auto average = Share(byte_ms, kNsPerMs, sum.held);
  if (!average) return average;
  auto over_held = Share(sum.nano_ns, *average, sum.held);
  if (!over_held) return over_held;
  return *over_held / sum.per;
}

Result<Priced> PriceClose(const UsageLine& line, const SheetName& name, const PriceLookup& prices) {
  Weighted sum;
  for (const Piece& piece : line.pieces) {
    if (const auto added = AddPiece(piece, name, prices, sum); !added)
      return tl::unexpected(added.error());
  }
  Priced priced;
  if (sum.held <= 0 || !sum.is_any) return priced;
  const auto amount = CloseAmount(sum, line.u1);
  if (!amount) return tl::unexpected(amount.error());
  const auto fitted = Fit(*amount, line);
  if (!fitted) return tl::unexpected(fitted.error());
  if (sum.has_gap && line.u1 > 0) Report(priced, Resource::kMemory);
  priced.lines.push_back({line, name, sum.last_version, *fitted});
  return priced;
}

}  // namespace

Result<Wide> Owed(const Rate& rate, Wide reading) { return Share(reading, rate.nano, rate.per); }

Result<Priced> Price(const UsageLine& line, const SheetName& sheet, const PriceLookup& prices) {
  if (const auto checked = CheckLine(line); !checked) return tl::unexpected(checked.error());
  return line.kind == LineKind::kMemoryClose ? PriceClose(line, sheet, prices)
                                             : PriceUsage(line, sheet, prices);
}

}  // namespace epochcost::ledger
