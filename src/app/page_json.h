#pragma once
// The parts that the page's documents share, as openapi.json describes them.

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "base/money.h"
#include "base/wide.h"

namespace epochcost::app {

using Json = nlohmann::ordered_json;
using Given = std::map<std::string, std::string>;  // parameters of a request by name

inline Json OfMoney(Wide nano, Currency currency) {
  return {{"nano", ToString(nano)}, {"currency", currency.Code()}};
}
inline Json OfMoney(const Money& money) { return OfMoney(money.nano, money.currency); }

// A number up to 2⁵³, beyond it a string of digits.
inline Json OfInteger(Wide value) {
  constexpr Wide kLargestExactNumber = Wide{1} << 53;
  if (value > kLargestExactNumber || value < -kLargestExactNumber) return ToString(value);
  return static_cast<std::int64_t>(value);
}

// Names come from outside: what is no UTF-8 is replaced, not refused.
inline std::string Dumped(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace epochcost::app
