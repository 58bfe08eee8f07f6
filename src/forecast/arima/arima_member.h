#pragma once
// ARIMA as a member of the blend.

#include <span>
#include <vector>

#include "forecast/member.h"

namespace epochcost::forecast {

// A seasonal ARIMA of the costs per work, the first unit left out, at most the last 128. Units that
// evaluate or checkpoint have a level of their own where both the past and the plan name some.
class ArimaMember final : public Member {
 public:
  [[nodiscard]] std::string_view Name() const override { return "ARIMA"; }
  // Needs kLeast finished units. Error kUnsupported also where the model's sum is not positive: it
  // follows a trend further than costs can go.
  [[nodiscard]] Result<Rest> Forecast(const Known& known) const override;
  // The orders are searched for once, on the run as it is; their coefficients anew for each.
  [[nodiscard]] std::vector<Result<Rest>> ForecastEach(
      std::span<const Known> questions) const override;
  [[nodiscard]] bool TakesLong() const override { return true; }

  // Shorter series teach a search over orders little but their noise.
  static constexpr std::size_t kLeast = 17;
};

}  // namespace epochcost::forecast
