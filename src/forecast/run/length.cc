#include "forecast/run/length.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "forecast/series.h"

namespace epochcost::forecast {

std::array<double, kLevels.size()> LastsLikeSoFar(double so_far) {
  std::array<double, kLevels.size()> quantiles{};
  for (std::size_t i = 0; i < kLevels.size(); ++i) quantiles[i] = so_far / (1 - kLevels[i]);
  return quantiles;
}

std::array<double, kLevels.size()> EpochsLikely(std::span<const double> earlier, double so_far) {
  std::vector<double> longer;
  std::ranges::copy_if(earlier, std::back_inserter(longer),
                       [&](double length) { return length >= so_far; });
  if (longer.empty()) return LastsLikeSoFar(so_far);
  // One more run may always be shorter than all, or go on like one of which nothing is known.
  const auto unknown = LastsLikeSoFar(so_far);
  std::array<double, kLevels.size()> quantiles{};
  const double known = static_cast<double>(longer.size()) / static_cast<double>(longer.size() + 1);
  for (std::size_t i = 0; i < kLevels.size(); ++i) {
    const double within = kLevels[i] < 0.5 ? 1 - (1 - kLevels[i]) / known : kLevels[i] / known;
    quantiles[i] = within < 0   ? so_far
                   : within > 1 ? std::max(unknown[i], Quantile(longer, 1))
                                : Quantile(longer, kLevels[i]);
  }
  return quantiles;
}

}  // namespace epochcost::forecast
