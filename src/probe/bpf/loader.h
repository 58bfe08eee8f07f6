#pragma once
// What loading, pinning and reading of any of our eBPF objects has in common. Only for this folder.

#include <string>
#include <string_view>
#include <utility>

#include "base/ids.h"
#include "base/result.h"

namespace epochcost::probe {

// Owns a descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd();
  [[nodiscard]] int Get() const { return fd_; }
  [[nodiscard]] bool IsOpen() const { return fd_ >= 0; }
  // A second descriptor of the same thing.
  [[nodiscard]] static Fd Duplicate(int fd);

 private:
  int fd_ = -1;
};

// Sends libbpf's own messages nowhere, but keeps the first of them for BpfError.
void QuietLibbpf();
// What a refusal by libbpf or the kernel means. `result` is a negative errno.
[[nodiscard]] Error BpfError(const std::string& what, int result);

// Where a run's maps and links are kept while no meter has them open; empty where no BPF file
// system is mounted at /sys/fs/bpf.
[[nodiscard]] std::string PinFolder(const RunId& run);
// Best effort: false where it could not be pinned, and counting ends with this process.
bool Pin(const std::string& folder, std::string_view name, int fd);
// Not open if it is not there.
[[nodiscard]] Fd Unpinned(const std::string& folder, std::string_view name);

}  // namespace epochcost::probe
