#include "app/page_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <vector>

#include "api/http/tokens.h"
#include "app/child.h"
#include "base/text.h"

namespace epochcost::app {
namespace {

constexpr std::uint16_t kUsualPort = 7431;
constexpr const char* kTokenVariable = "EPOCHCOST_PAGE_TOKEN";
constexpr const char* kIdleVariable = "EPOCHCOST_PAGE_IDLE";
constexpr const char* kHalfAnHour = "1800";

struct Listening {
  int fd = -1;
  std::uint16_t port = 0;
};

int ListenAt(int fd, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  const int yes = 1;
  (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return errno;
  return listen(fd, 1024) == 0 ? 0 : errno;
}

// The usual port; where it is taken, any that is free.
Result<Listening> Listen() {
  int refused = 0;
  for (const std::uint16_t port : {kUsualPort, std::uint16_t{0}}) {
    Listening listening;
    listening.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    refused = listening.fd < 0 ? errno : ListenAt(listening.fd, port);
    sockaddr_in address{};
    socklen_t size = sizeof address;
    if (refused == 0 &&
        getsockname(listening.fd, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
      listening.port = ntohs(address.sin_port);
      return listening;
    }
    if (listening.fd >= 0) close(listening.fd);
  }
  return Fail(ErrorCode::kIo, Say("cannot show the page"), SystemReason(refused),
              Say("epochcost serve shows it at another time"));
}

// In the child: becomes the page's process, in a session of its own, without a terminal.
[[noreturn]] void Become(const std::vector<const char*>& arguments, int listening) {
  setsid();
  if (fork() != 0) _exit(0);  // nobody's child: whoever started us need not wait
  const int nothing = open("/dev/null", O_RDWR);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(nothing, fd);
  fcntl(listening, F_SETFD, 0);
  ExecuteOwnProgram(const_cast<char* const*>(arguments.data()));
  _exit(1);
}

}  // namespace

Result<std::string> StartPageBesideRun(const std::string& data_home, const std::string& ledger,
                                       const RunId& run) {
  const auto listening = Listen();
  if (!listening) return tl::unexpected(listening.error());
  const std::string token = api::http::NewToken();
  const char* const asked = std::getenv(kIdleVariable);  // NOLINT(concurrency-mt-unsafe)
  const std::string fd = std::to_string(listening->fd);
  const std::vector<const char*> arguments = {
      "epochcost",      "--db",     ledger.c_str(),   "serve",
      "--listening-fd", fd.c_str(), "--idle-seconds", asked != nullptr ? asked : kHalfAnHour,
      nullptr};
  const pid_t child = fork();
  if (child == 0) {
    setenv(kTokenVariable, token.c_str(), 1);        // NOLINT(concurrency-mt-unsafe)
    setenv("EPOCHCOST_HOME", data_home.c_str(), 1);  // NOLINT(concurrency-mt-unsafe)
    Become(arguments, listening->fd);
  }
  const int reason = errno;
  close(listening->fd);
  if (child < 0) return Fail(ErrorCode::kIo, Say("cannot show the page"), SystemReason(reason));
  waitpid(child, nullptr, 0);
  return fmt::format("http://127.0.0.1:{}/r/{}?token={}", listening->port, run.Value(), token);
}

std::string TakePageToken() {
  const char* const token = std::getenv(kTokenVariable);  // NOLINT(concurrency-mt-unsafe)
  std::string taken = token != nullptr ? token : "";
  unsetenv(kTokenVariable);  // NOLINT(concurrency-mt-unsafe)
  return taken;
}

}  // namespace epochcost::app
