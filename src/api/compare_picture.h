#pragma once
// A comparison as a picture that stands alone: no script, no font, no other file.

#include <string>
#include <vector>

#include "api/estimate_text.h"

namespace epochcost::api {

// A bar a machine: the whole run's cost with its interval, the hours beside it. What does not fit
// is hatched and says why; what cannot be placed has no bar.
[[nodiscard]] std::string CompareSvg(const std::vector<Compared>& rows);

// The same in a page with the table below it.
[[nodiscard]] std::string CompareHtml(const std::vector<Compared>& rows);

}  // namespace epochcost::api
