#pragma once
// Completed runs, condensed: what one system's runs of one workload looked like, unit by unit.

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "forecast/member.h"

namespace epochcost::forecast {

// The runs of one system, as one: the rate (cost ÷ work) of unit i is the median over the runs that
// reached it, and there are as many units as half of the runs reached.
struct Profile {
  std::string workload;
  std::string owner;
  std::string system;
  std::string unit;
  double work = 1;            // of a unit, the mean
  std::vector<double> rates;  // at least 2
  std::vector<double> until;  // until[i] = rates[0] + … + rates[i]
  std::vector<double> logs;   // natural logarithms of the rates
  double log_work = 0;
  double log_length = 0;        // of the number of units
  std::vector<double> present;  // present[i] = log(PresentRate of the first i + 1 rates)
};

// The median of the last 20 of `rates`, the first of all left out where there is another: what a
// unit costs at present. `rates` must not be empty.
[[nodiscard]] double PresentRate(std::span<const double> rates);

// One profile for each owner, system, workload and kind of unit, in the order of first appearance.
// Runs of fewer than two units are left out: there is nothing to learn from them.
[[nodiscard]] std::vector<Profile> Condense(std::span<const CompletedRun> runs);

// The median of runs that are known to be of one system. `runs` must not be empty.
[[nodiscard]] Profile MedianOf(std::span<const CompletedRun* const> runs);

// One line a profile: workload, owner, system, unit, work, the rates; separated by tabs and, the
// rates, by spaces: the first with six digits, the others in 1/10,000 of it.
[[nodiscard]] std::string WriteProfiles(std::span<const Profile> profiles);

// The inverse. Error kCorrupt, naming the line and what it should hold.
[[nodiscard]] Result<std::vector<Profile>> ReadProfiles(std::string_view text);

}  // namespace epochcost::forecast
