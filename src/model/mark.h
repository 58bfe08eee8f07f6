#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"
#include "model/vocabulary.h"

namespace epochcost {

enum class MarkKind : std::uint32_t {
  kEpochBegin = 1,  // epoch `index` starts here; what was open closes
  kEpochEnd = 2,  // epoch `index` ends here; an SDK's update() writes this and the next kEpochBegin
  kPhaseBegin = 3,  // phase `name`; returns to what was open at its kPhaseEnd
  kPhaseEnd = 4,
  kMetric = 5,   // `name` = `value`, in epoch `index`
  kHorizon = 6,  // `index` epochs are planned in all
  kClose = 7,    // the program will not mark any more; what was open closes and `idle` begins
  kBudget = 8,   // `index` = budget in nano-units, `steps` = threshold in millionths, `name` =
                 // project\0CUR
};

enum class MarkOrigin : std::uint32_t { kSdk = 0, kPrinted = 1 };

// Something a program said about where it is. Marks of one writer are in order.
struct Mark {
  MarkKind kind{};
  MarkOrigin origin = MarkOrigin::kSdk;
  std::int32_t replica = 0;
  std::int64_t index = 0;
  BootTime at;
  std::int64_t steps = 0;    // cumulative, of this writer
  std::int64_t samples = 0;  // cumulative, of this writer
  double value = 0;          // kMetric: a model's quality, never money
  std::string name;
};

}  // namespace epochcost
