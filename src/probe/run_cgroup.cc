#include "probe/run_cgroup.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "probe/kept_file.h"
#include "probe/proc/text.h"

namespace epochcost::probe {
namespace {

namespace fs = std::filesystem;

std::string NameOf(const RunId& run) { return "epochcost-" + run.Value(); }

Error Refusal(const std::string& what, int reason) {
  const bool denied = reason == EACCES || reason == EPERM || reason == EROFS;
  return Error{denied ? ErrorCode::kPermission : ErrorCode::kIo, what, SystemReason(reason),
               denied ? HowToGetCgroup() : std::string{}};
}

bool HasWord(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    const bool starts = at == 0 || text[at - 1] == ' ';
    if (starts && (end == text.size() || text[end] == ' ' || text[end] == '\n')) return true;
  }
  return false;
}

bool GivesMemory(const std::string& folder) {
  const auto given = ReadWhole(folder + "/cgroup.subtree_control");
  return given && HasWord(*given, "memory");
}

// Whether being in `folder` limits a process in anything.
bool Limits(const std::string& folder) {
  constexpr std::array<std::pair<const char*, std::string_view>, 6> kUnlimited = {{
      {"memory.max", "max\n"},
      {"memory.high", "max\n"},
      {"memory.swap.max", "max\n"},
      {"pids.max", "max\n"},
      {"cpuset.cpus", "\n"},
      {"io.max", ""},
  }};
  for (const auto& [file, free] : kUnlimited) {
    const auto text = ReadWhole(folder + "/" + file);
    if (text && *text != free) return true;
  }
  const auto cpu = ReadWhole(folder + "/cpu.max");
  return cpu && !cpu->starts_with("max");
}

// Whether whoever keeps the tree (systemd) has left this part of it to us.
bool IsDelegated(const std::string& folder) {
  struct stat status{};
  if (stat(folder.c_str(), &status) != 0) return false;
  if (geteuid() != 0) return status.st_uid == geteuid();
  return access("/run/systemd/system", F_OK) != 0;
}

// The folders in which the run's group may be made, best first.
std::vector<std::string> Places(const CgroupHierarchy& v2, bool needs_memory) {
  std::vector<std::string> places;
  if (needs_memory && !GivesMemory(v2.own)) {
    for (std::string folder = v2.own; folder.size() > v2.mount.size() && !Limits(folder);) {
      folder.resize(folder.rfind('/'));
      if (!IsDelegated(folder)) break;
      if (GivesMemory(folder)) {
        places.push_back(folder);
        break;
      }
    }
  }
  places.push_back(v2.own);
  return places;
}

// Whether a process of ours may enter: found out by one that does.
bool MayEnter(const std::string& folder) {
  const int entry = open((folder + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC);
  if (entry < 0) return false;
  const pid_t pid = fork();
  if (pid == 0) _exit(write(entry, "0", 1) == 1 ? 0 : 1);
  const int reason = errno;
  close(entry);
  errno = reason;
  if (pid < 0) return false;
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return false;
  }
  errno = EACCES;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

Result<std::string> MakeIn(const std::string& place, const std::string& name) {
  std::string folder = place + "/" + name;
  const bool made = mkdir(folder.c_str(), 0755) == 0;
  if (!made && errno != EEXIST) {
    return tl::unexpected(Refusal(Say("cannot make the control group {}", folder), errno));
  }
  if (!MayEnter(folder)) {
    const int reason = errno;
    if (made) rmdir(folder.c_str());
    return tl::unexpected(Refusal(Say("cannot enter the control group {}", folder), reason));
  }
  return folder;
}

// Groups that the training made below its own go first.
int RemoveTree(const std::string& folder) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.is_directory(ignored)) RemoveTree(entry.path());
  }
  return rmdir(folder.c_str()) == 0 || errno == ENOENT ? 0 : errno;
}

