#include "recorded_runs.h"

#include <fmt/format.h>
#include <zlib.h>

#include <filesystem>

namespace epochcost::bench {
namespace {

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

}  // namespace

Result<forecast::Table> ReadTable(const std::string& path) {
  auto text = ReadWhole(std::filesystem::exists(path) ? path : path + ".gz");
  if (!text) return tl::unexpected<Error>(text.error());
  return forecast::Table::Parse(*text, path);
}

Result<std::vector<forecast::CompletedRun>> ReadRuns(const std::string& folder) {
  const auto runs = ReadTable(folder + "/mlperf_runs.csv");
  if (!runs) return tl::unexpected<Error>(runs.error());
  const auto epochs = ReadTable(folder + "/mlperf_epochs.csv");
  if (!epochs) return tl::unexpected<Error>(epochs.error());
  return forecast::RunsOf(*runs, *epochs);
}

}  // namespace epochcost::bench
