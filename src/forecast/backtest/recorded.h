#pragma once
// Recorded training runs as two tables: the runs, and their units.

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "forecast/member.h"

namespace epochcost::forecast {

// A table with a header line; fields may be quoted.
class Table {
 public:
  // `name` is how an error names it. Error kCorrupt: a row has another number of fields than the
  // header; names the row.
  [[nodiscard]] static Result<Table> Parse(std::string_view text, const std::string& name);
  [[nodiscard]] std::size_t Rows() const { return rows_.size(); }
  [[nodiscard]] bool Has(std::string_view column) const { return columns_.contains(column); }
  // The field of that column; "" where the table has no such column.
  [[nodiscard]] std::string_view At(std::size_t row, std::string_view column) const;

 private:
  std::map<std::string, std::size_t, std::less<>> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// Which runs count.
struct Protocol {
  std::size_t least_units = 8;
  double least_seconds = 60;
};

// The runs of the tables, in the order of `runs`: successful, of the closed division and no replica
// where it says so. Columns of `runs`: run_id, benchmark, system, submitter; where there are:
// round, division, status, dup_of, run_s. Of `units`, a row a unit, in order: run_id, cycle_s
// (seconds from its start to the next one's); where there are: t_start_s, unit, work, complete. A
// last unit that is not complete is cut off. A run with a unit that cost nothing, or a negative or
// endless amount, is left out. Error kCorrupt: a column is missing; names it.
[[nodiscard]] Result<std::vector<CompletedRun>> RunsOf(const Table& runs, const Table& units,
                                                       const Protocol& protocol = {});

}  // namespace epochcost::forecast
