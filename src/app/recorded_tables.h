#pragma once
// Tables of runs that others recorded, to learn from.

#include <string>
#include <vector>

#include "base/result.h"
#include "forecast/member.h"

namespace epochcost::app {

// The runs of runs.csv and epochs.csv of a folder (or mlperf_runs.csv and mlperf_epochs.csv; .gz
// serves too), with the columns of forecast::RunsOf; of at least 3 units. Errors: kNotFound where
// the tables are not there, kCorrupt naming the row or the column.
[[nodiscard]] Result<std::vector<forecast::CompletedRun>> ReadTables(const std::string& folder);

}  // namespace epochcost::app
