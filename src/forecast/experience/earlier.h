#pragma once
// Earlier runs of the same workload on the same system, scaled to how this one goes.

#include <string>
#include <string_view>
#include <utility>

#include "forecast/member.h"

namespace epochcost::forecast {

// The median profile of the earlier runs, those more that are like this one so far, times this
// run's ratio to it. The ratio is the median over the finished units, shrunk towards 1 as if
// `units_at_one` units at ratio 1 had been seen; less where it is clearly farther from 1 than runs
// of one system mostly are.
//
// Where runs of a system keep a level of their own, few units at 1 are right; where each wanders
// around the same level, many are. The blend finds out which.
class EarlierRuns final : public Member {
 public:
  EarlierRuns(std::string name, double units_at_one)
      : name_(std::move(name)), units_at_one_(units_at_one) {}
  [[nodiscard]] std::string_view Name() const override { return name_; }
  // Works without a finished unit. Error kUnsupported: there is no earlier run.
  [[nodiscard]] Result<Rest> Forecast(const Known& known) const override;

 private:
  std::string name_;
  double units_at_one_;
};

}  // namespace epochcost::forecast
