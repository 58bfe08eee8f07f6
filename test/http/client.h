#pragma once
// A client that does exactly what a test says, byte by byte.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace epochcost::http_test {

struct Reply {
  int status = 0;  // 0: the server closed without an answer
  std::string head;
  std::string body;
  [[nodiscard]] std::string Header(std::string_view name) const {
    const std::size_t at = head.find("\r\n" + std::string(name) + ": ");
    if (at == std::string::npos) return {};
    const std::size_t begin = at + name.size() + 4;
    return head.substr(begin, head.find("\r\n", begin) - begin);
  }
};

class Client {
 public:
  explicit Client(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    if (connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) Close();
  }
  ~Client() { Close(); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  // Sends no more, reads on.
  void HalfClose() { shutdown(fd_, SHUT_WR); }

  // The next answer.
  Reply Receive() {
    Reply reply;
    while (buffer_.find("\r\n\r\n") == std::string::npos) {
      if (!Fill()) return reply;
    }
    const std::size_t end = buffer_.find("\r\n\r\n") + 4;
    reply.head = buffer_.substr(0, end);
    buffer_.erase(0, end);
    reply.status = std::stoi(reply.head.substr(9, 3));
    const std::string length = reply.Header("Content-Length");
    const std::size_t size = length.empty() ? 0 : std::stoul(length);
    while (buffer_.size() < size && Fill()) {
    }
    reply.body = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return reply;
  }

  // Everything up to and with `text`; what came so far if the connection ends before.
  std::string ReadUntil(std::string_view text) {
    for (;;) {
      const std::size_t at = buffer_.find(text);
      if (at != std::string::npos) {
        std::string read = buffer_.substr(0, at + text.size());
        buffer_.erase(0, at + text.size());
        return read;
      }
      if (!Fill()) return std::move(buffer_);
    }
  }

  // Whether the server closes within the time.
  bool IsClosedWithin(int milliseconds) {
    pollfd wait{fd_, POLLIN, 0};
    while (poll(&wait, 1, milliseconds) == 1) {
      if (!Fill()) return true;
    }
    return false;
  }

 private:
  bool Fill() {
    constexpr int kPatience = 20'000;
    pollfd wait{fd_, POLLIN, 0};
    if (poll(&wait, 1, kPatience) != 1) return false;
    char bytes[16384];
    const ssize_t read = recv(fd_, bytes, sizeof bytes, 0);
    if (read <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(read));
    return true;
  }
  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

  int fd_;
  std::string buffer_;
};

}  // namespace epochcost::http_test
