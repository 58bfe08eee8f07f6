#include "base/money.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <utility>

namespace epochcost {
namespace {

struct Known {
  std::string_view code;
  std::string_view symbol;
};

// Symbols after Unicode CLDR 42 for zh-CN and en, except where two would look alike.
constexpr std::array kCurrencies = {
    Known{"CNY", "¥"},    Known{"USD", "$"},    Known{"EUR", "€"},    Known{"GBP", "£"},
    Known{"JPY", "JPY "}, Known{"HKD", "HK$"},  Known{"TWD", "NT$"},  Known{"SGD", "S$"},
    Known{"KRW", "₩"},    Known{"INR", "₹"},    Known{"CHF", "CHF "}, Known{"AUD", "A$"},
    Known{"CAD", "C$"},   Known{"SEK", "SEK "}, Known{"NOK", "NOK "}, Known{"BRL", "R$"},
};

Wide Absolute(Wide value) { return value < 0 ? -value : value; }

std::string Group(std::string digits) {
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), ",");
  }
  return digits;
}

// Decimal places that leave three significant digits of a value below one unit.
int PlacesForThreeDigits(Wide nano) {
  int places = 2;
  for (Wide bound = kNanoPerUnit / 10; nano < bound && places < 9; bound /= 10) ++places;
  return std::min(places + 1, 9);
}

}  // namespace

Result<Currency> Currency::Parse(std::string_view code) {
  const auto* const found = std::ranges::find(kCurrencies, code, &Known::code);
  if (found == kCurrencies.end()) {
    std::string known;
    for (const Known& each : kCurrencies)
      known += (known.empty() ? "" : " ") + std::string(each.code);
    return Fail(ErrorCode::kInvalidInput, fmt::format("unknown currency '{}'", code.substr(0, 20)),
                "a currency is an ISO 4217 code in capitals", "one of: " + known);
  }
  Currency currency;
  std::ranges::copy(code, currency.code_.begin());
  return currency;
}

std::string_view Currency::Symbol() const {
  const auto* const found = std::ranges::find(kCurrencies, Code(), &Known::code);
  assert(found != kCurrencies.end());
  return found->symbol;
}

Money& Money::operator+=(const Money& other) {
  assert(currency == other.currency);
  nano += other.nano;
  return *this;
}

Money& Money::operator-=(const Money& other) {
  assert(currency == other.currency);
  nano -= other.nano;
  return *this;
}

Result<NanoMoney> ParseDecimal(std::string_view text) {
  const auto refuse = [text](std::string why) {
    return Fail(ErrorCode::kInvalidInput, fmt::format("not an amount: '{}'", text.substr(0, 40)),
                std::move(why), "write a plain decimal number, such as 0.05");
  };
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative) rest.remove_prefix(1);
  Wide value = 0;
  int decimals = -1;
  bool any_digit = false;
  for (const char c : rest) {
    if (c == '_' && any_digit) continue;
    if (c == '.' && decimals < 0) {
      decimals = 0;
      continue;
    }
    if (c < '0' || c > '9') return refuse("it has a character that no decimal number has");
    any_digit = true;
    if (decimals == 9) {
      if (c != '0') return refuse("it has more than nine decimals; money is kept in 10⁻⁹ units");
      continue;
    }
    if (decimals >= 0) ++decimals;
    value = value * 10 + (c - '0');
    if (value > Wide{INT64_MAX}) return refuse("it is too large");
  }
  if (!any_digit) return refuse("it has no digit");
  for (int place = std::max(decimals, 0); place < 9; ++place) value *= 10;
  if (value > Wide{INT64_MAX}) return refuse("it is too large: 9,223,372,036 is the most");
  return NanoMoney{static_cast<std::int64_t>(negative ? -value : value)};
}

std::string ToDecimal(Wide nano) {
  const Wide magnitude = Absolute(nano);
  std::string text = ToString(magnitude / kNanoPerUnit);
  std::string fraction = fmt::format("{:09}", static_cast<std::int64_t>(magnitude % kNanoPerUnit));
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  if (!fraction.empty()) text += "." + fraction;
  return nano < 0 ? "-" + text : text;
}

std::string ToGrouped(Wide nano, int decimals) {
  assert(decimals >= 0 && decimals <= 9);
  Wide step = 1;
  for (int place = decimals; place < 9; ++place) step *= 10;
  const Wide rounded = (Absolute(nano) + step / 2) / step;
  const Wide per_unit = kNanoPerUnit / step;
  std::string text = Group(ToString(rounded / per_unit));
  if (decimals > 0) {
    text += fmt::format(".{:0{}}", static_cast<std::int64_t>(rounded % per_unit), decimals);
  }
  return (nano < 0 && rounded != 0) ? "-" + text : text;
}

std::string Format(const Money& money) {
  const Wide magnitude = Absolute(money.nano);
  const int decimals =
      (magnitude == 0 || magnitude >= kNanoPerUnit) ? 2 : PlacesForThreeDigits(magnitude);
  return fmt::format("{}{}{}", money.nano < 0 ? "−" : "", money.currency.Symbol(),
                     ToGrouped(magnitude, decimals));
}

}  // namespace epochcost
