#include "app/supervisor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "base/log.h"
#include "base/text.h"

namespace epochcost::app {
namespace {

constexpr std::array kPassedOn = {SIGINT,  SIGTERM, SIGQUIT, SIGHUP,
                                  SIGUSR1, SIGUSR2, SIGTSTP, SIGCONT};
constexpr int kMostMeterStarts = 20;
// How long the meter may take to write the last lines; a locked database is waited for in there.
constexpr Nanos kMeterPatience{90 * kNanosPerSecond};
// A kernel that has not loaded a few hundred instructions by then is not waited for.
constexpr int kLoadPatienceMs = 3000;
constexpr int kFirstHandle = 4;  // of a meter; 3 is its control end
// A line of ours waits this long for the training to end its own line.
constexpr Nanos kLinePatience{2 * kNanosPerSecond};

std::int64_t CpuNanos(const rusage& usage) {
  const auto nanos = [](const timeval& t) {
    return std::int64_t{t.tv_sec} * kNanosPerSecond + t.tv_usec * 1000;
  };
  return nanos(usage.ru_utime) + nanos(usage.ru_stime);
}

int ExitCodeOf(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void WriteToStderr(std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = write(STDERR_FILENO, text.data(), text.size());
    if (put > 0) text.remove_prefix(static_cast<std::size_t>(put));
    if (put < 0 && errno != EINTR && errno != EAGAIN) return;
  }
}

}  // namespace

SupervisorOutcome Supervisor::Run() {
  SupervisorOutcome outcome;
  const Result<void> prepared = Prepare();
  if (!prepared)
    return {.exit_code = 125, .meter_finished = false, .not_started = prepared.error()};
  if (plan_.count_first)
    plan_.child.before_exec = [this](const Child& child) { CountFirst(child); };
  auto child = Start(plan_.child);
  if (!child) {
    return {.exit_code = child.error().exit_code,
            .meter_finished = false,
            .not_started = child.error().error};
  }
  child_ = *child;
  for (const int fd : {plan_.child.stdout_fd, plan_.child.stderr_fd}) {
    if (fd > STDERR_FILENO) close(fd);
  }
  StartMeter();
  Watch();
  if (plan_.ended) plan_.ended(*exit_code_);
  FinishMeter();
  LeaveOutputToDrain();
  outcome.exit_code = *exit_code_;
  outcome.meter_finished = meter_done_;
  return outcome;
}

Result<void> Supervisor::Prepare() {
  struct sigaction pipe_action{};
  sigaction(SIGPIPE, nullptr, &pipe_action);
  plan_.child.ignores_pipe_signal = pipe_action.sa_handler == SIG_IGN;
  signal(SIGPIPE, SIG_IGN);
  signal(SIGTTOU, SIG_IGN);
  sigset_t watched;
  sigemptyset(&watched);
  for (const int number : kPassedOn) sigaddset(&watched, number);
  sigaddset(&watched, SIGCHLD);
  sigaddset(&watched, SIGWINCH);
  sigprocmask(SIG_BLOCK, &watched, &plan_.child.signal_mask);
  signals_ = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals_ < 0)
    return Fail(ErrorCode::kIo, Say("cannot watch for signals"), SystemReason(errno));
  // Orphans of the training come to us, so that their CPU time is not lost where there is no
  // cgroup.
  prctl(PR_SET_CHILD_SUBREAPER, 1);

  const Result<OutputPlan> output = PlanOutput();
  if (!output) return tl::unexpected(output.error());
  plan_.child.stdout_fd = output->child_stdout;
  plan_.child.stderr_fd = output->child_stderr;
  if (output->is_terminal)
    terminal_ = output->our_stdout >= 0 && isatty(STDOUT_FILENO) != 0 ? output->our_stdout
                                                                      : output->our_stderr;
  const auto looker = [this](int stream) {
    return [this, stream](std::string_view bytes) {
      if (plan_.look) plan_.look(stream, bytes);
    };
  };
  relays_.reserve(2);  // the lookers do not move, the relays must not either
  if (output->our_stdout >= 0) relays_.emplace_back(output->our_stdout, STDOUT_FILENO, looker(0));
  if (output->our_stderr >= 0) relays_.emplace_back(output->our_stderr, STDERR_FILENO, looker(1));
  return {};
}

