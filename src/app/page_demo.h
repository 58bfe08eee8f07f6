#pragma once
// A small run for whoever has none yet: a shell program that counts, metered for real.

#include <string>

#include "base/result.h"

namespace epochcost::app {

// The project that demonstration runs belong to.
inline constexpr const char* kDemoProject = "demo";

// Starts `epochcost run` beside this process, as a process of its own, into the ledger; returns at
// once. The program marks twelve epochs of about a second. Errors: kIo where no process can be
// started; kConflict where another was started within the last ten seconds.
[[nodiscard]] Result<void> StartDemo(const std::string& data_home, const std::string& ledger);

}  // namespace epochcost::app
