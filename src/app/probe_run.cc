#include "app/probe_run.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "app/probe_steps.h"
#include "app/session_usage.h"
#include "base/text.h"
#include "base/time.h"
#include "probe/marks/mark_reader.h"

namespace epochcost::app {
namespace {

namespace fs = std::filesystem;

// What went wrong in the child before it became the program.
struct StartFault {
  int stage = 0;  // 1: namespace, 2: layer, 3: exec
  int reason = 0;
};

struct Layer {
  std::string folder;
  std::string options;
};

// A layer over each folder that is to be left as it is. Only calls that are safe after fork.
int Cover(const std::vector<Layer>& layers, const char* current) {
  if (unshare(CLONE_NEWNS) != 0) return errno;
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return errno;
  for (const Layer& layer : layers) {
    if (mount("overlay", layer.folder.c_str(), "overlay", 0, layer.options.c_str()) != 0)
      return errno;
  }
  return chdir(current) == 0 ? 0 : errno;
}

class Probed {
 public:
  ~Probed() {
    Stop();
    if (output_ >= 0) close(output_);
  }
  Probed() = default;
  Probed(const Probed&) = delete;
  Probed& operator=(const Probed&) = delete;

  Result<void> Start(const ProbeOrder& order, const std::vector<Layer>& layers);
  [[nodiscard]] int Output() const { return output_; }
  [[nodiscard]] pid_t Session() const { return pid_; }
  // Whether it has ended by itself.
  bool HasEnded();
  // Asks it to end, waits a little, then ends it with all that it started.
  void Stop();

