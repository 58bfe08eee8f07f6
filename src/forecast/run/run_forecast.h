#pragma once
// A run as the ledger has it, to a forecast in time and money.

#include <optional>
#include <span>

#include "forecast/blend/forecaster.h"
#include "forecast/run/run_units.h"
#include "model/cost.h"
#include "model/forecast.h"

namespace epochcost::forecast {

// What a forecast is made from.
struct RunQuestion {
  const RunCost& cost;
  std::span<const RunCost> earlier;  // completed, of the same workload and system, latest first
  std::optional<Project> project;    // its budget
  Money project_spent;               // by all its runs, this one included
  UtcTime now;
  // What else is known; each may be empty. Forecasts of the earlier runs beside what came, the
  // oldest first; and the versions of the sheet that prices the run.
  std::span<const ForecastScore> past = {};
  std::span<const PriceSheet> prices = {};
};

// Time is forecast in seconds and turned into money by what a second costs lately; its doubt is the
// time's, that of what a second uses and that of its price (PriceDoubtOf), added in quadrature. The
// time's range is adjusted to how often it held in this ledger (AdjustmentOf). Money is integers
// throughout: what was spent, times a ratio in billionths.
//
// - The rest of the epoch that is open follows from its steps, where earlier epochs tell how many
//   there are.
// - Where no epoch is finished: from earlier runs; else from the time that the first has taken so
//   far, as the only fact (it lasts x times that long with a chance of 1/x), tagged low.
// - Where the run does not say how many epochs there will be: from the lengths of earlier runs;
//   else from the number so far, by the same rule, tagged low.
//
// Errors: kUnsupported where nothing can be said yet, with when it can; kInvalidInput where the
// ledger holds what cannot be, or the run is over.
[[nodiscard]] Result<epochcost::Forecast> ForecastRun(const Forecaster& forecaster,
                                                      const RunQuestion& question);

}  // namespace epochcost::forecast
