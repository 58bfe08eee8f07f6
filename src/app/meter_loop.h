#pragma once
// The meter process: puts the pipeline together and drives it until the program has ended.

#include <sys/types.h>

#include "app/data_home.h"
#include "app/run_file.h"

namespace epochcost::app {

struct MeterJob {
  RunOrder order;
  RunFolder folder;
  pid_t root_pid = 0;
  std::int64_t root_start_ticks = 0;
  pid_t supervisor = 0;  // 0: nobody; the program runs on its own
  int control_fd = -1;   // to the supervisor, or -1
  int ready_fd = -1;     // gets a byte once the first reading is taken; closed then
};

// Returns the exit code of the meter process: 0 if everything is in a ledger.
int RunMeter(const MeterJob& job);

}  // namespace epochcost::app
