#include "app/meter_loop.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>

#include "app/child.h"
#include "app/control.h"
#include "app/order.h"
#include "app/pipeline.h"
#include "app/privileges.h"
#include "app/relay.h"
#include "app/wake.h"
#include "base/log.h"
#include "base/retell.h"
#include "base/text.h"

namespace epochcost::app {
namespace {

int OpenPidFd(pid_t pid) { return static_cast<int>(syscall(SYS_pidfd_open, pid, 0)); }

int OpenTimer(double hz) {
  const int fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
  const auto period = static_cast<std::int64_t>(1e9 / hz);
  const timespec every{period / kNanosPerSecond, period % kNanosPerSecond};
  const itimerspec setting{every, every};
  timerfd_settime(fd, 0, &setting, nullptr);
  return fd;
}

void Drain(int fd) {
  std::array<char, 512> ignored{};
  while (fd >= 0 && read(fd, ignored.data(), ignored.size()) > 0) {
  }
}

int WatchSignals() {
  sigset_t watched;
  sigemptyset(&watched);
  sigaddset(&watched, SIGINT);
  sigaddset(&watched, SIGTERM);
  sigprocmask(SIG_BLOCK, &watched, nullptr);
  return signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
}

std::string LockPath(const RunFolder& folder) { return folder.path + "/meter.lock"; }
std::string RootPath(const RunFolder& folder) { return folder.path + "/root"; }

// So that the run can be attached to when this meter and its supervisor are gone.
void SaveRunRoot(const MeterJob& job) {
  std::ofstream file(RootPath(job.folder), std::ios::trunc);
  file << job.root_pid << " " << job.root_start_ticks << "\n";
  if (!file.flush()) LogWarning("cannot write {}", RootPath(job.folder));
}

// One meter a run: the second would book everything twice. Held until this process ends, however it
// ends. -1: another one has it.
int LockRun(const RunFolder& folder) {
  const int fd = open(LockPath(folder).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
  if (fd >= 0) close(fd);
  return -1;
}

std::string Variable(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread
  return value != nullptr ? value : "";
}

// What ends the loop.
struct Ending {
  RunState state = RunState::kFinished;
  std::optional<int> exit_code;
};

class Loop {
 public:
  Loop(const MeterJob& job, Pipeline pipeline, probe::DeadFeed& dead,
       std::optional<ControlEnd>& control, OutputHeir output)
      : job_(job),
        pipeline_(std::move(pipeline)),
        dead_(dead),
        control_(control),
        timer_(OpenTimer(job.order.run.hz)),
        wake_(OpenWakeSocket(job.folder.WakeSocket())),
        root_(OpenPidFd(job.root_pid)),
        signals_(job.is_attended ? WatchSignals() : -1),
        output_(std::move(output)) {}

  Ending Run() {
    std::optional<Ending> ending;
    // A process that ended, or whose number is another's by now, is not waited for.
    if (!control_ && (root_ < 0 || !IsRunning(job_.root_pid, job_.root_start_ticks)))
      ending = Orphaned();
    pipeline_.Tick();
    if (job_.ready_fd >= 0) {  // the base line is taken: whoever started us may go on
      if (write(job_.ready_fd, "r", 1) < 0) LogInfo("nobody waited for the first reading");
      close(job_.ready_fd);
    }
    while (!ending) {
      std::array<pollfd, 5> waits = {{{timer_, POLLIN, 0},
                                      {wake_, POLLIN, 0},
                                      {control_ ? control_->Fd() : -1, POLLIN, 0},
                                      {control_ ? -1 : root_, POLLIN, 0},
                                      {signals_, POLLIN, 0}}};
      poll(waits.data(), waits.size(), -1);
      if ((waits[3].revents & POLLIN) != 0 && !TurnToNextRoot()) ending = Orphaned();
      if ((waits[4].revents & POLLIN) != 0) ending = Left();
      Drain(timer_);
      Drain(wake_);
      if (control_) {
        if (const auto told = Listen()) ending = told;
      }
      if (!ending) pipeline_.Tick();
    }
    return *ending;
  }

  void Finish(const Ending& ending) {
    const std::string text = pipeline_.Finish(ending.state, ending.exit_code);
    if (control_) {
      if (!text.empty()) control_->Send(PrintLines{text});
      control_->Send(MeterDone{});
    }
    if (job_.is_attended) std::cerr << text << std::flush;
    unlink(job_.folder.WakeSocket().c_str());
  }

 private:
  std::optional<Ending> Listen() {
    while (const auto message = control_->Receive()) {
      if (const auto* const reaped = std::get_if<Reaped>(&*message)) {
        dead_.Tell({reaped->pid, reaped->start_ticks, reaped->cpu_ns});
      }
      if (const auto* const closed = std::get_if<OutputClosed>(&*message))
        output_.Drop(closed->is_stdout);
      if (const auto* const ended = std::get_if<RootEnded>(&*message)) {
        return Ending{RunState::kFinished, ended->exit_code};
      }
    }
    if (control_->IsClosed()) {
      LogWarning("the supervisor is gone; metering goes on until the program ends");
      control_.reset();
      pipeline_.Tell(NoticeKind::kDegraded,
                     ForRecord("the supervisor was killed: what the program prints is carried on, "
                               "epochs in it are not recognised any more, and its exit code will "
                               "not be known"));
      output_.TakeOver();
    }
    return std::nullopt;
  }

  // Whoever attached this meter has seen enough; the program runs on.
  Ending Left() {
    pipeline_.Tell(NoticeKind::kGap,
                   ForRecord("the meter was ended by hand while the program ran on"));
    return {RunState::kInterrupted, std::nullopt};
  }

  // Of ranks that were started side by side, the run lasts as long as the last.
  bool TurnToNextRoot() {
    const pid_t next = pipeline_.LivingRoot();
    if (next == 0) return false;
    close(root_);
    root_ = OpenPidFd(next);
    return root_ >= 0;
  }

  // The program ended and nobody told us how.
  [[nodiscard]] Ending Orphaned() const {
    return {job_.supervisor == 0 ? RunState::kFinished : RunState::kInterrupted, std::nullopt};
  }

  const MeterJob& job_;
  Pipeline pipeline_;
  probe::DeadFeed& dead_;
  std::optional<ControlEnd>& control_;  // until the supervisor is gone
  int timer_;
  int wake_;
  int root_;
  int signals_;
  OutputHeir output_;
};

}  // namespace

Result<RunRoot> LoadRunRoot(const RunFolder& folder) {
  std::ifstream file(RootPath(folder));
  RunRoot root;
  if (file >> root.pid >> root.start_ticks && root.pid > 0) return root;
  return Fail(ErrorCode::kNotFound, Say("no process of this run is known"),
              Say("cannot read {}", RootPath(folder)), "");
}

bool IsMetered(const RunFolder& folder) {
  const int lock = LockRun(folder);
  if (lock >= 0) close(lock);
  return lock < 0;
}

int RunMeter(const MeterJob& job) {
  signal(SIGPIPE, SIG_IGN);
  prctl(PR_SET_NAME, "epochcost-meter");
  if (LockRun(job.folder) < 0) {
    LogWarning("another meter has the run {}; this one ends", job.order.run.id.Value());
    return 1;
  }
  SaveRunRoot(job);
  auto cgroup = probe::RunCgroup::Open(job.order.run.id);
  probe::DeadFeed dead;
  probe::Target target;
  target.run = job.order.run.id;
  target.root_pid = job.root_pid;
  target.root_start_ticks = job.root_start_ticks;
  target.subreaper_pid = job.supervisor;
  target.attached = job.order.attached;
  if (cgroup) target.cgroup = *cgroup;
  probe::OpenOptions options;
  options.only = ForcedSources(job.order.forced_sources);
  options.dead_feed = &dead;
  const auto handles = std::make_shared<probe::HandleSet>(probe::HandleSet::Parse(job.handles));
  OutputHeir output(*handles);
  const std::size_t handed = handles->Size();
  options.handles = handles.get();
  options.period = Nanos{static_cast<std::int64_t>(1e9 / job.order.run.hz)};
  options.nvml_library = Variable("EPOCHCOST_NVML");
  options.amd_library = Variable("EPOCHCOST_AMDSMI");
  if (!cgroup) options.no_cgroup = cgroup.error().what + ": " + cgroup.error().why;
  auto keeper = Keeper::Open(job.order, job.folder);
  auto totals = TotalsWriter::Create(job.folder.Totals());
  for (const Error* error :
       {keeper ? nullptr : &keeper.error(), totals ? nullptr : &totals.error()}) {
    if (error != nullptr) {
      LogWarning("{}", Describe(*error));
      return 1;
    }
  }
  std::optional<ControlEnd> control;
  if (job.control_fd >= 0) control.emplace(job.control_fd);
  auto sources = probe::OpenSources(target, options);
  // Whoever started us holds them for the next meter.
  if (control && handles->Size() > handed) control->Send(HoldHandles{handles});
  Parts parts{job.order,
              job.folder,
              std::move(sources),
              std::move(*keeper),
              std::move(*totals),
              Narrator(job.order, [&control, &job](const std::string& text) {
                if (control) control->Send(PrintLines{text});
                if (job.is_attended) std::cerr << text << std::flush;
              })};
  auto pipeline = Pipeline::Make(std::move(parts));
  if (!pipeline) {
    LogWarning("{}", Describe(pipeline.error()));
    return 1;
  }
  if (const auto dropped = DropPrivileges(); !dropped)
    LogInfo("{}: {}", dropped.error().what, dropped.error().why);
  Loop loop(job, std::move(*pipeline), dead, control, std::move(output));
  loop.Finish(loop.Run());
  if (const auto removed = probe::RemovePins(job.order.run.id); !removed)
    LogInfo("{}: {}", removed.error().what, removed.error().why);
  if (!cgroup) return 0;
  if (const auto removed = cgroup->Remove(); !removed)
    LogInfo("{}: {}", removed.error().what, removed.error().why);
  return 0;
}

}  // namespace epochcost::app
