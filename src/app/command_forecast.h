#pragma once

#include "app/context.h"

namespace epochcost::app {

// `forecast` and `forecast score`.
void AddForecast(CLI::App& app, Context& context);

}  // namespace epochcost::app
