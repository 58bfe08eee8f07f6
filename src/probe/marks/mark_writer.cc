#include "probe/marks/mark_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <span>
#include <sstream>

namespace epochcost::probe::marks {
namespace {

constexpr std::int64_t kMaxGrowth = 1 << 20;

tl::unexpected<Error> Refused(const std::string& path, int error) {
  const bool is_full = error == ENOSPC || error == EDQUOT;
  return Fail(is_full ? ErrorCode::kUnavailable : ErrorCode::kIo,
              fmt::format("cannot write marks to {}", path), SystemReason(error));
}

bool WriteAt(int fd, std::span<const std::uint8_t> bytes, std::int64_t offset) {
  ssize_t put = -1;
  do {
    put = pwrite(fd, bytes.data(), bytes.size(), offset);
  } while (put < 0 && errno == EINTR);
  if (put >= 0 && put != static_cast<ssize_t>(bytes.size())) errno = ENOSPC;
  return put == static_cast<ssize_t>(bytes.size());
}

// Field 22 of /proc/self/stat; 0 where there is no /proc. The name, field 2, may hold anything,
// even brackets: fields are counted from behind its last bracket.
std::int64_t OwnStart() {
  std::ifstream file("/proc/self/stat");
  const std::string stat{std::istreambuf_iterator<char>(file), {}};
  const std::size_t bracket = stat.rfind(')');
  if (bracket == std::string::npos) return 0;
  std::istringstream fields(stat.substr(bracket + 1));
  std::string field;
  for (int number = 3; number <= 22; ++number) fields >> field;
  std::int64_t start = 0;
  std::from_chars(field.data(), field.data() + field.size(), start);
  return start;
}

// Where the next record goes: behind the last one that was written.
std::int64_t FindEnd(int fd, std::int64_t size) {
  std::int64_t end = kHeaderBytes;
  for (Block record{}; end + kRecordBytes <= size; end += kRecordBytes) {
    if (pread(fd, record.data(), record.size(), end) != kRecordBytes || !IsWritten(record)) break;
  }
  return end;
}

// The file appears whole, or not at all: it is made under another name.
int Make(const std::string& path, const MarkFileHeader& header) {
  const std::string making = path + ".new";
  const Descriptor file(
      open(making.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.IsOpen()) return errno;
  const int refused = posix_fallocate(file.Get(), 0, kHeaderBytes + kFirstRecords * kRecordBytes);
  if (refused != 0) return refused;
  if (!WriteAt(file.Get(), EncodeHeader(header), 0)) return errno;
  return std::rename(making.c_str(), path.c_str()) == 0 ? 0 : errno;
}

}  // namespace

Result<MarkWriter> MarkWriter::Open(const std::string& folder, const MarkFileHeader& header) {
  MarkWriter writer;
  writer.path_ = folder + "/" + MarkFileName(header.pid, header.start_ticks);
  if (access(writer.path_.c_str(), F_OK) != 0) {
    if (const int refused = Make(writer.path_, header); refused != 0) {
      unlink((writer.path_ + ".new").c_str());
      return Refused(writer.path_, refused);
    }
  }
  writer.file_ = Descriptor(open(writer.path_.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC));
  struct stat info{};
  if (!writer.file_.IsOpen() || fstat(writer.file_.Get(), &info) != 0) {
    return Refused(writer.path_, errno);
  }
  writer.size_ = info.st_size;
  writer.end_ = FindEnd(writer.file_.Get(), info.st_size);
  return writer;
}

Result<MarkWriter> MarkWriter::Create(const std::string& folder) {
  return Open(folder, {.pid = static_cast<std::uint32_t>(getpid()), .start_ticks = OwnStart()});
}

Result<void> MarkWriter::Append(const Mark& mark) {
  if (end_ >= kHeaderBytes + kMaxRecords * kRecordBytes) {
    return Fail(ErrorCode::kUnavailable,
                fmt::format("{} is full: a mark file has at most {} records", path_, kMaxRecords));
  }
  if (end_ + kRecordBytes > size_) {
    const std::int64_t growth = std::min(size_, kMaxGrowth);
    const int refused = posix_fallocate(file_.Get(), size_, growth);
    if (refused != 0) return Refused(path_, refused);
    size_ += growth;
  }
  const Block record = EncodeMark(mark);
  // The kind goes last: until then the record has not been written.
  if (!WriteAt(file_.Get(), std::span(record).subspan(4), end_ + 4) ||
      !WriteAt(file_.Get(), std::span(record).first(4), end_)) {
    return Refused(path_, errno);
  }
  end_ += kRecordBytes;
  return {};
}

Result<void> MarkWriter::Count(std::int64_t steps, std::int64_t samples, BootTime last_step) {
  const std::array<std::int64_t, 3> counters = {steps, samples, last_step.ns};
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(counters.data());
  if (!WriteAt(file_.Get(), {bytes, sizeof(counters)}, kCountersOffset)) {
    return Refused(path_, errno);
  }
  return {};
}

}  // namespace epochcost::probe::marks
