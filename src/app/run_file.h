#pragma once
// run.json in the run's folder: what the supervisor tells the meter, and a restarted meter reads
// again.

#include <optional>
#include <string>
#include <vector>

#include "app/data_home.h"
#include "base/result.h"
#include "model/notice.h"
#include "model/run.h"

namespace epochcost::app {

// How a run is to be metered.
struct RunOrder {
  Run run;
  std::string data_home;
  std::string ledger;                  // path of the database
  std::vector<PriceSheet> own_sheets;  // of --prices; recorded in the ledger when the run begins
  bool project_was_named = false;  // by the person; then the program's SDK does not move the run
  std::optional<Money> budget;
  std::int64_t threshold_ppm = 800'000;
  bool attached = false;       // the program was running before us
  BootTime began;              // when the run began on the boot clock
  std::string forced_sources;  // --source, comma separated; for tests and doctor
  std::string output;          // "text", "json" or "ndjson": how epochs and the end are told
  bool quiet = false;
  bool colour = false;
  int width = 100;
  std::string page;             // address of the page beside the run; empty: none
  std::vector<Notice> notices;  // what was found out before the meter started
};

[[nodiscard]] Result<void> SaveOrder(const RunFolder& folder, const RunOrder& order);
[[nodiscard]] Result<RunOrder> LoadOrder(const RunFolder& folder);

}  // namespace epochcost::app
