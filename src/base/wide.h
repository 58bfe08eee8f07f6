#pragma once
// 128-bit integers: products of money, and readings that pass 64 bits (byte-milliseconds).

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace epochcost {

using Wide = __int128;

// Decimal digits, with a leading '-' where negative.
[[nodiscard]] std::string ToString(Wide value);

// The inverse of ToString. Error kInvalidInput: empty, a foreign character, or out of range.
[[nodiscard]] Result<Wide> ParseWide(std::string_view digits);

// ⌊a·b/d⌋ (towards minus infinity) for d > 0. Error kOverflow where a·b leaves 128 bits.
[[nodiscard]] Result<Wide> MulDivFloor(Wide a, Wide b, Wide d);

// ⌊a/d⌋ towards minus infinity, for d > 0.
[[nodiscard]] constexpr Wide FloorDiv(Wide a, Wide d) {
  const Wide quotient = a / d;
  return (a % d < 0) ? quotient - 1 : quotient;
}

// The value as int64, or nothing where it does not fit.
[[nodiscard]] std::optional<std::int64_t> Narrow(Wide value);

}  // namespace epochcost
