#include "forecast/run/price_doubt.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <vector>

namespace epochcost::forecast {
namespace {

constexpr std::int64_t kFewestChanges = 3;
constexpr double kLeastChange = 1e-9;

// What the run's resources cost under `next` as a multiple of what they cost under `before`;
// nothing where the two have no price of what was paid for.
std::optional<double> Change(const PriceSheet& before, const PriceSheet& next,
                             const ResourceSums& paid) {
  double was = 0;
  double is = 0;
  for (std::size_t i = 0; i < kResourceCount; ++i) {
    if (!paid[i] || paid[i]->amount_nano <= 0 || !before.rates[i] || !next.rates[i]) continue;
    const auto rate = [](const Rate& r) {
      return static_cast<double>(r.nano) / static_cast<double>(r.per);
    };
    if (!(rate(*before.rates[i]) > 0)) continue;
    const auto amount = static_cast<double>(paid[i]->amount_nano);
    was += amount;
    is += amount * rate(*next.rates[i]) / rate(*before.rates[i]);
  }
  if (!(was > 0) || !(is > 0)) return std::nullopt;
  return is / was;
}

}  // namespace

PriceDoubt PriceDoubtOf(std::span<const PriceSheet> versions, const ResourceSums& paid,
                        UtcTime now) {
  std::vector<const PriceSheet*> in_force;
  for (const PriceSheet& sheet : versions)
    if (sheet.valid_from <= now) in_force.push_back(&sheet);
  std::ranges::stable_sort(in_force, {}, &PriceSheet::valid_from);
  PriceDoubt doubt;
  double squares = 0;
  for (std::size_t i = 1; i < in_force.size(); ++i) {
    const auto change = Change(*in_force[i - 1], *in_force[i], paid);
    if (!change || std::abs(std::log(*change)) < kLeastChange) continue;
    squares += std::log(*change) * std::log(*change);
    ++doubt.changes;
  }
  if (doubt.changes < kFewestChanges) return doubt;
  const double seconds = static_cast<double>((now - in_force.front()->valid_from).Count()) / 1e9;
  if (seconds > 0) doubt.per_root_second = std::sqrt(squares / seconds);
  return doubt;
}

double MeanPriceDeviation(const PriceDoubt& doubt, double seconds) {
  return doubt.per_root_second * std::sqrt(std::max(0.0, seconds) / 3);
}

}  // namespace epochcost::forecast
