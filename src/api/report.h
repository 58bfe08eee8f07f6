#pragma once

#include <string>

#include "model/cost.h"

namespace epochcost::api {

// A run as one HTML page that needs nothing else: no request leaves it, it opens from file://, and
// no script is in it. English and Chinese, light and dark are switched by the reader; what it opens
// with is the current language and the reader's own theme. Pictures are inline SVG; beyond
// kBarsShown epochs they show groups of epochs, and beyond kRowsShown the table leaves out its
// middle, which the CSV has.
[[nodiscard]] std::string ReportHtml(const RunCost& cost);

inline constexpr std::size_t kBarsShown = 120;
inline constexpr std::size_t kRowsShown = 400;

}  // namespace epochcost::api
