#pragma once
// A small kernel file that is read again and again: opened once, read from its start each time.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace epochcost::probe {

// One open descriptor. Move-only. Reading allocates nothing.
class KeptFile {
 public:
  KeptFile() = default;
  KeptFile(KeptFile&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  KeptFile& operator=(KeptFile&& other) noexcept;
  KeptFile(const KeptFile&) = delete;
  KeptFile& operator=(const KeptFile&) = delete;
  ~KeptFile();

  // Errors kNotFound, kPermission, kIo, naming the path.
  [[nodiscard]] static Result<KeptFile> Open(const std::string& path);
  [[nodiscard]] bool IsOpen() const { return fd_ >= 0; }

  // The file's text as it is now, in `buffer`, at most buffer.size() bytes of it; empty where it
  // cannot be read any more (errno says why: ESRCH for a process that is gone).
  [[nodiscard]] std::string_view Read(std::vector<char>& buffer) const;

 private:
  explicit KeptFile(int fd) : fd_(fd) {}
  int fd_ = -1;
};

// A whole file, once. Same errors as KeptFile::Open.
[[nodiscard]] Result<std::string> ReadWhole(const std::string& path);

}  // namespace epochcost::probe
