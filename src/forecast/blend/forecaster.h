#pragma once
// The front door: what is known of a run, to what its rest will cost.

#include <array>
#include <string>
#include <vector>

#include "forecast/blend/blend.h"
#include "model/forecast.h"

namespace epochcost::forecast {

// The cost of what is left. The confidence is high where the 80 % range of the whole run is ±3 % or
// narrower, low where it is wider than ±15 % or rests on no experience. quantiles[i] is at
// kLevels[i]; increasing, and not negative.
struct Outlook {
  double cost = 0;
  std::array<double, kLevels.size()> quantiles{};
  Blend blend;
  Confidence confidence = Confidence::kLow;
  std::string why;  // of the confidence
};

// Immutable; may be asked from any thread.
class Forecaster {
 public:
  explicit Forecaster(Experience experience, const Members& more = {});
  Forecaster(const Forecaster&) = delete;
  Forecaster& operator=(const Forecaster&) = delete;

  // Errors: kInvalidInput where the question cannot be (see Check), kUnsupported where no method
  // can say anything yet.
  [[nodiscard]] Result<Outlook> Forecast(const Known& known) const;
  [[nodiscard]] const Experience& Learned() const { return experience_; }

 private:
  Experience experience_;
  Members members_;
};

}  // namespace epochcost::forecast
