#pragma once
// From a few steps to the whole run.

#include <cstdint>
#include <string>

#include "app/estimate_case.h"
#include "app/probe_run.h"
#include "base/result.h"
#include "model/estimate.h"

namespace epochcost::app {

struct ProbeScale {
  std::int64_t steps = 1;  // of the whole run
  std::int64_t epochs = 1;
  std::int64_t warm_up = 5;
  std::optional<MachineWords> machine;  // whose GPUs the program uses; absent: none are priced
};

// Time: what came before the first step measured, and the mean of the steps measured, each at most
// three medians long, times all steps; without what the program waited for a core that other
// programs had, which only the upper end of the interval holds. CPU likewise; memory as it was held
// on average. The interval is that of 148 published logs (probe20): the rest of a run took 0.97
// to 1.11 times as long per step as its first 20 logged steps, for eight in ten of them; and the
// scatter of these steps. Error kUnavailable: fewer than two moments after the warm-up.
[[nodiscard]] Result<Estimate> Extrapolate(const ProbeReading& reading, const ProbeScale& scale,
                                           const std::string& program);

}  // namespace epochcost::app
