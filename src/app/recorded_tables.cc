#include "app/recorded_tables.h"

#include <zlib.h>

#include <filesystem>

#include "base/text.h"
#include "forecast/backtest/recorded.h"

namespace epochcost::app {
namespace {

constexpr std::size_t kLeastEpochs = 3;  // to learn from a run

Result<std::string> Unpacked(const std::string& path) {
  gzFile const file = gzopen(path.c_str(), "rb");
  if (file == nullptr) return Fail(ErrorCode::kIo, Say("{} cannot be opened", path));
  std::string text;
  std::string block(1 << 20, '\0');
  int read = 0;
  while ((read = gzread(file, block.data(), static_cast<unsigned>(block.size()))) > 0)
    text.append(block, 0, static_cast<std::size_t>(read));
  const bool is_whole = read == 0;
  gzclose(file);
  if (!is_whole) return Fail(ErrorCode::kCorrupt, Say("{} cannot be unpacked", path));
  return text;
}

Result<forecast::Table> ReadTable(const std::string& folder, const std::string& name) {
  for (const std::string& path : {folder + "/" + name, folder + "/mlperf_" + name}) {
    for (const std::string& there : {path, path + ".gz"}) {
      if (!std::filesystem::exists(there)) continue;
      const auto text = Unpacked(there);
      if (!text) return tl::unexpected(text.error());
      return forecast::Table::Parse(*text, there);
    }
  }
  return Fail(ErrorCode::kNotFound, Say("no table {} in {}", name, folder), {},
              Say("--data needs runs.csv and epochs.csv, packed or not; docs/forecast-lstm.md "
                  "lists their columns"));
}

}  // namespace

Result<std::vector<forecast::CompletedRun>> ReadTables(const std::string& folder) {
  const auto runs = ReadTable(folder, "runs.csv");
  if (!runs) return tl::unexpected(runs.error());
  const auto epochs = ReadTable(folder, "epochs.csv");
  if (!epochs) return tl::unexpected(epochs.error());
  return forecast::RunsOf(*runs, *epochs, {.least_units = kLeastEpochs, .least_seconds = 0});
}

}  // namespace epochcost::app