Result<void> WriteTo(const std::string& path, const std::string& text) {
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  const bool written = fd >= 0 && write(fd, text.data(), text.size()) >= 0;
  const int reason = errno;
  if (fd >= 0) close(fd);
  if (!written)
    return tl::unexpected(Refusal(Say("cannot enter the control group {}", path), reason));
  return {};
}

}  // namespace

std::string HowToGetCgroup() {
  return access("/run/systemd/system", F_OK) == 0
             ? Say("run as root, or inside: systemd-run --user --scope -p Delegate=yes")
             : Say("run as root");
}

Result<RunCgroup> RunCgroup::Make(const RunId& run) {
  const auto layout = FindCgroupLayout();
  if (!layout) return tl::unexpected(layout.error());
  return Make(run, *layout);
}

Result<RunCgroup> RunCgroup::Make(const RunId& run, const CgroupLayout& layout) {
  if (!layout.v2.IsMounted()) {
    return Fail(ErrorCode::kUnsupported, Say("no control group for the run"),
                Say("cgroup v2 is not mounted"),
                Say("mount -t cgroup2 none /sys/fs/cgroup/unified"));
  }
  const std::string name = NameOf(run);
  Result<std::string> v2 = Fail(ErrorCode::kIo, "");
  for (const std::string& place : Places(layout.v2, !layout.v1_memory.IsMounted())) {
    v2 = MakeIn(place, name);
    if (v2) break;
  }
  if (!v2) return tl::unexpected(v2.error());
  std::string v1_memory;
  if (layout.v1_memory.IsMounted()) {
    v1_memory = MakeIn(layout.v1_memory.own, name).value_or(std::string{});
  }
  return RunCgroup(*v2, v1_memory);
}

Result<RunCgroup> RunCgroup::Open(const RunId& run) {
  const auto layout = FindCgroupLayout();
  if (!layout) return tl::unexpected(layout.error());
  const std::string name = NameOf(run);
  const auto exists = [](const std::string& path) { return access(path.c_str(), F_OK) == 0; };
  if (layout->v2.IsMounted()) {
    for (std::string place = layout->v2.own; place.size() >= layout->v2.mount.size();) {
      const std::string v2 = place + "/" + name;
      const std::string v1 = layout->v1_memory.own + "/" + name;
      if (exists(v2)) return RunCgroup(v2, layout->v1_memory.IsMounted() && exists(v1) ? v1 : "");
      const std::size_t end = place.rfind('/');
      if (end == std::string::npos || end == 0) break;
      place.resize(end);
    }
  }
  return Fail(ErrorCode::kNotFound, Say("no control group of run {}", run.Value()));
}

Result<void> RunCgroup::Enter(pid_t pid) const {
  if (!v1_memory_.empty()) {
    if (auto entered = WriteTo(v1_memory_ + "/cgroup.procs", std::to_string(pid)); !entered)
      return entered;
  }
  return WriteTo(v2_ + "/cgroup.procs", std::to_string(pid));
}

std::vector<int> RunCgroup::EntryFds() const {
  std::vector<int> entries;
  for (const std::string& folder : {v1_memory_, v2_}) {
    if (folder.empty()) continue;
    const int fd = open((folder + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC);
    if (fd >= 0) entries.push_back(fd);
  }
  return entries;
}

Result<bool> RunCgroup::IsPopulated() const {
  const auto events = ReadWhole(v2_ + "/cgroup.events");
  if (!events) return tl::unexpected(events.error());
  return NumberOf(*events, "populated").value_or(0) != 0;
}

Result<void> RunCgroup::Remove() const {
  for (const std::string& folder : {v1_memory_, v2_}) {
    if (folder.empty()) continue;
    const int refused = RemoveTree(folder);
    if (refused == EBUSY) {
      return Fail(ErrorCode::kUnavailable, Say("cannot remove the control group {}", folder),
                  Say("processes of the run are still in it"));
    }
    if (refused != 0)
      return tl::unexpected(Refusal(Say("cannot remove the control group {}", folder), refused));
  }
  return {};
}

}  // namespace epochcost::probe
