#pragma once
// What a run does beside its training steps, from words.

#include "app/estimate_case.h"
#include "base/result.h"
#include "estimate/answer/interludes.h"

namespace epochcost::app {

// Errors kInvalidInput: a count, a speed or seconds that cannot be; how often something is done
// that is not done at all.
[[nodiscard]] Result<estimate::Interludes> GatherInterludes(const PlanOptions& options);

// A device's scatter as a part of its step; 0 where nothing was said. Error kInvalidInput: no
// number above 0 and up to 100.
[[nodiscard]] Result<double> GatherScatter(const PlanOptions& options);

}  // namespace epochcost::app
