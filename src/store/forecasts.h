#pragma once
// The keeping of forecasts, a port beside the ledger's. One implementation: store/sqlite.

#include <vector>

#include "base/result.h"
#include "model/forecast.h"

namespace epochcost::store {

// Forecasts as they were made; one that is kept is never changed. Threads and errors as for Store.
class ForecastStore {
 public:
  virtual ~ForecastStore() = default;

  // One of the same run and instant is there already and stays. Error kNotFound: no such run.
  virtual Result<void> AddForecast(const Forecast& forecast) = 0;

  // In the order in which they were made; without their budgets. Error kNotFound.
  virtual Result<std::vector<Forecast>> Forecasts(const RunId& run) = 0;
};

}  // namespace epochcost::store
