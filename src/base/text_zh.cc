#include "base/text_zh.h"

#include <algorithm>
#include <array>

namespace epochcost {
namespace {

struct Pair {
  std::string_view english;
  std::string_view chinese;
};

// One file a room, so that a room's sentences stand together. Sorted here, at compile time.
constexpr auto kPairs = [] {
  std::array pairs = std::to_array<Pair>({
#include "base/text_zh/api.inc"
#include "base/text_zh/app.inc"
#include "base/text_zh/base.inc"
#include "base/text_zh/estimate.inc"
#include "base/text_zh/forecast.inc"
#include "base/text_zh/ledger.inc"
#include "base/text_zh/meter.inc"
#include "base/text_zh/probe.inc"
#include "base/text_zh/store.inc"
#include "base/text_zh/tariff.inc"
  });
  std::ranges::sort(pairs, {}, &Pair::english);
  return pairs;
}();

static_assert(std::ranges::adjacent_find(kPairs, {}, &Pair::english) == kPairs.end(),
              "a sentence has two translations");

}  // namespace

void ForEachPair(
    const std::function<void(std::string_view english, std::string_view chinese)>& see) {
  for (const Pair& pair : kPairs) see(pair.english, pair.chinese);
}

std::string_view ChineseFor(std::string_view english) {
  const auto* const found = std::ranges::lower_bound(kPairs, english, {}, &Pair::english);
  return (found != kPairs.end() && found->english == english) ? found->chinese : std::string_view{};
}

}  // namespace epochcost
