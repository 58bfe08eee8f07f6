#pragma once
// "Did you mean": the word that was probably meant.

#include <span>
#include <string_view>

namespace epochcost {

// The word of `known` with the fewest edits (insert, delete, replace) to `word`, at most two; empty
// where none is so near. The first of several equally near ones.
[[nodiscard]] std::string_view Nearest(std::string_view word,
                                       std::span<const std::string_view> known);

}  // namespace epochcost
