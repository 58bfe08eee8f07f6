#pragma once
// A forecast for a person.

#include <string>
#include <vector>

#include "api/pen.h"
#include "model/cost.h"
#include "model/forecast.h"
#include "model/run.h"

namespace epochcost::api {

// One phrase for the end of an epoch's line: "≈ ¥124.80 in all, ±2.1 %".
[[nodiscard]] std::string ForecastPhrase(const Forecast& forecast, const Style& style);

// The whole: cost and time with their ranges, the budget, what it was made from and how sure.
[[nodiscard]] std::string ForecastText(const Run& run, const Forecast& forecast,
                                       const Style& style);

// A row for the final block: what was forecast at about 10, 25, 50 and 75 % of the run's epochs,
// and how far off that was. `scores` in the order in which the forecasts were made.
[[nodiscard]] std::string FinalScoreLine(const RunCost& cost,
                                         const std::vector<ForecastScore>& scores,
                                         const Style& style);

// Forecasts beside what came, a row each; and by class how far off and how often within the range.
[[nodiscard]] std::string ScoreText(const std::vector<ForecastScore>& scores, const Style& style);

}  // namespace epochcost::api
