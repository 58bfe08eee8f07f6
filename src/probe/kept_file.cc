#include "probe/kept_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace epochcost::probe {
namespace {

ErrorCode CodeOf(int errno_value) {
  if (errno_value == ENOENT || errno_value == ESRCH) return ErrorCode::kNotFound;
  if (errno_value == EACCES || errno_value == EPERM) return ErrorCode::kPermission;
  return ErrorCode::kIo;
}

}  // namespace

KeptFile& KeptFile::operator=(KeptFile&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

KeptFile::~KeptFile() {
  if (fd_ >= 0) close(fd_);
}

Result<KeptFile> KeptFile::Open(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Fail(CodeOf(errno), fmt::format("cannot read {}", path), SystemReason(errno));
  return KeptFile(fd);
}

std::string_view KeptFile::Read(std::vector<char>& buffer) const {
  std::size_t filled = 0;
  while (filled < buffer.size()) {
    const ssize_t got =
        pread(fd_, buffer.data() + filled, buffer.size() - filled, static_cast<off_t>(filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return {};
    filled += static_cast<std::size_t>(got);
    // The kernel gives such a file whole if the buffer holds it; asking again for the end of it
    // would make it write the text a second time.
    if (got == 0 || filled < buffer.size()) break;
  }
  return {buffer.data(), filled};
}

Result<std::string> ReadWhole(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Fail(CodeOf(errno), fmt::format("cannot read {}", path), SystemReason(errno));
  std::string text;
  std::vector<char> block(65536);
  while (true) {
    const ssize_t got = read(fd, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const int reason = errno;
      close(fd);
      return Fail(CodeOf(reason), fmt::format("cannot read {}", path), SystemReason(reason));
    }
    if (got == 0) break;
    text.append(block.data(), static_cast<std::size_t>(got));
  }
  close(fd);
  return text;
}

}  // namespace epochcost::probe
