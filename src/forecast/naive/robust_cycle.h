#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "forecast/member.h"

namespace epochcost::forecast {

// The rate at which units go on, with what makes them unequal: declared or recognised evaluations,
// and a level that has shifted.
//
// - Where the plan or the marks say which units evaluate or checkpoint, units with and without are
//   kept apart, each with a median of its own.
// - Otherwise, where every p-th unit (2 ≤ p ≤ 10, three times or more) has stood out, it goes on
// so.
// - Otherwise the median of the last 20 units; only those since the level shifted, if it did.
// The first unit is left out where there is another.
class RobustCycle final : public Member {
 public:
  [[nodiscard]] std::string_view Name() const override { return "robust cycle"; }
  [[nodiscard]] Result<Rest> Forecast(const Known& known) const override;
};

// The period with which units stand out, as the units of one phase explain most of the scatter;
// nothing where none explains three quarters of it.
[[nodiscard]] std::optional<std::size_t> PeriodOf(std::span<const double> rates);

// Where the present level begins: the index after the last lasting shift, 0 where there is none.
[[nodiscard]] std::size_t LevelSince(std::span<const double> rates);

}  // namespace epochcost::forecast
