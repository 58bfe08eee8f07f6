#include "app/sweep_run.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "app/child.h"
#include "base/text.h"

namespace epochcost::app {
namespace {

// What the program has said so far.
class Hearing {
 public:
  explicit Hearing(const std::function<void(const estimate::SweepProgress&)>& told) : told_(told) {}

  // Lines that are no JSON are a library's warnings: kept as its last words.
  Result<void> Hear(std::string_view bytes) {
    left_ += bytes;
    for (auto end = left_.find('\n'); end != std::string::npos; end = left_.find('\n')) {
      const std::string line = left_.substr(0, end);
      left_.erase(0, end + 1);
      if (!line.starts_with('{')) {
        last_words_ = line.empty() ? last_words_ : line.substr(0, 300);
        continue;
      }
      const auto read = estimate::ParseSweepLine(line);
      if (!read) return tl::unexpected(read.error());
      Take(*read);
    }
    return {};
  }

  [[nodiscard]] const std::optional<estimate::SweepFault>& Fault() const { return fault_; }
  [[nodiscard]] const std::string& LastWords() const { return last_words_; }
  [[nodiscard]] estimate::Sweep& Heard() { return sweep_; }

 private:
  void Take(const estimate::SweepLine& line) {
    if (const auto* machine = std::get_if<estimate::SweptMachine>(&line)) sweep_.machine = *machine;
    if (const auto* one = std::get_if<estimate::Measured>(&line)) sweep_.measured.push_back(*one);
    if (const auto* one = std::get_if<estimate::SweepSkipped>(&line)) {
      sweep_.skipped.push_back(*one);
    }
    if (const auto* fault = std::get_if<estimate::SweepFault>(&line)) fault_ = *fault;
    if (const auto* progress = std::get_if<estimate::SweepProgress>(&line)) told_(*progress);
  }

  const std::function<void(const estimate::SweepProgress&)>& told_;
  std::string left_;
  std::string last_words_;
  estimate::Sweep sweep_;
  std::optional<estimate::SweepFault> fault_;
};

// The program's file, there as long as it runs.
class Placed {
 public:
  explicit Placed(std::string path) : path_(std::move(path)) {}
  ~Placed() { unlink(path_.c_str()); }
  Placed(const Placed&) = delete;
  Placed& operator=(const Placed&) = delete;
  [[nodiscard]] bool Write(const std::string& text) const {
    std::ofstream file(path_, std::ios::binary);
    file << text;
    file.close();
    return static_cast<bool>(file);
  }

 private:
  std::string path_;
};

Error NoLibrary(const estimate::SweepFault& fault) {
  const bool is_torch = fault.library == "torch";
  return {ErrorCode::kUnavailable, Say("{} has no {}", fault.python, fault.library), fault.detail,
          is_torch ? Say("name the Python that trains: --python /path/to/python3; or measure less "
                         "without PyTorch: --library numpy")
                   : Say("name the Python that trains: --python /path/to/python3")};
}

std::vector<std::string> CommandOf(const SweepOrder& order, const std::string& path) {
  std::vector<std::string> command = {order.python,
                                      "-B",
                                      path,
                                      "--library",
                                      order.library,
                                      "--processes",
                                      std::to_string(order.processes)};
  if (order.threads > 0) {
    command.insert(command.end(), {"--threads", std::to_string(order.threads)});
  }
  if (order.is_quick) command.emplace_back("--quick");
  return command;
}

// Reads until the program's end. Gives what stopped it before that.
Result<void> Listen(int fd, double patience, Hearing& hearing) {
  std::array<char, 65536> buffer{};
  while (true) {
    pollfd ready{fd, POLLIN, 0};
    const int polled = poll(&ready, 1, static_cast<int>(patience * 1000));
    if (polled < 0 && errno == EINTR) continue;
    if (polled == 0) {
      return Fail(ErrorCode::kUnavailable, Say("the sweep hangs"),
                  Say("nothing was heard for {:.0f} s", patience),
                  Say("--patience waits longer, --quick measures less"));
    }
    const ssize_t got = read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return {};
    if (auto ok = hearing.Hear({buffer.data(), static_cast<std::size_t>(got)}); !ok) return ok;
  }
}

}  // namespace

Result<estimate::Sweep> RunSweep(const SweepOrder& order,
                                 const std::function<void(const estimate::SweepProgress&)>& told) {
  const std::string path = fmt::format("{}/sweep-{}.py", order.folder, getpid());
  const Placed placed(path);
  if (!placed.Write(order.program)) {
    return Fail(ErrorCode::kIo, Say("cannot write {}", path), SystemReason(errno));
  }
  std::array<int, 2> output{};
  if (pipe2(output.data(), O_CLOEXEC) != 0) {
    return Fail(ErrorCode::kIo, Say("no pipe can be made"), SystemReason(errno));
  }
  ChildPlan plan;
  plan.command = CommandOf(order, path);
  plan.stdout_fd = output[1];
  plan.stderr_fd = output[1];
  sigemptyset(&plan.signal_mask);
  const auto child = Start(plan);
  close(output[1]);
  if (!child) {
    close(output[0]);
    return tl::unexpected(Error{ErrorCode::kNotFound, child.error().error.what,
                                child.error().error.why,
                                Say("name the Python that trains: --python /path/to/python3")});
  }
  Hearing hearing(told);
  const auto listened = Listen(output[0], order.patience, hearing);
  close(output[0]);
  if (!listened) kill(child->pid, SIGKILL);
  int status = 0;
  while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR) continue;
  if (hearing.Fault()) return tl::unexpected(NoLibrary(*hearing.Fault()));
  if (!listened) return tl::unexpected(listened.error());
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return Fail(ErrorCode::kUnavailable, Say("the sweep ended early"),
                hearing.LastWords().empty() ? Say("it said nothing") : hearing.LastWords(),
                Say("try it by hand: {} -m ciuic_sdk.sweep", order.python));
  }
  return std::move(hearing.Heard());
}

}  // namespace epochcost::app
