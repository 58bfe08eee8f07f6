#pragma once
// What every image model asks of its picture.

#include "base/result.h"
#include "estimate/graph/image.h"

namespace epochcost::estimate {

// Errors: kInvalidInput where the picture is smaller than `least` or there is no class; kOverflow
// above 65,536 pixels a side or 10⁸ classes.
[[nodiscard]] Result<void> CheckImage(const ImageModel& model, std::int64_t least);

}  // namespace epochcost::estimate