 private:
  pid_t pid_ = -1;
  int output_ = -1;
  bool is_reaped_ = false;
};

Result<void> Probed::Start(const ProbeOrder& order, const std::vector<Layer>& layers) {
  std::array<int, 2> output{};
  std::array<int, 2> fault{};
  if (pipe2(output.data(), O_CLOEXEC) != 0 || pipe2(fault.data(), O_CLOEXEC) != 0) {
    return Fail(ErrorCode::kIo, Say("no pipe can be made"), SystemReason(errno));
  }
  std::vector<char*> words;
  for (const std::string& word : order.command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const std::string current = fs::current_path().string();
  const std::string run_dir = "EPOCHCOST_RUN_DIR=" + order.scratch;
  pid_ = fork();
  if (pid_ == 0) {
    setsid();
    StartFault bad;
    if (!layers.empty()) bad = {2, Cover(layers, current.c_str())};
    if (bad.reason == 0) {
      dup2(output[1], STDOUT_FILENO);
      dup2(output[1], STDERR_FILENO);
      putenv(const_cast<char*>(run_dir.c_str()));
      putenv(const_cast<char*>("EPOCHCOST_RUN_ID=probe"));
      // Else what it prints would reach us in blocks of 8 KiB.
      putenv(const_cast<char*>("PYTHONUNBUFFERED=1"));
      execvp(words.front(), words.data());
      bad = {3, errno};
    }
    (void)!write(fault[1], &bad, sizeof bad);
    _exit(127);
  }
  close(output[1]);
  close(fault[1]);
  output_ = output[0];
  fcntl(output_, F_SETFL, O_NONBLOCK);
  StartFault bad;
  const bool has_fault = read(fault[0], &bad, sizeof bad) == static_cast<ssize_t>(sizeof bad);
  close(fault[0]);
  if (!has_fault) return {};
  if (bad.stage == 3) {
    return Fail(ErrorCode::kNotFound, Say("{} cannot be started", order.command.front()),
                SystemReason(bad.reason));
  }
  return Fail(ErrorCode::kPermission, Say("the folder {} cannot be protected", current),
              SystemReason(bad.reason),
              Say("run as root, or let the program write for real: --in-place"));
}

bool Probed::HasEnded() {
  if (is_reaped_) return true;
  siginfo_t info{};
  return waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == pid_;
}

void Probed::Stop() {
  if (pid_ <= 0 || is_reaped_) return;
  constexpr int kPatienceMs = 5000;
  kill(-pid_, SIGTERM);
  for (int waited = 0; waited < kPatienceMs && !HasEnded(); waited += 20) usleep(20'000);
  kill(-pid_, SIGKILL);
  for (const pid_t left : ProcessesOfSession(pid_)) kill(left, SIGKILL);
  waitpid(pid_, nullptr, 0);
  is_reaped_ = true;
}

Result<std::vector<Layer>> PlanLayers(const ProbeOrder& order) {
  std::vector<Layer> layers;
  if (order.is_in_place) return layers;
  std::vector<std::string> folders = {fs::current_path().string()};
  folders.insert(folders.end(), order.protect.begin(), order.protect.end());
  for (std::size_t i = 0; i < folders.size(); ++i) {
    std::error_code bad;
    const std::string folder = fs::canonical(folders[i], bad).string();
    if (bad || !fs::is_directory(folder, bad)) {
      return Fail(ErrorCode::kNotFound, Say("{} is no folder", folders[i]), bad.message());
    }
    const std::string upper = fmt::format("{}/upper{}", order.scratch, i);
    const std::string work = fmt::format("{}/work{}", order.scratch, i);
    fs::create_directories(upper, bad);
    fs::create_directories(work, bad);
    if (bad || folder.find_first_of(",:\\") != std::string::npos) {
      return Fail(ErrorCode::kPermission, Say("the folder {} cannot be protected", folder),
                  bad ? bad.message() : Say("its name has a comma or colon"),
                  Say("run as root, or let the program write for real: --in-place"));
    }
    layers.push_back(
        {folder, fmt::format("lowerdir={},upperdir={},workdir={}", folder, upper, work)});
  }
  return layers;
}

// Counts steps from the marks of the SDK, else from what is printed.
class Watcher {
 public:
  Watcher(const ProbeOrder& order, probe::marks::MarkReader reader)
      : order_(order), reader_(std::move(reader)), began_(clock_.Boot()), heard_(began_) {}

  Result<ProbeReading> Watch(Probed& program);

 private:
  [[nodiscard]] double SecondsSince(BootTime time) const {
    return static_cast<double>((clock_.Boot() - time).Count()) / 1e9;
  }
  void Hear(int fd);
  std::int64_t StepsOfMarks();
  void Note(std::int64_t steps, pid_t session);
  [[nodiscard]] bool HasEnough() const;
  [[nodiscard]] Error Nothing(bool has_ended) const;

  const ProbeOrder& order_;
  probe::marks::MarkReader reader_;
  SystemClock clock_;
  BootTime began_;
  BootTime heard_;  // when the count rose last
  StepEar ear_;
  std::int64_t marked_ = 0;
  std::string said_;  // the last of what it printed
  ProbeReading reading_;
};

void Watcher::Hear(int fd) {
  std::array<char, 65536> buffer{};
  for (ssize_t n = read(fd, buffer.data(), buffer.size()); n > 0;
       n = read(fd, buffer.data(), buffer.size())) {
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(n));
    ear_.Feed(bytes);
    said_ += bytes;
    if (said_.size() > 2000) said_ = said_.substr(said_.size() - 1000);
  }
}

std::int64_t Watcher::StepsOfMarks() {
  const auto read = reader_.Poll();
  if (!read) return marked_;
  for (const probe::marks::Writer& writer : read->writers) {
    if (writer.steps > marked_) marked_ = writer.steps;
  }
  return marked_;
}

void Watcher::Note(std::int64_t steps, pid_t session) {
  if (!reading_.points.empty() && steps <= reading_.points.back().steps) return;
  const SessionUsage usage = UsageOfSession(session);
  reading_.points.push_back(
      {SecondsSince(began_), steps, usage.cpu_seconds, usage.memory_bytes, usage.waited_seconds});
  heard_ = clock_.Boot();
}

bool Watcher::HasEnough() const {
  return !reading_.points.empty() &&
         reading_.points.back().steps >= order_.warm_up + order_.steps &&
         reading_.points.size() >= 2;
}

Error Watcher::Nothing(bool has_ended) const {
  std::string why = has_ended ? Say("it ended after {:.1f} s", SecondsSince(began_))
                              : Say("nothing was heard for {:.0f} s", order_.patience);
  if (!said_.empty())
    why += Say("; it printed last: {}", said_.substr(said_.size() > 200 ? said_.size() - 200 : 0));
  return {ErrorCode::kUnavailable, Say("no two steps of {} were seen", order_.command.front()),
          std::move(why),
          Say("call monitor.step() of the SDK, or print lines such as \"step 12/100\"; "
              "--patience waits longer")};
}

Result<ProbeReading> Watcher::Watch(Probed& program) {
  while (!HasEnough()) {
    pollfd ready{program.Output(), POLLIN, 0};
    poll(&ready, 1, 2);
    Hear(program.Output());
    const std::int64_t marked = StepsOfMarks();
    reading_.steps_from = marked > 0 ? "sdk" : "printed";
    const std::int64_t steps = marked > 0 ? marked : ear_.Count();
    if (steps > 0) Note(steps, program.Session());
    if (program.HasEnded()) {
      reading_.has_ended = true;
      break;
    }
    if (SecondsSince(heard_) > order_.patience) break;
  }
  reading_.planned = ear_.Planned();
  if (reading_.points.size() < 2) return tl::unexpected(Nothing(reading_.has_ended));
  return reading_;
}

// Removes what the probe made, whatever happens.
struct Scratch {
  std::string path;
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

}  // namespace

Result<ProbeReading> ProbeRun(const ProbeOrder& given) {
  ProbeOrder order = given;
  // Memory, because a layer's upper folder must not lie on another layer.
  std::string path = order.scratch.empty() ? "/dev/shm/epochcost-probe-XXXXXX"
                                           : order.scratch + "/epochcost-probe-XXXXXX";
  if (mkdtemp(path.data()) == nullptr) {
    return Fail(ErrorCode::kIo, Say("cannot write {}", path), SystemReason(errno));
  }
  const Scratch scratch{path};
  order.scratch = path;
  std::error_code bad;
  fs::create_directory(path + "/marks", bad);
  auto reader = probe::marks::MarkReader::Open(path + "/marks");
  if (!reader) return tl::unexpected(reader.error());
  const auto layers = PlanLayers(order);
  if (!layers) return tl::unexpected(layers.error());
  Probed program;
  if (auto started = program.Start(order, *layers); !started) {
    return tl::unexpected(started.error());
  }
  Watcher watcher(order, *std::move(reader));
  auto reading = watcher.Watch(program);
  program.Stop();
  return reading;
}

}  // namespace epochcost::app
