#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/ids.h"
#include "base/money.h"
#include "base/time.h"
#include "model/vocabulary.h"

namespace epochcost {

// nano-units of the sheet's currency per `per` base units of the resource; per > 0.
struct Rate {
  std::int64_t nano = 0;
  Wide per = 1;
  friend bool operator==(const Rate&, const Rate&) = default;
};

enum class MemoryBasis : std::uint8_t {
  kGbHour,    // memory is priced like everything else
  kPerEpoch,  // the published formula: per GB of the epoch's average
};

// Which of the three amounts is the headline.
enum class Headline : std::uint8_t { kUsed, kBilled };

// When a version of a sheet takes effect.
enum class Effect : std::uint8_t {
  kAtInstant,      // exactly at valid_from; lines across it are split by integer interpolation
  kAtNextReading,  // at the meter's first reading at or after valid_from; no line is split
};

using SheetName = Id<struct SheetTag>;

// What is rented, whether used or not: quantity × wall time × price is billed. Milli-units, so that
// half a GPU can be rented.
struct Rented {
  std::int64_t milli = 0;  // 1/1000 GPU, CPU or GB
  friend bool operator==(const Rented&, const Rented&) = default;
};

// One version of a price sheet. A change of price is a new version with a later valid_from; nothing
// is edited.
struct PriceSheet {
  SheetName name;
  std::int64_t version = 1;  // 1, 2, 3 … in the order recorded
  std::string provider;
  std::string region;
  Currency currency;
  UtcTime valid_from;
  Effect effect = Effect::kAtInstant;
  std::string source;       // where the numbers were read
  std::string source_date;  // when, ISO date
  MemoryBasis memory_basis = MemoryBasis::kGbHour;
  Headline headline = Headline::kUsed;
  Quality provenance = Quality::kMeasured;  // kAssumed for the catalog's reference
  // By Resource. Absent: this sheet has no price for it, which is not a price of 0.
  std::array<std::optional<Rate>, kResourceCount> rates;
  std::array<std::optional<Rented>, kResourceCount> rented;
  friend bool operator==(const PriceSheet&, const PriceSheet&) = default;
};

// A stretch of time with one version of a sheet in force.
struct PriceSpan {
  UtcTime t0;
  UtcTime t1;
  PriceSheet sheet;
  friend bool operator==(const PriceSpan&, const PriceSpan&) = default;
};

}  // namespace epochcost
