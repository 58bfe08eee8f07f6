#pragma once
// A run as the ledger has it, as units with costs.

#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "forecast/member.h"
#include "model/cost.h"

namespace epochcost::forecast {

// A finished epoch: everything that lies from its start to the next one's, evaluation, checkpoints
// and idle time included; time in which nothing was metered (between a kill and a resume) is not.
struct RunUnit {
  double seconds = 0;
  Wide nano = 0;         // all of it
  Wide memory_nano = 0;  // of it, memory priced per epoch: as much however long the epoch takes
  std::int64_t steps = 0;
  bool evaluates = false;
  bool checkpoints = false;
};

// What a run did so far. `open` is the epoch that is not finished yet.
struct RunUnits {
  double before_seconds = 0;  // setup
  Wide before_nano = 0;
  std::vector<RunUnit> finished;
  std::optional<RunUnit> open;
  // What will be booked when the program ends after its last epoch: where memory is priced per
  // epoch, the time between that epoch and the end costs as much of it as an epoch.
  Wide after_nano = 0;
};

// Errors kInvalidInput: an epoch or phase ends before it begins, or cost a negative amount.
[[nodiscard]] Result<RunUnits> UnitsOf(const RunCost& cost);

// The plan of what is ahead, after `finished`: an evaluation or a checkpoint that came every p-th
// epoch goes on so; one that came irregularly is planned nowhere, and its flags are taken from
// `units` too, so that what is seen and what is planned speak of the same.
[[nodiscard]] std::vector<PlannedUnit> PlanAhead(std::span<RunUnit> finished, std::size_t ahead);

// The run's finished epochs as a completed run, for others to learn from: in seconds.
[[nodiscard]] CompletedRun AsCompleted(const RunCost& cost, const RunUnits& units);

// What the runs of one program on one machine have in common.
[[nodiscard]] std::string WorkloadOf(const Run& run);
[[nodiscard]] std::string SystemOf(const Run& run);

}  // namespace epochcost::forecast
