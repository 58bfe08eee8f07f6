#pragma once
// Tables of measured runs: comma-separated, quoted where a cell has a comma, a header first.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace epochcost::accuracy {

class Row {
 public:
  Row(const std::map<std::string, std::size_t>& columns, std::vector<std::string> cells)
      : columns_(&columns), cells_(std::move(cells)) {}
  // "" where the table has no such column.
  [[nodiscard]] const std::string& Text(const std::string& column) const;
  [[nodiscard]] std::optional<double> Number(const std::string& column) const;
  // A whole number, or `otherwise` where the cell is empty.
  [[nodiscard]] std::int64_t Count(const std::string& column, std::int64_t otherwise = 0) const;

 private:
  const std::map<std::string, std::size_t>* columns_;
  std::vector<std::string> cells_;
};

struct Table {
  std::map<std::string, std::size_t> columns;
  std::vector<std::vector<std::string>> cells;
  [[nodiscard]] std::vector<Row> Rows() const;
};

// A file that is not there is an empty table: a directory need not have all.
[[nodiscard]] Result<Table> ReadTable(const std::string& directory, const std::string& file);

}  // namespace epochcost::accuracy
