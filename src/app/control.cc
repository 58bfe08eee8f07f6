#include "app/control.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

namespace epochcost::app {
namespace {

// Supervisor and meter are the same binary, so structs travel as they are behind one letter.
constexpr std::size_t kMostBytes = 60'000;

template <class Body>
std::string Pack(char kind, const Body& body) {
  std::string packet(1 + sizeof body, kind);
  std::memcpy(packet.data() + 1, &body, sizeof body);
  return packet;
}

template <class Body>
std::optional<Message> Unpack(std::string_view packet) {
  if (packet.size() != 1 + sizeof(Body)) return std::nullopt;
  Body body;
  std::memcpy(&body, packet.data() + 1, sizeof body);
  return body;
}

struct Packer {
  std::string operator()(const RootEnded& m) const { return Pack('E', m); }
  std::string operator()(const Reaped& m) const { return Pack('R', m); }
  std::string operator()(const PrintLines& m) const {
    return "P" + m.text.substr(0, kMostBytes - 1);
  }
  std::string operator()(const HoldHandles&) const { return {}; }  // goes its own way
  std::string operator()(const OutputClosed& m) const { return Pack('C', m); }
  std::string operator()(const MeterDone&) const { return "D"; }
};

}  // namespace

ControlEnd& ControlEnd::operator=(ControlEnd&& other) noexcept {
  std::swap(fd_, other.fd_);
  closed_ = other.closed_;
  return *this;
}

ControlEnd::~ControlEnd() {
  if (fd_ >= 0) close(fd_);
}

bool ControlEnd::Send(const Message& message) const {
  if (const auto* const hold = std::get_if<HoldHandles>(&message))
    return hold->handles->SendOver(fd_);
  const std::string packet = std::visit(Packer{}, message);
  return send(fd_, packet.data(), packet.size(), MSG_NOSIGNAL | MSG_DONTWAIT) ==
         static_cast<ssize_t>(packet.size());
}

std::optional<Message> ControlEnd::Receive() {
  char letter = 0;
  if (recv(fd_, &letter, 1, MSG_PEEK | MSG_DONTWAIT) == 1 && letter == probe::HandleSet::kLetter) {
    auto handles = std::make_shared<probe::HandleSet>();
    (void)handles->ReceiveFrom(fd_);  // nothing in it: it could not be received
    return HoldHandles{std::move(handles)};
  }
  std::array<char, kMostBytes> buffer{};
  const ssize_t got = recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) closed_ = true;
  if (got <= 0) return std::nullopt;
  const std::string_view packet(buffer.data(), static_cast<std::size_t>(got));
  switch (packet[0]) {
    case 'E':
      return Unpack<RootEnded>(packet);
    case 'R':
      return Unpack<Reaped>(packet);
    case 'P':
      return PrintLines{std::string(packet.substr(1))};
    case 'C':
      return Unpack<OutputClosed>(packet);
    case 'D':
      return MeterDone{};
    default:
      return std::nullopt;
  }
}

}  // namespace epochcost::app
