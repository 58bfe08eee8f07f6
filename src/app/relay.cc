#include "app/relay.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <set>
#include <string>
#include <utility>

#include "base/text.h"

namespace epochcost::app {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{256} * 1024;
constexpr int kPipeBytes = 1024 * 1024;

Result<std::pair<int, int>> OpenPipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    return Fail(ErrorCode::kIo, Say("cannot open a pipe for the program's output"),
                SystemReason(errno));
  }
  fcntl(ends[0], F_SETPIPE_SZ, kPipeBytes);  // a refusal leaves 64 KiB: slower, not wrong
  return std::pair{ends[0], ends[1]};
}

// The pseudo terminal passes bytes as they are: the terminal behind it does the processing.
Result<std::pair<int, int>> OpenTerminal(int like) {
  termios settings{};
  winsize size{};
  tcgetattr(like, &settings);
  settings.c_oflag &= ~static_cast<tcflag_t>(OPOST);
  settings.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  ioctl(like, TIOCGWINSZ, &size);
  int master = -1;
  int slave = -1;
  if (openpty(&master, &slave, nullptr, &settings, &size) != 0) {
    return Fail(ErrorCode::kIo, Say("cannot open a pseudo terminal for the program's output"),
                SystemReason(errno));
  }
  fcntl(master, F_SETFD, FD_CLOEXEC);
  fcntl(slave, F_SETFD, FD_CLOEXEC);
  return std::pair{master, slave};
}

}  // namespace

Relay::Relay(int source, int sink, Look look)
    : source_(source), sink_(sink), look_(std::move(look)), buffer_(kBufferBytes) {
  fcntl(source_, F_SETFL, O_NONBLOCK | fcntl(source_, F_GETFL));
}

Relay::Relay(Relay&& other) noexcept
    : source_(std::exchange(other.source_, -1)),
      sink_(other.sink_),
      look_(std::move(other.look_)),
      inside_line_(other.inside_line_),
      buffer_(std::move(other.buffer_)) {}

Relay::~Relay() { Close(); }

void Relay::Close() {
  if (source_ >= 0) close(source_);
  source_ = -1;
}

bool Relay::Pump() {
  if (source_ < 0) return false;
  const ssize_t got = read(source_, buffer_.data(), buffer_.size());
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (got <= 0) {  // EIO is how a terminal says that its last writer left
    Close();
    return false;
  }
  const std::string_view bytes(buffer_.data(), static_cast<std::size_t>(got));
  if (!WriteAll(bytes)) Close();
  inside_line_ = bytes.back() != '\n' && bytes.back() != '\r';
  if (look_) look_(bytes);
  return true;
}

bool Relay::WriteAll(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = write(sink_, bytes.data(), bytes.size());
    if (put >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(put));
    } else if (errno == EAGAIN) {  // the sink is non-blocking: its owner's choice, we wait for it
      pollfd wait{sink_, POLLOUT, 0};
      poll(&wait, 1, 1000);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

OutputHeir::OutputHeir(probe::HandleSet& handed) {
  for (const bool is_stdout : {true, false}) {
    const std::string stream = is_stdout ? "stdout" : "stderr";
    const Ends ends{is_stdout, handed.Take(stream + "_from"), handed.Take(stream + "_to")};
    if (ends.from >= 0 && ends.to >= 0) ends_.push_back(ends);
  }
}

void OutputHeir::Drop(bool is_stdout) {
  std::erase_if(ends_, [is_stdout](const Ends& ends) {
    if (ends.is_stdout != is_stdout) return false;
    close(ends.from);
    close(ends.to);
    return true;
  });
}

void OutputHeir::DropAll() {
  Drop(true);
  Drop(false);
}

void OutputHeir::TakeOver() {
  if (!ends_.empty() && fork() == 0) {
    setsid();
    prctl(PR_SET_NAME, "epochcost-relay");
    std::vector<Relay> relays;
    std::set<int> kept;
    for (const Ends& ends : ends_) {
      kept.insert({ends.from, ends.to});
      relays.emplace_back(ends.from, ends.to, nullptr);
    }
    // Nothing else of the meter's: neither its lock nor its ledger.
    unsigned next = 3;
    for (const int fd : kept) {
      const auto number = static_cast<unsigned>(fd);
      if (number > next) close_range(next, number - 1, 0);
      next = number + 1;
    }
    close_range(next, ~0U, 0);
    CarryToTheEnd(relays);
    _exit(0);
  }
  DropAll();
}

void CarryToTheEnd(std::vector<Relay>& relays) {
  std::vector<pollfd> waits;
  do {
    waits.clear();
    for (Relay& relay : relays) {
      while (relay.Pump()) {
      }
      if (relay.IsOpen()) waits.push_back({relay.Source(), POLLIN, 0});
    }
  } while (!waits.empty() && (poll(waits.data(), waits.size(), -1) >= 0 || errno == EINTR));
}

Result<OutputPlan> PlanOutput() {
  OutputPlan plan;
  const bool out_is_terminal = isatty(STDOUT_FILENO) != 0;
  const bool err_is_terminal = isatty(STDERR_FILENO) != 0;
  plan.is_terminal = out_is_terminal || err_is_terminal;
  if (plan.is_terminal) {
    const auto terminal = OpenTerminal(out_is_terminal ? STDOUT_FILENO : STDERR_FILENO);
    if (!terminal) return tl::unexpected(terminal.error());
    (out_is_terminal ? plan.our_stdout : plan.our_stderr) = terminal->first;
    if (out_is_terminal) plan.child_stdout = terminal->second;
    if (err_is_terminal) plan.child_stderr = terminal->second;
  }
  if (!out_is_terminal) {
    const auto ends = OpenPipe();
    if (!ends) return tl::unexpected(ends.error());
    plan.our_stdout = ends->first;
    plan.child_stdout = ends->second;
  }
  if (!err_is_terminal) {
    const auto ends = OpenPipe();
    if (!ends) return tl::unexpected(ends.error());
    plan.our_stderr = ends->first;
    plan.child_stderr = ends->second;
  }
  return plan;
}

void CopyWindowSize(int master) {
  winsize size{};
  for (const int terminal : {STDOUT_FILENO, STDERR_FILENO}) {
    if (isatty(terminal) != 0 && ioctl(terminal, TIOCGWINSZ, &size) == 0) {
      ioctl(master, TIOCSWINSZ, &size);
      return;
    }
  }
}

}  // namespace epochcost::app
