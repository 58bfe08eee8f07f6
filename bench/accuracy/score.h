#pragma once
// Predictions beside measurements, one line per table and class.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "aims.h"

namespace epochcost::accuracy {

struct Scored {
  std::string table;
  std::string row_class;
  std::string label;
  double measured = 0;
  double predicted = 0;
  double low = 0;  // of the 80 % interval; 0 and 0 where none is claimed
  double high = 0;
  std::string refusal;  // why there is no prediction
};

struct Score {
  std::size_t n = 0;
  std::size_t refused = 0;
  double mean = 0;  // absolute error in %
  double median = 0;
  double p90 = 0;
  double bias = 0;      // mean signed error in %
  double coverage = 0;  // % of rows within the interval; negative: none claimed
};
[[nodiscard]] Score ScoreOf(const std::vector<Scored>& rows);

// A line per table and class under `title`, beside its floor and goal where it has such ("misses"
// names what is above its floor); with `has_rows` every prediction besides.
void Print(std::string_view title, Split split, const std::vector<Scored>& rows, bool has_rows);

// One line more: the mean over classes of the mean error, and how many rows of all their intervals
// cover.
void PrintMeanOfClasses(Split split, const std::vector<Scored>& rows);

// One line more: how far the classes' own means lie from each other and the rows of one class from
// their mean, and what one interval for all can cover of a single class because of that.
void PrintSpreadOfClasses(const std::vector<Scored>& rows);

}  // namespace epochcost::accuracy
