#include "recorded_runs.h"

#include <fmt/format.h>
#include <zlib.h>

#include <charconv>
#include <cmath>
#include <filesystem>
#include <unordered_map>

namespace epochcost::bench {
namespace {

constexpr std::size_t kLeastUnits = 8;
constexpr double kLeastSeconds = 60;

Result<std::string> ReadWhole(const std::string& path) {
  gzFile const file = gzopen(path.c_str(), "rb");
  if (file == nullptr) return Fail(ErrorCode::kIo, fmt::format("cannot open {}", path));
  std::string text;
  std::string block(1 << 20, '\0');
  int read = 0;
  while ((read = gzread(file, block.data(), static_cast<unsigned>(block.size()))) > 0)
    text.append(block, 0, static_cast<std::size_t>(read));
  const bool failed = read < 0;
  gzclose(file);
  if (failed) return Fail(ErrorCode::kCorrupt, fmt::format("cannot unpack {}", path));
  return text;
}

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
  return error == std::errc{} && end == text.data() + text.size() ? value : std::nan("");
}

}  // namespace

Result<Table> Table::Read(const std::string& path) {
  const std::string packed = path + ".gz";
  auto text = ReadWhole(std::filesystem::exists(path) ? path : packed);
  if (!text) return tl::unexpected<Error>(text.error());
  Table table;
  std::string_view rest = *text;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    if (table.columns_.empty()) {
      for (const std::string& name : Fields(line))
        table.columns_.emplace(name, table.columns_.size());
    } else if (!line.empty()) {
      table.rows_.push_back(Fields(line));
      if (table.rows_.back().size() != table.columns_.size())
        return Fail(ErrorCode::kCorrupt,
                    fmt::format("{}: row {} has {} fields, not {}", path, table.rows_.size(),
                                table.rows_.back().size(), table.columns_.size()));
    }
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return table;
}

std::string_view Table::At(std::size_t row, std::string_view column) const {
  const auto found = columns_.find(column);
  return found == columns_.end() ? std::string_view{} : rows_[row][found->second];
}

Result<std::vector<forecast::CompletedRun>> ReadRuns(const std::string& folder) {
  const auto runs = Table::Read(folder + "/mlperf_runs.csv");
  if (!runs) return tl::unexpected<Error>(runs.error());
  const auto epochs = Table::Read(folder + "/mlperf_epochs.csv");
  if (!epochs) return tl::unexpected<Error>(epochs.error());
  std::unordered_map<std::string_view, std::vector<std::size_t>> units;
  for (std::size_t row = 0; row < epochs->Rows(); ++row)
    units[epochs->At(row, "run_id")].push_back(row);

  std::vector<forecast::CompletedRun> out;
  for (std::size_t row = 0; row < runs->Rows(); ++row) {
    if (runs->At(row, "division") != "closed" || runs->At(row, "status") != "success" ||
        !runs->At(row, "dup_of").empty() || !(Number(runs->At(row, "run_s")) >= kLeastSeconds))
      continue;
    const auto found = units.find(runs->At(row, "run_id"));
    if (found == units.end()) continue;
    forecast::CompletedRun run{
        .id = std::string(runs->At(row, "run_id")),
        .workload = std::string(runs->At(row, "benchmark")),
        .system = fmt::format("{} {}", runs->At(row, "round"), runs->At(row, "system")),
        .owner = std::string(runs->At(row, "submitter"))};
    bool has_work = true;
    for (const std::size_t unit : found->second) {
      if (epochs->At(unit, "complete") == "0") continue;
      if (run.units.empty()) {
        run.before = std::max(0.0, Number(epochs->At(unit, "t_start_s")));
        run.unit = std::string(epochs->At(unit, "unit"));
      }
      const double work = Number(epochs->At(unit, "work"));
      has_work = has_work && work > 0;
      run.units.push_back({.cost = Number(epochs->At(unit, "cycle_s")), .work = work});
    }
    if (run.units.size() < kLeastUnits) continue;
    bool is_sound = std::isfinite(run.before);
    for (forecast::Unit& unit : run.units) {
      if (!has_work) unit.work = 1;
      is_sound = is_sound && std::isfinite(unit.cost) && unit.cost > 0;
    }
    if (is_sound) out.push_back(std::move(run));
  }
  return out;
}

}  // namespace epochcost::bench