// In a process of its own: what loading takes (memory, and perhaps for ever) is not ours to bear.
void Supervisor::CountFirst(const Child& child) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) return;
  const pid_t loader = fork();
  if (loader == 0) {
    const probe::HandleSet handles = plan_.count_first(child);
    _exit(handles.SendOver(ends[1]) ? 0 : 1);
  }
  close(ends[1]);  // so that a loader that has nothing, or dies, ends the waiting
  if (loader > 0) {
    pollfd wait{ends[0], POLLIN, 0};
    const int answered = poll(&wait, 1, kLoadPatienceMs);
    if (answered > 0) (void)handles_.ReceiveFrom(ends[0]);
    if (answered == 0) LogWarning("loading eBPF takes too long; the program starts without");
    kill(loader, SIGKILL);
    waitpid(loader, nullptr, 0);
  }
  close(ends[0]);
}

// What counts in the kernel; and the ends of the output, which a meter does not touch while we
// live.
probe::HandleSet Supervisor::ForMeter() const {
  probe::HandleSet given;
  given.Share(handles_);
  for (const Relay& relay : relays_) {
    if (!relay.IsOpen()) continue;
    const std::string stream = relay.Sink() == STDOUT_FILENO ? "stdout" : "stderr";
    given.PutDuplicate(stream + "_from", relay.Source());
    given.PutDuplicate(stream + "_to", relay.Sink());
  }
  return given;
}

void Supervisor::StartMeter() {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) return;
  std::vector<std::string> command = plan_.meter_command;
  command.insert(command.end(),
                 {"--root-pid", std::to_string(child_.pid), "--root-start",
                  std::to_string(child_.start_ticks), "--supervisor", std::to_string(getpid())});
  const probe::HandleSet given = ForMeter();
  if (!given.IsEmpty()) command.insert(command.end(), {"--handles", given.Describe(kFirstHandle)});
  std::vector<char*> argv;
  for (std::string& word : command) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t pid = fork();
  if (pid == 0) {
    setsid();  // the terminal's signals are not for the meter
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    const int nothing = open("/dev/null", O_RDWR);
    const int log = open(plan_.meter_log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(nothing, STDIN_FILENO);
    dup2(log >= 0 ? log : nothing, STDOUT_FILENO);
    dup2(log >= 0 ? log : nothing, STDERR_FILENO);
    dup2(ends[1], 3);
    given.PlaceAt(kFirstHandle);
    closefrom(kFirstHandle + static_cast<int>(given.Size()));
    ExecuteOwnProgram(argv.data());
    _exit(127);
  }
  close(ends[1]);
  if (pid < 0) {
    close(ends[0]);
    return;
  }
  meter_ = pid;
  control_.emplace(ends[0]);
  // What an earlier meter was told, in one sum.
  if (meter_starts_ > 0) control_->Send(Reaped{0, 0, reaped_cpu_ns_});
  ++meter_starts_;
}

// Until the training ended and its output was carried as far as there is any.
void Supervisor::Watch() {
  while (true) {
    std::vector<pollfd> waits = {{signals_, POLLIN, 0}};
    if (control_) waits.push_back({control_->Fd(), POLLIN, 0});
    for (const Relay& relay : relays_) {
      if (relay.IsOpen()) waits.push_back({relay.Source(), POLLIN, 0});
    }
    const bool has_timer = !pending_lines_.empty() || meter_ < 0;
    poll(waits.data(), waits.size(), exit_code_ ? 0 : has_timer ? 200 : -1);
    bool moved = false;
    for (Relay& relay : relays_) {
      const bool was_open = relay.IsOpen();
      moved = relay.Pump() || moved;
      if (was_open && !relay.IsOpen() && control_)
        control_->Send(OutputClosed{relay.Sink() == STDOUT_FILENO});
    }
    TakeSignals();
    TakeMessages();
    PrintPending(false);
    if (exit_code_ && !moved) return;
    if (meter_ < 0 && !exit_code_ && meter_starts_ < kMostMeterStarts &&
        clock_.Boot() >= meter_next_start_)
      StartMeter();
  }
}

void Supervisor::TakeSignals() {
  signalfd_siginfo info{};
  while (read(signals_, &info, sizeof info) == sizeof info) {
    const int number = static_cast<int>(info.ssi_signo);
    if (number == SIGCHLD) {
      Reap();
    } else if (number == SIGWINCH) {
      if (terminal_ >= 0) CopyWindowSize(terminal_);
    } else {
      PassOn(number, info.ssi_code == SI_KERNEL);
    }
  }
}

