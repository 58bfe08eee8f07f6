#pragma once
// Image models that are built in: steps by the time model that other estimates take, operator by
// operator, with constants of their own for each device and precision.

#include <string>
#include <vector>

#include "images.h"
#include "score.h"

namespace epochcost::accuracy {

// Each network predicted from all others of its device and precision.
[[nodiscard]] std::vector<Scored> ScoreImageStepsLeftOut(const std::vector<ImageCase>& cases);

// Nothing fitted: the data sheet and the standard constants.
[[nodiscard]] std::vector<Scored> ScoreImageStepsDatasheet(const std::vector<ImageCase>& cases);

// The constants of each device and precision, as catalog/calibration/images.toml has them.
[[nodiscard]] std::string ImageCalibrationFile(const std::vector<ImageCase>& cases,
                                               const std::string& date);

}  // namespace epochcost::accuracy
