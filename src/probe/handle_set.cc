#include "probe/handle_set.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace epochcost::probe {
namespace {

// Above all that a program is started with, so that PlaceAt() never overwrites what it copies from.
constexpr int kLowest = 200;
constexpr std::size_t kMost = 64;
constexpr std::size_t kMostBytes = 4096;

int Raise(int fd) { return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, kLowest); }

}  // namespace

HandleSet::~HandleSet() {
  for (const auto& [name, fd] : held_) close(fd);
}

void HandleSet::Put(std::string_view name, int fd) {
  PutDuplicate(name, fd);
  if (fd >= 0) close(fd);
}

void HandleSet::PutDuplicate(std::string_view name, int fd) {
  if (Find(name) >= 0 || held_.size() == kMost) return;
  const int raised = Raise(fd);
  if (raised >= 0) held_.emplace_back(name, raised);
}

void HandleSet::Join(HandleSet& other) {
  for (const auto& [name, fd] : std::exchange(other.held_, {})) Put(name, fd);
}

void HandleSet::Share(const HandleSet& other) {
  for (const auto& [name, fd] : other.held_) PutDuplicate(name, fd);
}

int HandleSet::Find(std::string_view name) const {
  const auto found = std::ranges::find(held_, name, &std::pair<std::string, int>::first);
  return found == held_.end() ? -1 : found->second;
}

int HandleSet::Take(std::string_view name) {
  const auto found = std::ranges::find(held_, name, &std::pair<std::string, int>::first);
  if (found == held_.end()) return -1;
  const int fd = found->second;
  held_.erase(found);
  return fd;
}

int HandleSet::Duplicate(std::string_view name) const {
  const int fd = Find(name);
  return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

std::string HandleSet::Describe(int first) const {
  std::string text;
  for (const auto& [name, fd] : held_) {
    text += (text.empty() ? "" : ",") + name + "=" + std::to_string(first++);
  }
  return text;
}

HandleSet HandleSet::Parse(std::string_view text) {
  HandleSet handles;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos) continue;
    int fd = -1;
    const auto [end, fault] = std::from_chars(word.data() + equals + 1, word.end(), fd);
    if (fault != std::errc{} || end != word.end() || fd < 0) continue;
    handles.Put(word.substr(0, equals), fd);
  }
  return handles;
}

void HandleSet::PlaceAt(int first) const {
  for (const auto& [name, fd] : held_) dup2(fd, first++);
}

bool HandleSet::SendOver(int socket) const {
  std::string names(1, kLetter);
  std::array<int, kMost> fds{};
  std::size_t count = 0;
  for (const auto& [name, fd] : held_) {
    names += name + "\n";
    fds.at(count++) = fd;
  }
  iovec text{names.data(), names.size()};
  std::array<char, CMSG_SPACE(kMost * sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &text;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = CMSG_SPACE(count * sizeof(int));
  cmsghdr* const rights = CMSG_FIRSTHDR(&message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(count * sizeof(int));
  std::memcpy(CMSG_DATA(rights), fds.data(), count * sizeof(int));
  return count > 0 && sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) > 0;
}

bool HandleSet::ReceiveFrom(int socket) {
  std::array<char, kMostBytes> names{};
  std::array<char, CMSG_SPACE(kMost * sizeof(int))> control{};
  iovec text{names.data(), names.size()};
  msghdr message{};
  message.msg_iov = &text;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t got = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  const cmsghdr* const rights = got > 0 ? CMSG_FIRSTHDR(&message) : nullptr;
  if (rights == nullptr || rights->cmsg_type != SCM_RIGHTS) return false;
  std::vector<int> fds((rights->cmsg_len - CMSG_LEN(0)) / sizeof(int));
  std::memcpy(fds.data(), CMSG_DATA(rights), fds.size() * sizeof(int));
  std::string_view rest(names.data() + 1, static_cast<std::size_t>(got) - 1);
  for (const int fd : fds) {
    const std::string_view name = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), name.size() + 1));
    Put(name, fd);
  }
  return !fds.empty();
}

}  // namespace epochcost::probe
