#pragma once
// The meter process: puts the pipeline together and drives it until the program has ended.

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "app/data_home.h"
#include "app/run_file.h"

namespace epochcost::app {

struct MeterJob {
  RunOrder order;
  RunFolder folder;
  pid_t root_pid = 0;
  std::int64_t root_start_ticks = 0;
  pid_t supervisor = 0;      // 0: nobody; the program runs on its own
  int control_fd = -1;       // to the supervisor, or -1
  std::string handles;       // what counts already, as probe::HandleSet::Describe says it
  bool is_attended = false;  // somebody watches: told on stderr, ended by SIGINT and SIGTERM
  int ready_fd = -1;         // gets a byte once the first reading is taken; closed then
};

// Returns the exit code of the meter process: 0 if everything is in a ledger, 1 if another meter
// has the run or it cannot be metered; why is in the log.
int RunMeter(const MeterJob& job);

// Whose meter this run had: the process and when it started. Error kNotFound.
struct RunRoot {
  pid_t pid = 0;
  std::int64_t start_ticks = 0;
};
[[nodiscard]] Result<RunRoot> LoadRunRoot(const RunFolder& folder);
// Whether a meter has the run just now.
[[nodiscard]] bool IsMetered(const RunFolder& folder);

}  // namespace epochcost::app
