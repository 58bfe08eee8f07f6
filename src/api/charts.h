#pragma once
// The pictures of a report: inline SVG whose colours are the page's CSS variables, so that they
// follow its theme. Sizes are real pixels; text stays readable because nothing is scaled down.

#include <string>

#include "model/cost.h"

namespace epochcost::api {

// Stacked bars, one per epoch or per group of neighbouring epochs (then the group's mean, with a
// whisker from its cheapest to its dearest epoch), from 0. One band per term of the formula; what
// is dearest of all stands at the bottom. Empty where there is no epoch.
[[nodiscard]] std::string CompositionSvg(const RunCost& cost);

// The running total over time: a point at the end of each epoch and phase, thinned to at most 400.
[[nodiscard]] std::string TrendSvg(const RunCost& cost);

}  // namespace epochcost::api
