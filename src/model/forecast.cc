#include "model/forecast.h"

#include <array>
#include <utility>

namespace epochcost {
namespace {

constexpr std::array<std::string_view, 3> kNames = {"low", "medium", "high"};

}  // namespace

std::string_view Name(Confidence confidence) {
  return kNames.at(static_cast<std::size_t>(confidence));
}

std::optional<Confidence> ParseConfidence(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames.at(i) == name) return static_cast<Confidence>(i);
  return std::nullopt;
}

}  // namespace epochcost
