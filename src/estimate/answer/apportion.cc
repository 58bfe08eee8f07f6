#include "estimate/answer/apportion.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>

namespace epochcost::estimate {
namespace {

// ⌊a·b/d⌋ and its remainder for 0 ≤ b ≤ d, without leaving 128 bits: the whole quotient first.
struct Share {
  Wide part;
  Wide remainder;
};
Share ShareOf(Wide a, Wide b, Wide d) {
  const Wide quotient = FloorDiv(a, d);
  const Wide rest = a - quotient * d;  // below d, which is below 2⁶³
  return {quotient * b + rest * b / d, rest * b % d};
}

}  // namespace

std::vector<Wide> Apportion(Wide whole, std::span<const std::int64_t> weights) {
  std::vector<Wide> parts(weights.size(), 0);
  if (weights.empty()) return parts;
  const Wide sum = std::accumulate(weights.begin(), weights.end(), Wide{0});
  if (sum == 0) {
    parts.front() = whole;
    return parts;
  }
  assert(sum <= std::numeric_limits<std::int64_t>::max());
  std::vector<Wide> remainders;
  Wide left = whole;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const Share share = ShareOf(whole, weights[i], sum);
    parts[i] = share.part;
    remainders.push_back(share.remainder);
    left -= share.part;
  }
  std::vector<std::size_t> order(weights.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(
      order, [&](std::size_t a, std::size_t b) { return remainders[a] > remainders[b]; });
  for (std::size_t i = 0; left > 0; ++i, --left) ++parts[order.at(i)];
  return parts;
}

}  // namespace epochcost::estimate
