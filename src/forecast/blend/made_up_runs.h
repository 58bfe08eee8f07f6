#pragma once
// Runs as they are often met, for tests.

#include <string>
#include <vector>

#include "forecast/member.h"

namespace epochcost::forecast {

// `systems` systems with two runs each of 20 units: the first warms up, the rest wanders by a
// percent, each system at its own pace.
inline std::vector<CompletedRun> MadeUpRuns(int systems) {
  std::vector<CompletedRun> runs;
  unsigned dice = 12345;
  const auto roll = [&dice] {  // in [0, 1)
    dice = dice * 1664525U + 1013904223U;
    return static_cast<double>(dice >> 8U) / static_cast<double>(1U << 24U);
  };
  for (int system = 0; system < systems; ++system) {
    const double pace = 5 + 20 * roll();
    const double warm = 1.2 + 0.2 * roll();
    for (int repeat = 0; repeat < 2; ++repeat) {
      CompletedRun run{.id = std::to_string(system) + "/" + std::to_string(repeat),
                       .workload = "digits",
                       .system = "s" + std::to_string(system),
                       .owner = "o" + std::to_string(system % 7),
                       .unit = "epoch",
                       .before = 2};
      for (int i = 0; i < 20; ++i)
        run.units.push_back({.cost = pace * (i == 0 ? warm : 1) * (0.99 + 0.02 * roll())});
      runs.push_back(std::move(run));
    }
  }
  return runs;
}

}  // namespace epochcost::forecast
