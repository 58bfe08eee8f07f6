#pragma once
// The Chinese sentences, found by the English ones.

#include <functional>
#include <string_view>

namespace epochcost {

// Empty where there is none.
[[nodiscard]] std::string_view ChineseFor(std::string_view english);

// Calls `see` with every pair, in the order of the English sentences.
void ForEachPair(
    const std::function<void(std::string_view english, std::string_view chinese)>& see);

}  // namespace epochcost
