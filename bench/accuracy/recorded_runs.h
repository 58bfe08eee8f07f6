#pragma once
// Recorded training runs of a folder: mlperf_epochs.csv[.gz] and mlperf_runs.csv[.gz].

#include <string>
#include <vector>

#include "base/result.h"
#include "forecast/backtest/recorded.h"

namespace epochcost::bench {

// `path` or `path`.gz, whichever is there. Error kIo, kCorrupt.
[[nodiscard]] Result<forecast::Table> ReadTable(const std::string& path);

// The runs of the protocol (forecast::Protocol), in the table's order. What is forecast is the time
// of the complete units.
[[nodiscard]] Result<std::vector<forecast::CompletedRun>> ReadRuns(const std::string& folder);

}  // namespace epochcost::bench
