#pragma once
// What a resource costs at an instant: all versions of all sheets.

#include <cstddef>
#include <map>
#include <vector>

#include "base/result.h"
#include "model/price.h"

namespace epochcost::tariff {

// All versions of all sheets that are known, in the order recorded (`version`). A version counts
// from its valid_from on, for ever, until a version recorded later says otherwise: at each instant
// the latest recorded of those that have begun is in force. So nothing overlaps, and nothing needs
// to be edited to correct it.
class PriceBook {
 public:
  // Error kConflict: one version twice with other content, or one name in two currencies.
  static Result<PriceBook> Make(std::vector<PriceSheet> sheets);

  // [t0, t1) as stretches with one version in force, in order and without a hole; for t1 ≤ t0 one
  // stretch that says what is in force at t0. A version with Effect::kAtNextReading begins a
  // stretch too; who prices a usage line does not split it there (the meter cuts its lines at the
  // first reading at or after such a change, so no sealed line stretches far across one). Error
  // kNotFound: no such sheet, or none of its versions has begun at t0.
  [[nodiscard]] Result<std::vector<PriceSpan>> Spans(const SheetName& name, UtcTime t0,
                                                     UtcTime t1) const;

  // The version in force; owned by this book. Errors as Spans.
  [[nodiscard]] Result<const PriceSheet*> At(const SheetName& name, UtcTime time) const;

  // The latest recorded version, whenever it begins; null where there is none of this name.
  [[nodiscard]] const PriceSheet* Latest(const SheetName& name) const;
  [[nodiscard]] std::vector<SheetName> Names() const;

 private:
  struct Step {
    UtcTime from;
    std::size_t version = 0;  // index into versions
  };
  struct Chapter {
    std::vector<PriceSheet> versions;
    std::vector<Step> steps;  // by time; each holds until the next
  };

  PriceBook() = default;
  [[nodiscard]] Result<const Chapter*> Find(const SheetName& name) const;
  // The step in force at `time`. Error kNotFound before the first.
  [[nodiscard]] static Result<std::size_t> StepAt(const Chapter& chapter, UtcTime time);

  std::map<SheetName, Chapter> chapters_;
};

}  // namespace epochcost::tariff
