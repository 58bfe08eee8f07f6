#pragma once

#include "app/estimate_case.h"

namespace CLI {
class App;
}

namespace epochcost::app {

// The flags that `estimate` and `compare` share.
void AddPlanOptions(CLI::App& command, PlanOptions& options);

}  // namespace epochcost::app
