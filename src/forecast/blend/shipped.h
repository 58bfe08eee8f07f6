#pragma once

#include "forecast/blend/experience.h"

namespace epochcost::forecast {

// The experience that the program brings along: catalog/forecast, learned from recorded runs of
// MLPerf Training. Error kCorrupt: the program was built with damaged files.
[[nodiscard]] Result<Experience> ShippedExperience();

}  // namespace epochcost::forecast
