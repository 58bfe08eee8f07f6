#pragma once
// A run's units as a series of costs per unit of work, and the few statistics that several members
// share.

#include <span>
#include <vector>

#include "forecast/member.h"

namespace epochcost::forecast {

// Cost ÷ work of each unit.
[[nodiscard]] std::vector<double> Rates(std::span<const Unit> units);

[[nodiscard]] double WorkOf(std::span<const PlannedUnit> units);
[[nodiscard]] double WorkOf(std::span<const Unit> units);
[[nodiscard]] double CostOf(std::span<const Unit> units);

// The middle value; of an even number, the mean of the middle two. `values` must not be empty.
[[nodiscard]] double Median(std::vector<double> values);

inline constexpr double kMedianOfNormal = 0.6745;  // the median distance of a normal variable, in σ

// The value below which `share` (0 to 1) of `values` lie, between neighbours linearly. `values`
// must not be empty.
[[nodiscard]] double Quantile(std::vector<double> values, double share);

// The error with which a member declines: it needs `needs` finished units and there are `has`.
[[nodiscard]] tl::unexpected<Error> TooFewUnits(std::size_t needs, std::size_t has);

// Whether the question can be asked at all. Error kInvalidInput, naming the unit and the value: a
// cost or a work that is not finite, negative or zero; nothing ahead.
[[nodiscard]] Result<void> Check(const Known& known);

}  // namespace epochcost::forecast
