#pragma once
// Recorded training runs as tables: mlperf_epochs.csv[.gz] and mlperf_runs.csv[.gz] of a folder.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "forecast/member.h"

namespace epochcost::bench {

// A table with a header line; fields may be quoted. Error kIo, kCorrupt.
class Table {
 public:
  // `path` or `path`.gz, whichever is there.
  static Result<Table> Read(const std::string& path);
  [[nodiscard]] std::size_t Rows() const { return rows_.size(); }
  // The field of that column; "" where the table has no such column.
  [[nodiscard]] std::string_view At(std::size_t row, std::string_view column) const;

 private:
  std::string text_;
  std::map<std::string, std::size_t, std::less<>> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// The runs of the protocol, in the table's order: closed division, successful, no replica of
// another log, at least 60 s and 8 complete units. A last unit that is not complete is cut off:
// what is forecast is the time of the complete ones.
[[nodiscard]] Result<std::vector<forecast::CompletedRun>> ReadRuns(const std::string& folder);

}  // namespace epochcost::bench
