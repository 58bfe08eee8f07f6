#pragma once
// A completed run asked as if it were not: what was known after so many units, and what came.

#include <span>
#include <string>
#include <vector>

#include "forecast/member.h"

namespace epochcost::forecast {

// How many units were finished when `share` of the planned work was: at least 1. `run` has units.
[[nodiscard]] std::size_t UnitsAt(const CompletedRun& run, double share);

// A question about `run` after `done` units (0 < done < all), and its answer. Owns what the Known
// borrows; it borrows the run and the earlier ones.
class Trial {
 public:
  Trial(const CompletedRun& run, std::size_t done, std::span<const CompletedRun* const> earlier);
  Trial(Trial&&) = default;

  [[nodiscard]] Known Asked() const;
  [[nodiscard]] double Rest() const { return rest_; }    // what the units ahead did cost
  [[nodiscard]] double Total() const { return total_; }  // of the whole run, setup included

 private:
  const CompletedRun* run_;
  std::size_t done_;
  std::vector<PlannedUnit> ahead_;
  std::vector<const CompletedRun*> earlier_;
  double rest_ = 0;
  double total_ = 0;
};

// For each run, those before it in `runs` of the same owner, workload, system and unit: the latest
// first, at most eight.
[[nodiscard]] std::vector<std::vector<const CompletedRun*>> EarlierOfEach(
    std::span<const CompletedRun> runs);

}  // namespace epochcost::forecast
