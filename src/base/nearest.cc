#include "base/nearest.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace epochcost {
namespace {

constexpr std::size_t kMostEdits = 2;
constexpr std::size_t kLongestWord = 64;  // what is longer is no misspelt word

std::size_t Edits(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  for (std::size_t i = 0; i < row.size(); ++i) row[i] = i;
  for (std::size_t i = 1; i <= from.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

}  // namespace

std::string_view Nearest(std::string_view word, std::span<const std::string_view> known) {
  std::string_view nearest;
  std::size_t fewest = kMostEdits + 1;
  if (word.size() > kLongestWord) return nearest;
  for (const std::string_view each : known) {
    const std::size_t edits = Edits(word, each);
    if (edits >= fewest) continue;
    fewest = edits;
    nearest = each;
  }
  return nearest;
}

}  // namespace epochcost
