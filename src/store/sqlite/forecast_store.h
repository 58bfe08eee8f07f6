#pragma once

#include <memory>
#include <string>

#include "store/forecasts.h"
#include "store/sqlite/sqlite_store.h"

namespace epochcost::store::sqlite {

// The forecasts in the ledger at `path`, by a connection of their own. Errors as Open.
[[nodiscard]] Result<std::unique_ptr<ForecastStore>> OpenForecasts(const std::string& path,
                                                                   OpenMode mode,
                                                                   Nanos busy_timeout);

}  // namespace epochcost::store::sqlite
