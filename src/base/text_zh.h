#pragma once
// The Chinese sentences, found by the English ones.

#include <string_view>

namespace epochcost {

// Empty where there is none.
[[nodiscard]] std::string_view ChineseFor(std::string_view english);

}  // namespace epochcost
