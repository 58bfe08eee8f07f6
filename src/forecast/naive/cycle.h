#pragma once
// Methods that need nothing but this run: one cost per unit of work, times the work ahead.

#include "forecast/member.h"

namespace epochcost::forecast {

// The rule of carbontracker: the first unit's cost is every unit's.
class FirstUnit final : public Member {
 public:
  [[nodiscard]] std::string_view Name() const override { return "first unit"; }
  [[nodiscard]] Result<Rest> Forecast(const Known& known) const override;
};

// Elapsed ÷ progress: what a progress bar shows. Counts the setup in.
class ElapsedByProgress final : public Member {
 public:
  [[nodiscard]] std::string_view Name() const override { return "elapsed by progress"; }
  [[nodiscard]] Result<Rest> Forecast(const Known& known) const override;
};

class LastUnit final : public Member {
 public:
  [[nodiscard]] std::string_view Name() const override { return "last unit"; }
  [[nodiscard]] Result<Rest> Forecast(const Known& known) const override;
};

// The median cost per work of the finished units, the first left out where there is another.
class MedianCycle final : public Member {
 public:
  [[nodiscard]] std::string_view Name() const override { return "median cycle"; }
  [[nodiscard]] Result<Rest> Forecast(const Known& known) const override;
};

}  // namespace epochcost::forecast
