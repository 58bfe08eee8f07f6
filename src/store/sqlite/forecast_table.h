#pragma once
// Forecasts as they were made. Called within Connection::Guard.

#include <vector>

#include "model/forecast.h"
#include "store/sqlite/connection.h"

namespace epochcost::store::sqlite {

// Error kNotFound: the ledger does not have the run. One that is there already is left as it is.
Result<void> AddForecastRow(Connection& connection, const Forecast& forecast);

// In the order in which they were made; without their budgets. Error kNotFound.
Result<std::vector<Forecast>> ReadForecasts(Connection& connection, const RunId& run);

}  // namespace epochcost::store::sqlite
