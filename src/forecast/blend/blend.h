#pragma once
// All members' answers as one.

#include <string>
#include <vector>

#include "forecast/blend/experience.h"

namespace epochcost::forecast {

// A member's part in a blend. `expected_error` is what its weight follows from: its mean error on
// past runs of the class and on this run so far, as a share of the whole.
struct Part {
  std::string name;
  double weight = 0;  // 0: left out, `why` says why
  double cost = 0;
  double expected_error = 0;
  std::string why;
};

struct Blend {
  double cost = 0;
  // How far the members doubt the rest and differ about it, as a share.
  double doubt = 0;
  // What calibration multiplies: grows with the doubt at first, and ever less (ScaleOf).
  double scale = 0;
  Class of;
  std::vector<Part> parts;  // by weight
};

// From 0.002, with no doubt, to 0.012. On record, errors grow with the members' doubt up to about a
// percent; where it is larger, they are hardly larger.
[[nodiscard]] double ScaleOf(double doubt);

// Members weigh by their expected error to the power of −8; one that is expected to be a quarter
// worse than the best is left out. Not asked is one of which too little is on record on such runs
// where something is of others, and one that takes long and was half as far off again as the best.
// Error kUnsupported: no member can say anything.
[[nodiscard]] Result<Blend> BlendOf(const Known& known, const Experience& experience,
                                    const Members& members);

}  // namespace epochcost::forecast
