#include "estimate/graph/image_check.h"

#include "base/text.h"

namespace epochcost::estimate {

Result<void> CheckImage(const ImageModel& model, std::int64_t least) {
  constexpr std::int64_t kLargest = 65'536;
  constexpr std::int64_t kMostClasses = 100'000'000;
  if (model.image < least) {
    return Fail(
        ErrorCode::kInvalidInput, Say("{} cannot be {}", "image", model.image),
        Say("{} halves its picture until at least {} pixels a side are one", model.name, least),
        Say("give a picture of {} pixels or more: --image 224", least));
  }
  if (model.image > kLargest) {
    return Fail(ErrorCode::kOverflow, Say("{} cannot be {}", "image", model.image),
                Say("at most {}", kLargest));
  }
  if (model.classes < 1 || model.classes > kMostClasses) {
    return Fail(ErrorCode::kInvalidInput, Say("{} cannot be {}", "classes", model.classes),
                Say("it is a whole number from 1 to {}", kMostClasses));
  }
  return {};
}

}  // namespace epochcost::estimate
