#pragma once
// Step times scored: fitted on some rows, predicted for others.

#include <functional>
#include <string>
#include <vector>

#include "score.h"
#include "steps.h"

namespace epochcost::accuracy {

[[nodiscard]] Result<std::vector<StepCase>> ReadSteps(const std::string& directory);

// Predicts `test` with what is fitted on `fit` alone.
[[nodiscard]] std::vector<Scored> ScoreSteps(const std::vector<StepCase>& fit,
                                             const std::vector<StepCase>& test);

// Each half of the configurations predicted from the other, `seeds` times.
[[nodiscard]] std::vector<Scored> ScoreHalves(const std::vector<StepCase>& cases, int seeds);

// Each model predicted from the others of its stack.
[[nodiscard]] std::vector<Scored> ScoreLeftOut(const std::vector<StepCase>& cases);

// Each table predicted without it: constants from the other tables.
[[nodiscard]] std::vector<Scored> ScoreDatasheet(const std::vector<StepCase>& cases);

// The constants of each kind of device, fitted to all of `cases`, as catalog/calibration has them.
[[nodiscard]] std::string CalibrationFile(const std::vector<StepCase>& cases,
                                          const std::string& date);

}  // namespace epochcost::accuracy
