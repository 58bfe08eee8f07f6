#pragma once
// What the database knows of one run, read in one transaction.

#include <functional>
#include <optional>
#include <vector>

#include "base/result.h"
#include "model/commit.h"
#include "model/cost.h"
#include "store/sqlite/connection.h"

namespace epochcost::store::sqlite {

[[nodiscard]] Result<RunCost> ReadCost(Connection& connection, const RunId& run);
[[nodiscard]] Result<std::vector<SumRow>> ReadSumRows(Connection& connection, const RunId& run);
[[nodiscard]] Result<std::optional<ResumePoint>> ReadResumePoint(Connection& connection,
                                                                 const RunId& run);
[[nodiscard]] Result<void> ReadLines(Connection& connection, const RunId& run,
                                     const std::function<Result<void>(const LedgerLine&)>& each);

}  // namespace epochcost::store::sqlite
