// Whatever lies in a mark folder, reading it ends, and delivers each file's records in their order.

#include <fcntl.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "probe/marks/mark_reader.h"
#include "probe/marks/mark_writer.h"

namespace {

using namespace epochcost::probe::marks;  // NOLINT: a fuzz target is one page

std::string MakeFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "mark-fuzz-XXXXXX").string();
  return mkdtemp(pattern.data());
}

// The records get true checksums where the input's first byte says so, so that the fuzzer is not
// stopped by them.
std::string FileOf(const std::uint8_t* data, std::size_t size) {
  const bool is_sound = size > 0 && data[0] % 2 == 0;
  const Block header = EncodeHeader({.pid = 1, .start_ticks = 1, .replica = 0});
  std::string file(header.begin(), header.end());
  if (size > 1) file.append(reinterpret_cast<const char*>(data) + 1, size - 1);
  for (std::size_t at = 128; is_sound && at + 128 <= file.size(); at += 128) {
    const std::uint32_t checksum = Checksum(std::span<const std::uint8_t, 128>(
        reinterpret_cast<const std::uint8_t*>(file.data()) + at, 128));
    file.replace(at + 124, 4, reinterpret_cast<const char*>(&checksum), 4);
  }
  return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string folder = MakeFolder();
  const std::string path = folder + "/1-1.marks";
  const std::string file = FileOf(data, size);
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0 || write(fd, file.data(), file.size()) != static_cast<ssize_t>(file.size())) abort();
  close(fd);

  auto reader = MarkReader::Open(folder, {}, 7);
  if (!reader) abort();
  std::int64_t offset = 0;
  for (int polls = 0; polls < 64; ++polls) {
    const auto read = reader->Poll();
    if (!read) abort();
    for (const auto& each : read->offsets) {
      if (each.offset < offset || each.offset > static_cast<std::int64_t>(file.size())) abort();
      offset = each.offset;
    }
  }
  return 0;
}
