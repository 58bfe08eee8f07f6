#include "app/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/auxv.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <optional>

#include "base/text.h"
#include "probe/kept_file.h"
#include "probe/proc/text.h"

namespace epochcost::app {
namespace {

// Everything between fork and exec must be async-signal-safe: no allocation here.
[[noreturn]] void Become(const ChildPlan& plan, char* const* argv, int report, int gate) {
  for (const int entry : plan.cgroup_entry_fds) {
    // A refusal is found out by the meter, which looks where the process is.
    if (write(entry, "0", 1) < 0) continue;
  }
  char go = 0;
  while (gate >= 0 && read(gate, &go, 1) < 0 && errno == EINTR) continue;
  if (plan.stdout_fd >= 0) dup2(plan.stdout_fd, STDOUT_FILENO);
  if (plan.stderr_fd >= 0) dup2(plan.stderr_fd, STDERR_FILENO);
  if (!plan.ignores_pipe_signal) signal(SIGPIPE, SIG_DFL);
  sigprocmask(SIG_SETMASK, &plan.signal_mask, nullptr);
  execvp(argv[0], argv);
  const int refused = errno;
  if (write(report, &refused, sizeof refused) < 0) _exit(127);
  _exit(127);
}

tl::expected<Child, NoSuchProgram> Refused(const std::string& program, int reason) {
  if (reason == ENOENT) {
    return tl::unexpected(NoSuchProgram{
        127, Error{ErrorCode::kNotFound, Say("no such program: {}", program), SystemReason(reason),
                   Say("check the spelling and PATH; what follows -- is run as it stands")}});
  }
  return tl::unexpected(NoSuchProgram{
      126, Error{ErrorCode::kPermission, Say("cannot execute {}", program), SystemReason(reason),
                 Say("is it a program? A script needs a first line such as #!/usr/bin/env python3 "
                     "and chmod +x")}});
}

}  // namespace

std::int64_t StartTicks(pid_t pid) {
  const auto text = probe::ReadWhole(fmt::format("/proc/{}/stat", pid));
  const auto stat = text ? probe::ParseStat(*text) : std::nullopt;
  return stat ? stat->start_ticks : 0;
}

void ExecuteOwnProgram(char* const* argv) {
  execv("/proc/self/exe", argv);
  // NOLINTNEXTLINE(performance-no-int-to-ptr): the kernel hands it over as a number
  const auto* const started_by = reinterpret_cast<const char*>(getauxval(AT_EXECFN));
  if (started_by != nullptr) execv(started_by, argv);
}

bool IsRunning(pid_t pid, std::int64_t start_ticks) {
  const auto text = probe::ReadWhole(fmt::format("/proc/{}/stat", pid));
  const auto stat = text ? probe::ParseStat(*text) : std::nullopt;
  return stat && stat->start_ticks == start_ticks && stat->state != 'Z' && stat->state != 'X';
}

tl::expected<Child, NoSuchProgram> Start(const ChildPlan& plan) {
  std::vector<char*> argv;
  for (const std::string& word : plan.command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  std::array<int, 2> report{};
  if (pipe2(report.data(), O_CLOEXEC) != 0) return Refused(plan.command[0], errno);
  std::array<int, 2> gate = {-1, -1};  // a refusal costs the waiting, not the start
  if (plan.before_exec && pipe2(gate.data(), O_CLOEXEC) != 0) gate = {-1, -1};
  for (const std::string& variable : plan.environment) {
    const std::size_t equals = variable.find('=');
    setenv(variable.substr(0, equals).c_str(), variable.substr(equals + 1).c_str(), 1);
  }
  const pid_t pid = fork();
  if (pid == 0) {
    if (gate[1] >= 0) close(gate[1]);  // who forked us may die: then the gate is open
    Become(plan, argv.data(), report[1], gate[0]);
  }
  const int fork_error = errno;
  close(report[1]);
  if (gate[0] >= 0) close(gate[0]);
  if (pid < 0) {
    if (gate[1] >= 0) close(gate[1]);
    close(report[0]);
    return Refused(plan.command[0], fork_error);
  }
  const Child child{pid, StartTicks(pid)};
  if (plan.before_exec) plan.before_exec(child);
  // A byte rather than an end of file: whatever was forked meanwhile holds the gate as well.
  if (gate[1] >= 0 && write(gate[1], "g", 1) < 0) kill(pid, SIGKILL);
  if (gate[1] >= 0) close(gate[1]);
  int refused = 0;
  ssize_t got = 0;
  do {  // ends at once when exec closes the pipe
    got = read(report[0], &refused, sizeof refused);
  } while (got < 0 && errno == EINTR);
  close(report[0]);
  if (got == sizeof refused) {
    waitpid(pid, nullptr, 0);
    return Refused(plan.command[0], refused);
  }
  return child;
}

}  // namespace epochcost::app
