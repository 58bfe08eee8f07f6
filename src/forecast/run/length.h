#pragma once
// How many epochs a run will have, where it does not say.

#include <array>
#include <span>

#include "forecast/blend/experience.h"

namespace epochcost::forecast {

// A positive quantity of which nothing is known but that it has reached `so_far` lasts x times as
// long with a chance of 1/x: its quantiles at kLevels. The median is twice `so_far`.
[[nodiscard]] std::array<double, kLevels.size()> LastsLikeSoFar(double so_far);

// The quantiles of the number of epochs, not below `so_far`: from the lengths of earlier runs that
// got further, else by the rule above.
[[nodiscard]] std::array<double, kLevels.size()> EpochsLikely(std::span<const double> earlier,
                                                              double so_far);

}  // namespace epochcost::forecast
