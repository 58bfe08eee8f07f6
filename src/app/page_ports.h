#pragma once
// What the HTTP interface is lent of the other rooms.

#include <string>

#include "api/http/ports.h"
#include "app/context.h"
#include "base/result.h"

namespace epochcost::app {

// `context` outlives them.
[[nodiscard]] api::http::Ports PagePorts(const Context& context, std::string version);

// What this machine lets us measure, as `doctor --json` says it. Tries everything: about 50 ms.
[[nodiscard]] Result<std::string> DoctorJson();

}  // namespace epochcost::app
