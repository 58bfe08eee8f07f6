#include "probe/marks/mark_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/retell.h"

namespace epochcost::probe::marks {
namespace {

// So many damaged records are no accident: the file is something else.
constexpr std::int64_t kMaxDamaged = 64;

constexpr std::int64_t kMaxFileBytes = kHeaderBytes + kMaxRecords * kRecordBytes;

// As many bytes as are there, up to size; -1 and errno where the system refused.
ssize_t ReadFully(int fd, std::uint8_t* bytes, std::size_t size, std::int64_t offset) {
  std::size_t got = 0;
  while (got < size) {
    const ssize_t part =
        pread(fd, bytes + got, size - got, offset + static_cast<std::int64_t>(got));
    if (part < 0 && errno == EINTR) continue;
    if (part < 0) return -1;
    if (part == 0) break;
    got += static_cast<std::size_t>(part);
  }
  return static_cast<ssize_t>(got);
}

bool IsTransient(int error) { return error == EMFILE || error == ENFILE || error == ENOMEM; }

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    Close();
    fd_ = other.Release();
  }
  return *this;
}

void Descriptor::Close() {
  if (fd_ >= 0) close(Release());
}

int Descriptor::Release() { return std::exchange(fd_, -1); }

MarkFile::MarkFile(std::string name, WriterIdentity identity, std::int64_t offset, uid_t owner)
    : name_(std::move(name)), identity_(identity), offset_(offset), owner_(owner) {}

Result<void> MarkFile::OpenIn(int folder) {
  // O_NONBLOCK: a pipe with this name must not hold us.
  const int fd = openat(folder, name_.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) {
    const ErrorCode code = IsTransient(errno) ? ErrorCode::kUnavailable : ErrorCode::kIo;
    if (errno == ELOOP) return Fail(code, "it is a symbolic link");
    return Fail(code, ForRecord("it cannot be opened: {}", SystemReason(errno)));
  }
  file_ = Descriptor(fd);
  struct stat info{};
  if (fstat(fd, &info) != 0) return Fail(ErrorCode::kIo, SystemReason(errno));
  if (!S_ISREG(info.st_mode)) return Fail(ErrorCode::kInvalidInput, "it is not a regular file");
  if (info.st_uid != owner_ && info.st_uid != 0) {
    return Fail(ErrorCode::kPermission,
                ForRecord("it belongs to user {}, the folder to {}", info.st_uid, owner_));
  }
  if (info.st_size > kMaxFileBytes) {
    return Fail(ErrorCode::kInvalidInput, ForRecord("it has {} bytes; a mark file has at most {}",
                                                    info.st_size, kMaxFileBytes));
  }
  if (inode_ != 0 && inode_ != info.st_ino) {
    return Fail(ErrorCode::kConflict, "it was exchanged for another file of the same name");
  }
  inode_ = info.st_ino;
  return {};
}

Result<void> MarkFile::Refresh(int folder) {
  if (!file_.IsOpen()) {
    if (auto opened = OpenIn(folder); !opened) {
      file_.Close();
      return opened;
    }
  }
  Block bytes{};
  const ssize_t got = ReadFully(file_.Get(), bytes.data(), bytes.size(), 0);
  if (got < 0) return Fail(ErrorCode::kIo, ForRecord("it cannot be read: {}", SystemReason(errno)));
  if (got < kHeaderBytes) {
    if (is_known_) return Fail(ErrorCode::kCorrupt, ForRecord("it was cut to {} bytes", got));
  }
  const bool is_blank = std::ranges::all_of(bytes, [](std::uint8_t b) { return b == 0; });
  if (!is_known_ && (got < kHeaderBytes || is_blank)) {
    file_.Close();  // its writer may yet put another file in its place
    inode_ = 0;
    return Fail(ErrorCode::kUnavailable, "its header is not written yet");
  }

  auto header = DecodeHeader(bytes);
  if (!header) return tl::unexpected(std::move(header.error()));
  if (header->pid != identity_.pid || header->start_ticks != identity_.start_ticks) {
    return Fail(ErrorCode::kConflict, ForRecord("its header names process {}-{}, its name does not",
                                                header->pid, header->start_ticks));
  }
  if (header->replica < 0) {
    return Fail(ErrorCode::kInvalidInput,
                ForRecord("its replica {} is below zero", header->replica));
  }
  header_ = *header;
  is_known_ = true;
  return {};
}

Result<Entry> MarkFile::Judge(std::int64_t offset, BlockView bytes) {
  auto mark = DecodeMark(bytes, header_.replica);
  if (mark) return Entry{.offset = offset, .mark = std::move(*mark), .reason = {}};
  const bool is_damaged = mark.error().code == ErrorCode::kCorrupt;
  if (is_damaged) {
    const bool was_seen = suspect_offset_ == offset && std::ranges::equal(suspect_, bytes);
    suspect_offset_ = offset;
    std::ranges::copy(bytes, suspect_.begin());
    if (!was_seen) return Fail(ErrorCode::kUnavailable, "it may be half written");
  }
  return Entry{.offset = offset,
               .mark = std::nullopt,
               .reason = std::move(mark.error().what),
               .is_damaged = is_damaged};
}

// Nothing behind the offset is how a full file looks, and a file that somebody cut.
Result<void> MarkFile::CheckNotCut(ssize_t got) const {
  struct stat info{};
  if (got > 0 || fstat(file_.Get(), &info) != 0 || info.st_size >= offset_) return {};
  return Fail(ErrorCode::kCorrupt, ForRecord("it was cut to {} bytes; it had been read up to {}",
                                             info.st_size, offset_));
}

Result<std::vector<Entry>> MarkFile::ReadAhead(std::int64_t limit) {
  std::vector<Entry> entries;
  const std::int64_t room = (kMaxFileBytes - offset_) / kRecordBytes;
  limit = std::min(limit, room);
  std::vector<std::uint8_t> chunk;
  std::int64_t at = offset_;
  // Most polls find nothing: the first chunk is one record, the next ones grow.
  for (std::int64_t records = 1; limit > 0; records = std::min<std::int64_t>(records * 8, 512)) {
    records = std::min(records, limit);
    chunk.resize(static_cast<std::size_t>(records * kRecordBytes));
    const ssize_t got = ReadFully(file_.Get(), chunk.data(), chunk.size(), at);
    if (got < 0) {
      return Fail(ErrorCode::kIo, ForRecord("it cannot be read: {}", SystemReason(errno)));
    }
    if (auto uncut = CheckNotCut(got); !uncut) return tl::unexpected(std::move(uncut.error()));
    const std::int64_t whole = got / kRecordBytes;
    for (std::int64_t i = 0; i < whole; ++i) {
      const BlockView bytes(chunk.data() + i * kRecordBytes, 128);
      if (!IsWritten(bytes)) return entries;
      auto entry = Judge(at, bytes);
      if (!entry) return entries;
      entries.push_back(std::move(*entry));
      at += kRecordBytes;
    }
    limit -= records;
    if (whole < records) return entries;
  }
  return entries;
}

void MarkFile::Consume(const Entry& entry) {
  offset_ = entry.offset + kRecordBytes;
  is_closed_ = entry.mark && entry.mark->kind == MarkKind::kClose;
  if (entry.is_damaged) ++damaged_;
}

bool MarkFile::IsHopeless() const { return damaged_ >= kMaxDamaged; }

}  // namespace epochcost::probe::marks
