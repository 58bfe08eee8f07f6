#pragma once
// Usage × price: the arithmetic that loses nothing.

#include <functional>
#include <vector>

#include "base/result.h"
#include "model/ledger_line.h"

namespace epochcost::ledger {

// What a sheet says over [t0, t1): stretches with one version in force, in order, without a hole;
// at least one. tariff::PriceBook::Spans is one.
using PriceLookup =
    std::function<Result<std::vector<PriceSpan>>(const SheetName&, UtcTime, UtcTime)>;

struct Priced {
  std::vector<LedgerLine> lines;
  // Charged resources with use for which a version in force has no price. Their lines are there,
  // with an amount of 0: whoever asked must tell it.
  std::vector<Resource> unpriced;
};

// Prices one line.
//
// Usage: amount = ⌊r·u1/D⌋ − ⌊r·u0/D⌋ with the sheet's rate of r nano-units per D base units. The
// amounts of a series telescope: however it was cut and in whatever order it is priced, their sum
// is that of one line. Only where a version with Effect::kAtInstant begins inside the line is it
// split: the reading there is interpolated by integer floor, the parts are kModelled, and each has
// the usage line's identity and its own t0. A version that takes effect at the next reading never
// splits: the version in force at t0 holds. Memory priced per epoch has an amount of 0 here.
//
// kMemoryClose: avg = ⌊byte·ms / held⌋ bytes, amount = ⌊Σ rate·held·avg / (D · Σ held)⌋, summed
// over the stretches of its pieces, each with the version in force there (whatever its Effect), so
// that each price has its share of the time. A version that prices memory by the GB-hour adds
// nothing: its usage lines did. One line, of the last version in force; none where no time was held
// or no version prices memory per epoch.
//
// Errors: kOverflow (an amount beyond 64 bits; nothing is clamped), kInvalidInput (a reading that
// goes backwards), and those of `prices`.
[[nodiscard]] Result<Priced> Price(const UsageLine& line, const SheetName& sheet,
                                   const PriceLookup& prices);

// What a series owes up to a cumulative reading: ⌊r·u/D⌋. Error kOverflow beyond 128 bits.
[[nodiscard]] Result<Wide> Owed(const Rate& rate, Wide reading);

}  // namespace epochcost::ledger
