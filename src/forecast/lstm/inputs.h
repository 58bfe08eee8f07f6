#pragma once
// What the network sees of a run: numbers without a unit, the same for a run that costs a cent and
// one that costs a million.

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "forecast/member.h"

namespace epochcost::forecast::lstm {

inline constexpr std::size_t kInputs = 18;

// After each finished unit: what the network is told, and the level that its answer is relative to.
struct Sequence {
  std::vector<std::array<float, kInputs>> inputs;
  std::vector<double> levels;  // the present rate: median of the last 20, the first unit left out
};

// What is planned for the whole run, finished units included.
struct Plan {
  double work = 0;
  double units = 0;
  // Evaluations declared for the whole run; 0 where the plan is silent.
  double evaluations = 0;
};

// Inputs after each of `finished`. Of a longer run only the last `longest` units are walked
// through; the numbers still count from its start.
inline constexpr std::size_t kLongest = 512;
[[nodiscard]] Sequence InputsOf(std::string_view unit, double before,
                                std::span<const Unit> finished, const Plan& plan,
                                std::size_t longest = kLongest);

[[nodiscard]] Plan PlanOf(const Known& known);
[[nodiscard]] Plan PlanOf(const CompletedRun& run);

}  // namespace epochcost::forecast::lstm
