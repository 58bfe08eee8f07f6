#pragma once
// Forecasts as JSON (docs/json.md); one line without a newline.

#include <string>
#include <vector>

#include "model/forecast.h"

namespace epochcost::api {

// `forecast --json`, and {"schema_version":1,"type":"forecast", …} as a line of a stream.
[[nodiscard]] std::string ForecastJson(const Forecast& forecast);

// `forecast score --json`: {"schema_version":1,"scores":[{"forecast":{…},"cost_nano":…, …}]}
[[nodiscard]] std::string ScoresJson(const std::vector<ForecastScore>& scores);

}  // namespace epochcost::api
