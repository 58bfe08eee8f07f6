#pragma once
// What an estimate says in a terminal: pure text, without a trailing newline.

#include <string>
#include <vector>

#include "api/pen.h"
#include "model/estimate.h"

namespace epochcost::api {

// One machine of a comparison: its answer, or why there is none.
struct Compared {
  std::string machine;  // "8×H100-SXM-80GB"
  std::optional<PricedEstimate> priced;
  std::optional<Error> refused;
};

// The tree of terms with the formulas that gave them, totals with their interval, what does not
// fit, what was assumed, and what was published for such a training.
[[nodiscard]] std::string EstimateText(const PricedEstimate& priced, const Style& style);

// Rows of layers and their sum, in the epoch's currency; `layers` sum to the epoch exactly.
[[nodiscard]] std::string LayersText(const PricedEstimate& priced,
                                     const std::vector<LayerCost>& layers, const Style& style);

// Side by side, the cheapest that fits first; what does not fit or cannot be placed, with the
// reason, last.
[[nodiscard]] std::string CompareText(const std::vector<Compared>& rows, const Style& style);

// The order in which a comparison is shown: indices into `rows`.
[[nodiscard]] std::vector<std::size_t> OrderOf(const std::vector<Compared>& rows);

// "1.23e+18", "0.421", "12.5": three significant digits, as an estimate is known.
[[nodiscard]] std::string ThreeDigits(double value);

}  // namespace epochcost::api
