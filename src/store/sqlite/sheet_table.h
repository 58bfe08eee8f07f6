#pragma once
// Versions of price sheets.

#include <vector>

#include "base/result.h"
#include "model/price.h"
#include "store/sqlite/connection.h"

namespace epochcost::store::sqlite {

[[nodiscard]] Result<void> AddSheetVersion(Connection& connection, const PriceSheet& sheet);
[[nodiscard]] std::vector<PriceSheet> AllSheets(Connection& connection);
// Those that priced a run's lines.
[[nodiscard]] std::vector<PriceSheet> SheetsOfRun(Connection& connection, std::int64_t run_key);
[[nodiscard]] std::int64_t LatestRevision(Connection& connection);

}  // namespace epochcost::store::sqlite
