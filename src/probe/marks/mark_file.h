#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/mark.h"
#include "probe/marks/mark_format.h"

namespace epochcost::probe::marks {

// A descriptor, closed at the end of its life.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.Release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { Close(); }
  [[nodiscard]] int Get() const { return fd_; }
  [[nodiscard]] bool IsOpen() const { return fd_ >= 0; }
  void Close();

 private:
  int Release();
  int fd_ = -1;
};

// A record as it stands in the file: a mark, or why it is none.
struct Entry {
  std::int64_t offset = 0;
  std::optional<Mark> mark;
  std::string reason;
  bool is_damaged = false;  // its checksum is wrong
};

// One mark file, read with pread: whatever is done to the file, reading it is safe. One thread.
//
// Every error means that this is no mark file of this run and will not become one, except
// kUnavailable: look again at the next poll.
class MarkFile {
 public:
  // Nothing is opened yet. Reading begins at `offset`. `owner` is whose the file must be, root's
  // apart.
  MarkFile(std::string name, WriterIdentity identity, std::int64_t offset, uid_t owner);

  // Opens the file in `folder` if it is not open, and takes its header anew. Symbolic links, pipes,
  // other people's files, files that are too long, that were exchanged, or whose header does not
  // belong to their name are refused.
  Result<void> Refresh(int folder);

  // Up to `limit` records behind Offset(), which stays. A record with a wrong checksum ends the
  // list; where it stands unchanged at the next reading, it is an entry without a mark.
  Result<std::vector<Entry>> ReadAhead(std::int64_t limit);

  // The next record was taken into account.
  void Consume(const Entry& entry);

  // Gives the descriptor back; Refresh opens the file again.
  void Rest() { file_.Close(); }

  [[nodiscard]] const std::string& Name() const { return name_; }
  [[nodiscard]] std::int64_t Offset() const { return offset_; }
  [[nodiscard]] const MarkFileHeader& Header() const { return header_; }
  // A header was read at least once.
  [[nodiscard]] bool IsKnown() const { return is_known_; }
  // The newest record consumed was the writer's close mark.
  [[nodiscard]] bool IsClosed() const { return is_closed_; }
  // So many records were damaged that this is something else than a mark file.
  [[nodiscard]] bool IsHopeless() const;

 private:
  Result<void> OpenIn(int folder);
  [[nodiscard]] Result<void> CheckNotCut(ssize_t got) const;
  Result<Entry> Judge(std::int64_t offset, BlockView bytes);

  std::string name_;
  WriterIdentity identity_;
  std::int64_t offset_;
  uid_t owner_;
  Descriptor file_;
  ino_t inode_ = 0;
  MarkFileHeader header_;
  bool is_known_ = false;
  bool is_closed_ = false;
  std::int64_t damaged_ = 0;
  // A record with a wrong checksum, as it was when it was first seen.
  std::int64_t suspect_offset_ = 0;
  Block suspect_{};
};

}  // namespace epochcost::probe::marks
