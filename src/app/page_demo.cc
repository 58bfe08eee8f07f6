#include "app/page_demo.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "base/text.h"

namespace epochcost::app {
namespace {

// Epochs are recognised from what it prints. Some take longer, as trainings' do.
constexpr const char* kProgram =
    "n=1; while [ $n -le 12 ]; do echo \"Epoch $n/12\"; i=0; "
    "while [ $i -lt $((500000 + n % 4 * 60000)) ]; do i=$((i+1)); done; sleep 0.3; n=$((n+1)); "
    "done";

using Words = std::vector<const char*>;

// In the child: becomes the run, in a session of its own, without a terminal. Allocates nothing:
// another thread of the server may have held the allocator's lock when it was forked.
[[noreturn]] void Become(const Words& arguments, const Words& environment) {
  setsid();
  if (fork() != 0) _exit(0);  // nobody's child: the server need not wait
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);  // the server's threads block what ends it
  signal(SIGPIPE, SIG_DFL);
  const int nothing = open("/dev/null", O_RDWR);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(nothing, fd);
  execve("/proc/self/exe", const_cast<char* const*>(arguments.data()),
         const_cast<char* const*>(environment.data()));
  _exit(1);
}

}  // namespace

Result<void> StartDemo(const std::string& data_home, const std::string& ledger) {
  using Clock = std::chrono::steady_clock;
  static std::mutex mutex;
  static std::optional<Clock::time_point> last;
  const std::lock_guard lock(mutex);
  const auto now = Clock::now();
  if (last && now - *last < std::chrono::seconds(10)) {
    return Fail(ErrorCode::kConflict, Say("a demonstration was just started"),
                Say("it appears in the list of runs"), "");
  }
  const Words arguments = {"epochcost",  "--db",   ledger.c_str(), "run",      "--project",
                           kDemoProject, "--name", "demo",         "--epochs", "12",
                           "--budget",   "1",      "--",           "/bin/sh",  "-c",
                           kProgram,     nullptr};
  const std::string home = "EPOCHCOST_HOME=" + data_home;
  Words environment = {home.c_str()};
  for (char** each = environ; *each != nullptr; ++each) {
    if (!std::string_view(*each).starts_with("EPOCHCOST_")) environment.push_back(*each);
  }
  environment.push_back(nullptr);
  const pid_t child = fork();
  if (child == 0) Become(arguments, environment);
  if (child < 0) {
    return Fail(ErrorCode::kIo, Say("cannot start a demonstration"), SystemReason(errno));
  }
  waitpid(child, nullptr, 0);
  last = now;
  return {};
}

}  // namespace epochcost::app
