#pragma once
// Money: whole nano-units of a currency. No floating-point number ever holds it.

#include <array>
#include <compare>
#include <string>
#include <string_view>

#include "base/quantity.h"
#include "base/result.h"
#include "base/wide.h"

namespace epochcost {

inline constexpr std::int64_t kNanoPerUnit = 1'000'000'000;

// An ISO 4217 code. Only codes that Parse accepts exist.
class Currency {
 public:
  constexpr Currency() = default;  // CNY
  // Error kInvalidInput: not three capitals, or a code that this program has no symbol for.
  [[nodiscard]] static Result<Currency> Parse(std::string_view code);
  [[nodiscard]] std::string_view Code() const { return {code_.data(), 3}; }
  // "¥", "$", "€"; a code with a space ("JPY ") where the symbol would be ambiguous beside ¥.
  [[nodiscard]] std::string_view Symbol() const;
  friend constexpr auto operator<=>(const Currency&, const Currency&) = default;

 private:
  std::array<char, 3> code_{'C', 'N', 'Y'};
};

// A sum of money. Wide, because sums of sums may pass 9.2 billion units. Adding two currencies is a
// bug and asserts.
struct Money {
  Wide nano = 0;
  Currency currency;

  Money& operator+=(const Money& other);
  Money& operator-=(const Money& other);
  friend Money operator+(Money a, const Money& b) { return a += b; }
  friend Money operator-(Money a, const Money& b) { return a -= b; }
  friend bool operator==(const Money&, const Money&) = default;
};

// A decimal number ("5", "0.05", "-1.5", "1_000") to nano-units, exactly. Error kInvalidInput:
// empty, malformed, an exponent, NaN, more than nine decimals, or beyond int64.
[[nodiscard]] Result<NanoMoney> ParseDecimal(std::string_view text);

// The exact decimal, no trailing zeros: 1500000000 → "1.5", 3 → "0.000000003".
[[nodiscard]] std::string ToDecimal(Wide nano);

// Rounded half away from zero to `decimals` places, thousands grouped: "4,515.84".
[[nodiscard]] std::string ToGrouped(Wide nano, int decimals);

// How a person reads an amount: symbol, grouping, two decimals; below one unit three significant
// digits ("¥0.000123"); zero is "¥0.00". A true minus sign stands before the symbol.
[[nodiscard]] std::string Format(const Money& money);

}  // namespace epochcost
