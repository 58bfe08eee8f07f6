#include "base/wide.h"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace epochcost {

std::string ToString(Wide value) {
  if (value == 0) return "0";
  const bool negative = value < 0;
  std::string digits;
  while (value != 0) {
    const int digit = static_cast<int>(value % 10);
    digits.push_back(static_cast<char>('0' + (digit < 0 ? -digit : digit)));
    value /= 10;
  }
  if (negative) digits.push_back('-');
  std::ranges::reverse(digits);
  return digits;
}

Result<Wide> ParseWide(std::string_view digits) {
  const std::string shown(digits.substr(0, 60));
  const bool negative = digits.starts_with('-');
  if (negative) digits.remove_prefix(1);
  if (digits.empty()) return Fail(ErrorCode::kInvalidInput, "not a whole number: '" + shown + "'");
  Wide value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') {
      return Fail(ErrorCode::kInvalidInput, "not a whole number: '" + shown + "'");
    }
    const Wide digit = c - '0';
    if (__builtin_mul_overflow(value, Wide{10}, &value) ||
        __builtin_sub_overflow(value, digit, &value)) {
      return Fail(ErrorCode::kInvalidInput, "whole number out of range: '" + shown + "'");
    }
  }
  if (negative) return value;
  if (value == std::numeric_limits<Wide>::min()) {
    return Fail(ErrorCode::kInvalidInput, "whole number out of range: '" + shown + "'");
  }
  return -value;
}

Result<Wide> MulDivFloor(Wide a, Wide b, Wide d) {
  Wide product = 0;
  if (__builtin_mul_overflow(a, b, &product)) {
    return Fail(ErrorCode::kOverflow,
                "product leaves 128 bits: " + ToString(a) + " × " + ToString(b));
  }
  return FloorDiv(product, d);
}

std::optional<std::int64_t> Narrow(Wide value) {
  if (value < std::numeric_limits<std::int64_t>::min() ||
      value > std::numeric_limits<std::int64_t>::max()) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(value);
}

}  // namespace epochcost
