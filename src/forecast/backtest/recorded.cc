#include "forecast/backtest/recorded.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <optional>
#include <unordered_map>

#include "base/text.h"

namespace epochcost::forecast {
namespace {

std::vector<std::string> Fields(std::string_view line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      fields.emplace_back();
    } else if (c != '\r') {
      fields.back() += c;
    }
  }
  return fields;
}

double Number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_whole = error == std::errc{} && end == text.data() + text.size();
  return is_whole ? value : std::numeric_limits<double>::quiet_NaN();
}

Result<void> Need(const Table& table, const std::string& name,
                  std::initializer_list<std::string_view> columns) {
  for (const std::string_view column : columns) {
    if (table.Has(column)) continue;
    return Fail(ErrorCode::kCorrupt, Say("the table of {} has no column {}", name, column), {},
                Say("docs/forecast-lstm.md lists the columns"));
  }
  return {};
}

bool Counts(const Table& runs, std::size_t row, const Protocol& protocol) {
  return (!runs.Has("division") || runs.At(row, "division") == "closed") &&
         (!runs.Has("status") || runs.At(row, "status") == "success") &&
         runs.At(row, "dup_of").empty() &&
         (!runs.Has("run_s") || Number(runs.At(row, "run_s")) >= protocol.least_seconds);
}

std::string SystemOf(const Table& runs, std::size_t row) {
  if (!runs.Has("round")) return std::string(runs.At(row, "system"));
  return fmt::format("{} {}", runs.At(row, "round"), runs.At(row, "system"));
}

// Adds the units of `rows`; false where one cannot be.
bool AddUnits(const Table& units, const std::vector<std::size_t>& rows, CompletedRun& run) {
  bool has_work = true;
  for (const std::size_t row : rows) {
    if (units.At(row, "complete") == "0") continue;
    if (run.units.empty()) {
      run.before = units.Has("t_start_s") ? std::max(0.0, Number(units.At(row, "t_start_s"))) : 0;
      run.unit = units.Has("unit") ? std::string(units.At(row, "unit")) : "epoch";
    }
    const double work = Number(units.At(row, "work"));
    has_work = has_work && work > 0 && std::isfinite(work);
    run.units.push_back({.cost = Number(units.At(row, "cycle_s")), .work = work});
  }
  bool is_sound = std::isfinite(run.before);
  for (Unit& unit : run.units) {
    if (!has_work) unit.work = 1;
    is_sound = is_sound && std::isfinite(unit.cost) && unit.cost > 0;
  }
  return is_sound;
}

}  // namespace

Result<Table> Table::Parse(std::string_view text, const std::string& name) {
  Table table;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    if (table.columns_.empty()) {
      for (const std::string& column : Fields(line))
        table.columns_.emplace(column, table.columns_.size());
    } else if (!line.empty()) {
      table.rows_.push_back(Fields(line));
      if (table.rows_.back().size() != table.columns_.size())
        return Fail(ErrorCode::kCorrupt,
                    Say("{}: row {} has {} fields, not {}", name, table.rows_.size(),
                        table.rows_.back().size(), table.columns_.size()));
    }
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return table;
}

std::string_view Table::At(std::size_t row, std::string_view column) const {
  const auto found = columns_.find(column);
  return found == columns_.end() ? std::string_view{} : rows_[row][found->second];
}

Result<std::vector<CompletedRun>> RunsOf(const Table& runs, const Table& units,
                                         const Protocol& protocol) {
  for (const auto& checked : {Need(runs, "runs", {"run_id", "benchmark", "system", "submitter"}),
                              Need(units, "epochs", {"run_id", "cycle_s"})}) {
    if (!checked) return tl::unexpected<Error>(checked.error());
  }
  std::unordered_map<std::string_view, std::vector<std::size_t>> rows_of;
  for (std::size_t row = 0; row < units.Rows(); ++row)
    rows_of[units.At(row, "run_id")].push_back(row);
  std::vector<CompletedRun> out;
  for (std::size_t row = 0; row < runs.Rows(); ++row) {
    if (!Counts(runs, row, protocol)) continue;
    const auto rows = rows_of.find(runs.At(row, "run_id"));
    if (rows == rows_of.end()) continue;
    CompletedRun run{.id = std::string(runs.At(row, "run_id")),
                     .workload = std::string(runs.At(row, "benchmark")),
                     .system = SystemOf(runs, row),
                     .owner = std::string(runs.At(row, "submitter"))};
    if (AddUnits(units, rows->second, run) && run.units.size() >= protocol.least_units)
      out.push_back(std::move(run));
  }
  return out;
}

}  // namespace epochcost::forecast
