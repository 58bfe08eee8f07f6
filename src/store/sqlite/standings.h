#pragma once
// What a follower of the ledger asks for: whether anything changed, where runs stand, what was
// posted since. Cheaper than a run's whole cost.

#include <functional>
#include <vector>

#include "base/result.h"
#include "store/sqlite/connection.h"
#include "store/store.h"

namespace epochcost::store::sqlite {

[[nodiscard]] std::int64_t ReadDataVersion(Connection& connection);
[[nodiscard]] Result<std::vector<RunStanding>> ReadStandings(Connection& connection,
                                                             std::int64_t after);
[[nodiscard]] Result<RunStanding> ReadStandingOf(Connection& connection, const RunId& run);
[[nodiscard]] Result<void> ReadAmounts(Connection& connection, const RunId& run,
                                       AmountCursor& cursor,
                                       const std::function<void(const PostedAmount&)>& each);

}  // namespace epochcost::store::sqlite
