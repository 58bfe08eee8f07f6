#pragma once
// Whether and when the budget breaks, and which one would suffice.

#include <optional>

#include "model/forecast.h"
#include "model/run.h"

namespace epochcost::forecast {

// `rest` is the expected time from now to the run's end. Nothing where the budget is in another
// currency than the run, or the project has none.
[[nodiscard]] std::optional<BudgetOutlook> BudgetOutlookOf(const epochcost::Forecast& forecast,
                                                           const Project& project,
                                                           const Money& project_spent, Nanos rest);

// The chance, in millionths, that the run costs more than `nano` in all: between the quantiles of
// the forecast linearly, and never surer than they are at both ends.
[[nodiscard]] std::int64_t ChanceAbovePpm(const Range<Wide>& cost_nano, Wide nano);

}  // namespace epochcost::forecast
