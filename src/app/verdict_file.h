#pragma once
// What people said of alerts: a line of JSON for each word, in alerts.ndjson of the data home.
// Appended, so that two servers can write it; the last word counts.

#include <string>

#include "api/http/ports.h"
#include "base/result.h"

namespace epochcost::app {

// A file that is not there has no words; a line that cannot be read is left out and told to the
// log. Error kIo.
[[nodiscard]] Result<api::http::AlertVerdicts> ReadVerdicts(const std::string& path,
                                                            const RunId& run);
// Error kIo, with the reason.
[[nodiscard]] Result<void> AppendVerdict(const std::string& path, const RunId& run,
                                         const std::string& alert,
                                         const api::http::AlertVerdict& verdict);

}  // namespace epochcost::app
