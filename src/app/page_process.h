#pragma once
// The page beside a run: a process of its own that nothing waits for. Whatever happens to it, the
// training goes on.

#include <string>

#include "base/ids.h"
#include "base/result.h"

namespace epochcost::app {

// Takes a port of this machine, starts `epochcost serve` on it over this ledger, and returns the
// address of the run's page, which answers from now on. It ends half an hour after nobody looks and
// no run goes on any more; EPOCHCOST_PAGE_IDLE names other seconds. Call it before the process has
// threads. Errors: kIo.
[[nodiscard]] Result<std::string> StartPageBesideRun(const std::string& data_home,
                                                     const std::string& ledger, const RunId& run);

// In that process: the token that it was started with, taken out of the environment.
[[nodiscard]] std::string TakePageToken();

}  // namespace epochcost::app