// What the terminal sends goes to the training as well, which is in our process group.
void Supervisor::PassOn(int signal_number, bool from_terminal) {
  if (!from_terminal && !exit_code_) kill(child_.pid, signal_number);
  if (signal_number == SIGTSTP) kill(getpid(), SIGSTOP);
}

void Supervisor::Reap() {
  while (true) {
    siginfo_t peek{};
    if (waitid(P_ALL, 0, &peek, WEXITED | WNOHANG | WNOWAIT) != 0 || peek.si_pid == 0) return;
    const pid_t pid = peek.si_pid;
    const std::int64_t start_ticks = StartTicks(pid);
    int status = 0;
    rusage usage{};
    if (wait4(pid, &status, WNOHANG, &usage) != pid) return;
    if (pid == meter_) {
      TakeMessages();  // its last words are still to be read
      meter_ = -1;
      meter_next_start_ = clock_.Boot() + Nanos{100 * kNanosPerMilli};
      if (!meter_done_) LogWarning("the meter ended ({}); a new one continues", ExitCodeOf(status));
      continue;
    }
    reaped_cpu_ns_ += CpuNanos(usage);
    if (control_) control_->Send(Reaped{pid, start_ticks, CpuNanos(usage)});
    if (pid == child_.pid) {
      exit_code_ = ExitCodeOf(status);
      ended_at_ = clock_.Boot();
    }
  }
}

void Supervisor::TakeMessages() {
  if (!control_) return;
  while (auto message = control_->Receive()) {
    if (auto* const lines = std::get_if<PrintLines>(&*message)) {
      if (pending_lines_.empty()) pending_since_ = clock_.Boot();
      pending_lines_ += lines->text;
    }
    if (auto* const hold = std::get_if<HoldHandles>(&*message)) handles_.Join(*hold->handles);
    if (std::holds_alternative<MeterDone>(*message)) meter_done_ = true;
  }
  if (control_->IsClosed()) control_.reset();
}

// Never inside a line of the training: a progress bar is overwritten and redraws itself.
void Supervisor::PrintPending(bool now) {
  if (pending_lines_.empty()) return;
  const bool terminal = isatty(STDERR_FILENO) != 0;
  bool inside = false;
  for (const Relay& relay : relays_) {
    if (relay.Sink() == STDERR_FILENO || (terminal && isatty(relay.Sink()) != 0)) {
      inside = inside || relay.IsInsideLine();
    }
  }
  if (inside && !terminal && !now && clock_.Boot() - pending_since_ < kLinePatience) return;
  if (inside) WriteToStderr(terminal ? "\r\x1b[K" : "\n");
  WriteToStderr(pending_lines_);
  pending_lines_.clear();
}

void Supervisor::FinishMeter() {
  const BootTime deadline = clock_.Boot() + kMeterPatience;
  bool told = false;
  while (!meter_done_ && clock_.Boot() < deadline) {
    if (meter_ < 0) {
      if (meter_starts_ >= kMostMeterStarts) break;
      StartMeter();
      told = false;
    }
    if (control_ && !told) told = control_->Send(RootEnded{*exit_code_, ended_at_});
    std::vector<pollfd> waits = {{signals_, POLLIN, 0}};
    if (control_) waits.push_back({control_->Fd(), POLLIN, 0});
    poll(waits.data(), waits.size(), 200);
    TakeSignals();
    TakeMessages();
  }
  TakeMessages();
  PrintPending(true);
  if (meter_done_) return;
  WriteToStderr(Describe(Error{ErrorCode::kUnavailable,
                               Say("the meter did not finish; the program itself ended normally"),
                               Say("see {}", plan_.meter_log),
                               {}}) +
                "\n");
}

// A process that the training left behind still writes to our pipe. It must not meet a broken one
// because we end: a fork of ours goes on carrying until the last writer leaves.
void Supervisor::LeaveOutputToDrain() {
  for (Relay& relay : relays_) {
    while (relay.Pump()) {
    }
  }
  if (std::ranges::none_of(relays_, &Relay::IsOpen) || fork() != 0) return;
  setsid();
  plan_.look = nullptr;
  CarryToTheEnd(relays_);
  _exit(0);
}

}  // namespace epochcost::app
