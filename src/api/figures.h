#pragma once
// Figures derived from sums, in one place, so that terminal, page, CSV and JSON agree to the digit.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/money.h"
#include "base/time.h"
#include "model/cost.h"
#include "model/price.h"

namespace epochcost::api {

// What one term of the formula came to. Absent figures were not metered, which is not 0.
struct TermSum {
  Term term{};
  Money amount;
  Quality quality = Quality::kMeasured;  // the worst of its resources
  SourceKind source = SourceKind::kNone;
  Wide quantity = 0;  // ns, byte·ms or bytes, loopback apart
};

// Empty where none of the term's charged resources was metered.
[[nodiscard]] std::optional<TermSum> SumOf(const ResourceSums& sums, Term term, Currency currency);

// Bytes in + out, loopback apart; nothing where neither was metered.
[[nodiscard]] std::optional<Wide> NetworkBytes(const ResourceSums& sums);

// ⌊byte·ms ÷ ms⌋ over `held`; nothing where memory was not metered or no time passed.
[[nodiscard]] std::optional<Wide> AverageMemory(const ResourceSums& sums, Nanos held);

// Time that the run's epochs and phases hold, the mean over replicas.
[[nodiscard]] Nanos HeldTime(const RunCost& cost);

// From the first line to the last, or from `started` to `ended` where the run has ended.
[[nodiscard]] Nanos WallTime(const RunCost& cost);

// How much of the amounts is measured, modelled and assumed, in thousandths that add up to 1,000.
// All zero where nothing was charged.
struct Provenance {
  std::int64_t permille[3] = {0, 0, 0};  // by Quality
};
[[nodiscard]] Provenance ProvenanceOf(const ResourceSums& sums);

// The same of a whole run, epoch by epoch and phase by phase: one modelled epoch does not make the
// others so, as it does in the run's sums, whose quality is the worst.
[[nodiscard]] Provenance ProvenanceOf(const RunCost& cost);

// One list price as a person reads it: nano-units per priced unit ("hour", "GB_hour", "GB").
struct UnitPrice {
  Wide nano = 0;
  std::string_view unit;  // "GB_epoch" for memory priced per epoch
};
// Empty where the sheet has no price for it.
[[nodiscard]] std::optional<UnitPrice> PriceOf(const PriceSheet& sheet, Resource resource);

// A quantity in the unit that a person reads it in, three decimals kept: 3'600'000'000'000 ns of
// CPU is "1.000" with unit "h"; byte·ms come as GB·h.
struct ReadableQuantity {
  std::string number;
  std::string_view unit;
};
[[nodiscard]] ReadableQuantity Readable(Resource resource, Wide quantity);
// "1.23 GB", "456 B"; decimal multiples, as networks count.
[[nodiscard]] std::string ReadableBytes(Wide bytes);

// `numerator` ÷ `denominator` as an exact decimal of at most `places` digits, cut towards zero.
[[nodiscard]] std::string DecimalQuotient(Wide numerator, Wide denominator, int places);

// ISO 8601 in UTC with all nine decimals: "2026-11-23T21:19:04.123456789Z".
[[nodiscard]] std::string ExactUtc(UtcTime time);

// One line of a list of runs.
struct RunSummary {
  Run run;
  Money total;
  Money provisional;
  std::int64_t epochs = 0;  // closed ones
  Nanos duration;
  Provenance provenance;
};
[[nodiscard]] RunSummary Summarise(const RunCost& cost);

}  // namespace epochcost::api
