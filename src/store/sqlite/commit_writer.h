#pragma once
// A commit into the database, in one transaction.

#include "base/result.h"
#include "model/commit.h"
#include "store/sqlite/connection.h"
#include "store/store.h"

namespace epochcost::store::sqlite {

[[nodiscard]] Result<Receipt> WriteCommit(Connection& connection, const Commit& commit);

// The run's open lines become lines of the ledger: nothing replaces them any more.
[[nodiscard]] Result<void> SealOpenLines(Connection& connection, const RunId& run);

// The run, its meters and its part of the totals. Call it within a transaction. Error kNotFound.
[[nodiscard]] Result<void> MoveToProject(Connection& connection, const RunId& run,
                                         const ProjectId& project);

}  // namespace epochcost::store::sqlite
