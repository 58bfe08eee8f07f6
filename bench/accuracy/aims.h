#pragma once
// What a class of predictions is to reach: a floor that it must, a goal beyond it, and what the
// best known tool states for such runs.

#include <optional>
#include <string_view>

namespace epochcost::accuracy {

// How rows were held back from the fit.
enum class Split { kCounts, kHalves, kLeftOut, kUnseenTable, kRegret, kMemory, kPower, kOther };

struct Aim {
  Split split;
  std::string_view table;
  std::string_view row_class;  // its beginning
  double floor;                // of the mean absolute error in %
  double goal;
  std::optional<double> p90_floor = {};
  std::optional<double> median_floor = {};
  std::optional<double> median_goal = {};
  std::string_view best_known = {};
};

// Null where nothing is asked of the class.
[[nodiscard]] const Aim* FindAim(Split split, std::string_view table, std::string_view row_class);

}  // namespace epochcost::accuracy
