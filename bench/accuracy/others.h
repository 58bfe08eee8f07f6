#pragma once
// Operation counts, allocated memory, node power, and the regret of the best strategy found.

#include <string>
#include <vector>

#include "base/result.h"
#include "score.h"
#include "steps.h"

namespace epochcost::accuracy {

// What published utilisations imply against what the graph counts; nothing is fitted.
[[nodiscard]] Result<std::vector<Scored>> ScoreCounts(const std::string& directory);

// Bytes between steps and at their peak; what the framework keeps besides is fitted on `fit`.
[[nodiscard]] Result<std::vector<Scored>> ScoreMemory(const std::string& fit,
                                                      const std::string& test);

// Each half of the configurations from the other.
[[nodiscard]] Result<std::vector<Scored>> ScoreMemoryHalves(const std::string& directory);

// The layout of memory against the paper's figures 1 and 7, a layer's times against its table 4;
// with the constants of the data sheet.
[[nodiscard]] Result<std::vector<Scored>> ScoreKorthikanti(const std::string& directory);

[[nodiscard]] Result<std::vector<Scored>> ScorePower(const std::string& fit,
                                                     const std::string& test);

// Each half of the configurations from the other, `seeds` times.
[[nodiscard]] Result<std::vector<Scored>> ScorePowerHalves(const std::string& directory, int seeds);

// How much longer the strategy takes that is predicted to be the best, against the measured best of
// the same model, machine and batch; `scored` are predictions of rows that were not fitted.
[[nodiscard]] std::vector<Scored> ScoreRegret(const std::vector<StepCase>& cases,
                                              const std::vector<Scored>& scored);

}  // namespace epochcost::accuracy
