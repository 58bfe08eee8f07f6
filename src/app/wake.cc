#include "app/wake.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>

namespace epochcost::app {
namespace {

// An address for `path`, by way of the folder's descriptor where the path itself is too long.
class Address {
 public:
  explicit Address(const std::string& path) {
    address_.sun_family = AF_UNIX;
    std::string shown = path;
    if (shown.size() >= sizeof address_.sun_path) {
      const std::filesystem::path whole(path);
      folder_ = open(whole.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
      shown = fmt::format("/proc/self/fd/{}/{}", folder_, whole.filename().string());
    }
    shown.copy(address_.sun_path, sizeof address_.sun_path - 1);
  }
  Address(const Address&) = delete;
  Address& operator=(const Address&) = delete;
  ~Address() {
    if (folder_ >= 0) close(folder_);
  }
  [[nodiscard]] const sockaddr* Get() const { return reinterpret_cast<const sockaddr*>(&address_); }
  [[nodiscard]] static socklen_t Size() { return sizeof(sockaddr_un); }

 private:
  sockaddr_un address_{};
  int folder_ = -1;
};

int OpenSocket() { return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }

}  // namespace

int OpenWakeSocket(const std::string& path) {
  const int fd = OpenSocket();
  if (fd < 0) return -1;
  unlink(path.c_str());
  if (bind(fd, Address(path).Get(), Address::Size()) != 0) {
    close(fd);
    return -1;
  }
  chmod(path.c_str(), 0600);
  return fd;
}

void Wake(const std::string& path) {
  const int fd = OpenSocket();
  if (fd < 0) return;
  sendto(fd, "w", 1, MSG_NOSIGNAL, Address(path).Get(), Address::Size());
  close(fd);
}

}  // namespace epochcost::app
