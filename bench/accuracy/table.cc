#include "table.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace epochcost::accuracy {
namespace {

std::vector<std::vector<std::string>> Parse(const std::string& text) {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> row;
  std::string cell;
  bool is_quoted = false;
  const auto end_row = [&] {
    row.push_back(std::move(cell));
    cell.clear();
    if (row.size() > 1 || !row.front().empty()) rows.push_back(std::move(row));
    row.clear();
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_quoted) {
      if (c != '"') {
        cell += c;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        cell += text[++i];
      } else {
        is_quoted = false;
      }
    } else if (c == '"') {
      is_quoted = true;
    } else if (c == ',') {
      row.push_back(std::move(cell));
      cell.clear();
    } else if (c == '\n') {
      end_row();
    } else if (c != '\r') {
      cell += c;
    }
  }
  if (!cell.empty() || !row.empty()) end_row();
  return rows;
}

}  // namespace

const std::string& Row::Text(const std::string& column) const {
  static const std::string kNone;
  const auto at = columns_->find(column);
  return at == columns_->end() || at->second >= cells_.size() ? kNone : cells_[at->second];
}

std::optional<double> Row::Number(const std::string& column) const {
  const std::string& text = Text(column);
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (text.empty() || end != text.c_str() + text.size()) return std::nullopt;
  return value;
}

std::int64_t Row::Count(const std::string& column, std::int64_t otherwise) const {
  const auto number = Number(column);
  return number ? static_cast<std::int64_t>(*number) : otherwise;
}

std::vector<Row> Table::Rows() const {
  std::vector<Row> rows;
  rows.reserve(cells.size());
  for (const auto& row : cells) rows.emplace_back(columns, row);
  return rows;
}

Result<Table> ReadTable(const std::string& directory, const std::string& file) {
  const std::string path = directory + "/" + file;
  std::ifstream in(path);
  Table table;
  if (!in) return table;
  std::ostringstream text;
  text << in.rdbuf();
  auto rows = Parse(text.str());
  if (rows.empty()) return Fail(ErrorCode::kCorrupt, "an empty table: " + path);
  for (std::size_t i = 0; i < rows.front().size(); ++i) table.columns[rows.front()[i]] = i;
  rows.erase(rows.begin());
  table.cells = std::move(rows);
  return table;
}

}  // namespace epochcost::accuracy
