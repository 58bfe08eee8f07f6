#include "probe/proc/process_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <filesystem>
#include <utility>

namespace epochcost::probe {
namespace {

constexpr std::int64_t kTimesItsCost = 1000;
constexpr int kDeepestGroup = 8;
// What looking may cost in a burst, when the processes of a control group begin; then it is saved
// up again. Where the processes' clocks are the only source there is no burst: they take a few
// looks without a trace of a process for the sign that nobody waited for it.
constexpr std::int64_t kMostSaved = 50 * kNanosPerMilli;
constexpr std::int64_t kMostOwed = 10 * kNanosPerMilli;  // at most ten seconds without a look
// Until then not even a fork storm can have given out all numbers: the kernel's smallest usual
// pid_max is 32,768, and 5,000 forks a second are many.
constexpr Nanos kNumbersReturnAfter{3 * kNanosPerSecond};

std::int64_t MostSaved(const Target& target) { return target.cgroup ? kMostSaved : 1; }

std::int64_t ThreadCpuNs() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return used.tv_sec * kNanosPerSecond + used.tv_nsec;
}

using Path = std::array<char, 128>;

template <class... Args>
const char* Fill(Path& path, fmt::format_string<Args...> format, Args&&... args) {
  const auto end =
      fmt::format_to_n(path.data(), path.size() - 1, format, std::forward<Args>(args)...);
  *end.out = '\0';
  return path.data();
}

// Calls `each` with every number that names an entry of the folder.
template <class Each>
void ForEachNumber(const char* folder, const Each& each) {
  DIR* const directory = opendir(folder);
  if (directory == nullptr) return;
  while (const dirent* const entry = readdir(directory)) {  // NOLINT(concurrency-mt-unsafe)
    std::string_view name = entry->d_name;
    const auto number = TakeNumber(name);
    if (number && name.empty()) each(static_cast<pid_t>(*number));
  }
  closedir(directory);
}

}  // namespace

ProcessTree::ProcessTree(const Target& target, std::string proc_root, pid_t self)
    : target_(target),
      roots_{{target.root_pid, target.root_start_ticks}},
      proc_root_(std::move(proc_root)),
      self_(self),
      saved_ns_(MostSaved(target)) {
  // The children files came with checkpoint/restore and may be left out of a kernel.
  Path path;
  const char* const own = Fill(path, "{0}/{1}/task/{1}/children", proc_root_, target_.root_pid);
  has_children_files_ = access(own, R_OK) == 0;
  Look();
}

void ProcessTree::AddRoot(pid_t pid, std::int64_t start_ticks) {
  const bool is_member = std::ranges::binary_search(members_, pid, {}, &Process::pid);
  if (is_member || std::ranges::find(roots_, pid, &Root::pid) != roots_.end()) return;
  roots_.push_back({pid, start_ticks});
  Look();
}

pid_t ProcessTree::LivingRoot() {
  for (const Root& root : roots_) {
    const auto stat = StatOf(root.pid);
    if (stat && stat->start_ticks == root.start_ticks && stat->state != 'Z') return root.pid;
  }
  return 0;
}

bool ProcessTree::Refresh(BootTime now, bool wanted) {
  if (now == asked_) return false;
  if (asked_ < now)
    saved_ns_ = std::min(MostSaved(target_), saved_ns_ + (now - asked_).Count() / kTimesItsCost);
  asked_ = now;
  if (saved_ns_ <= 0) return false;
  Path path;
  // The last field is the newest pid: if it stands still, nobody has forked.
  const std::string_view load = ReadInto(Fill(path, "{}/loadavg", proc_root_));
  std::string_view last = load.substr(std::min(load.size(), load.rfind(' ') + 1));
  const std::int64_t newest = TakeNumber(last).value_or(-1);
  if (!wanted && newest >= 0 && newest == newest_pid_) return false;
  newest_pid_ = newest;
  numbers_may_return_ = newest < 0 || newest_at_look_ < 0 || now - looked_ > kNumbersReturnAfter;
  const std::int64_t before = ThreadCpuNs();
  Look();
  looked_ = now;
  newest_at_look_ = newest;
  saved_ns_ = std::max(-kMostOwed, saved_ns_ - (ThreadCpuNs() - before));
  return true;
}

void ProcessTree::Look() {
  found_.clear();
  candidates_.clear();
  for (const Process& member : members_) candidates_.push_back(member.pid);
  for (const Root& root : roots_) candidates_.push_back(root.pid);
  if (target_.cgroup) {
    CollectFromCgroup();
  } else if (has_children_files_) {
    CollectFromChildren();
  } else {
    CollectFromEverybody();
  }
  std::ranges::sort(found_, {}, &Process::pid);
  std::swap(members_, found_);
  ++generation_;
}

void ProcessTree::CollectFromCgroup() {
  grouped_.clear();
  AppendMembersOf(target_.cgroup->V2Path(), 0);
  for (const pid_t pid : grouped_) {
    if (!AdmitAsKnown(pid)) Admit(pid);
  }
  for (const pid_t pid : candidates_) Admit(pid);  // who left the group stays a member
}

// A member that is still in the group and whose number was given out before the last look is the
// same process. Numbers are given out in turn, and again from the lowest after the highest.
bool ProcessTree::AdmitAsKnown(pid_t pid) {
  if (keeps_stats_fresh_ || numbers_may_return_) return false;
  const bool was_given_out = newest_at_look_ <= newest_pid_
                                 ? newest_at_look_ < pid && pid <= newest_pid_
                                 : newest_at_look_ < pid || pid <= newest_pid_;
  const auto known = std::ranges::lower_bound(members_, pid, {}, &Process::pid);
  if (was_given_out || known == members_.end() || known->pid != pid) return false;
  found_.push_back(*known);
  return true;
}

// With those of the groups that the training made below its own.
void ProcessTree::AppendMembersOf(const std::string& folder, int depth) {
  AppendNumbers(ReadInto((folder + "/cgroup.procs").c_str()), grouped_);
  struct stat status{};
  const bool has_groups = stat(folder.c_str(), &status) == 0 && status.st_nlink > 2;
  if (!has_groups || depth == kDeepestGroup) return;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    if (entry.is_directory(ignored)) AppendMembersOf(entry.path(), depth + 1);
  }
}

void ProcessTree::CollectFromChildren() {
  if (target_.subreaper_pid != 0) AppendChildrenOf(target_.subreaper_pid, true);
  // What is admitted brings its children: the list grows while it is walked.
  // NOLINTNEXTLINE(modernize-loop-convert): the list grows
  for (std::size_t next = 0; next < candidates_.size(); ++next) {
    const std::size_t before = found_.size();
    Admit(candidates_[next]);
    if (found_.size() > before) AppendChildrenOf(candidates_[next], found_.back().threads > 1);
  }
}

void ProcessTree::AppendChildrenOf(pid_t pid, bool has_threads) {
  Path path;
  if (!has_threads) {
    AppendNumbers(ReadInto(Fill(path, "{0}/{1}/task/{1}/children", proc_root_, pid)), candidates_);
    return;
  }
  // A child is listed with the thread that made it.
  Path folder;
  ForEachNumber(Fill(folder, "{}/{}/task", proc_root_, pid), [&](pid_t thread) {
    AppendNumbers(ReadInto(Fill(path, "{}/{}/task/{}/children", proc_root_, pid, thread)),
                  candidates_);
  });
}

void ProcessTree::CollectFromEverybody() {
  std::vector<ProcessStat> everybody;
  ForEachNumber(proc_root_.c_str(), [&](pid_t pid) {
    if (const auto stat = StatOf(pid)) everybody.push_back(*stat);
  });
  const auto append_children_of = [&](pid_t parent) {
    for (const ProcessStat& stat : everybody) {
      if (stat.parent == parent) candidates_.push_back(stat.pid);
    }
  };
  if (target_.subreaper_pid != 0) append_children_of(target_.subreaper_pid);
  // NOLINTNEXTLINE(modernize-loop-convert): the list grows
  for (std::size_t next = 0; next < candidates_.size(); ++next) {
    const std::size_t before = found_.size();
    Admit(candidates_[next]);
    if (found_.size() > before) append_children_of(candidates_[next]);
  }
}

// Takes a candidate into found_ if it is new there, not us, and still the one that it was.
void ProcessTree::Admit(pid_t pid) {
  if (pid == self_ || std::ranges::find(found_, pid, &Process::pid) != found_.end()) return;
  const auto stat = StatOf(pid);
  if (!stat) return;
  const auto root = std::ranges::find(roots_, pid, &Root::pid);
  if (root != roots_.end() && stat->start_ticks != root->start_ticks) return;
  found_.push_back({pid, stat->parent, stat->start_ticks, stat->threads, stat->children_ticks});
}

std::optional<ProcessStat> ProcessTree::StatOf(pid_t pid) {
  Path path;
  return ParseStat(ReadInto(Fill(path, "{}/{}/stat", proc_root_, pid), true));
}

// The kernel gives a file of one record whole; only longer ones need to be asked for their end.
std::string_view ProcessTree::ReadInto(const char* path, bool in_one_read) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  std::size_t filled = 0;
  ssize_t got = 0;
  while (filled < buffer_.size() &&
         (got = read(fd, buffer_.data() + filled, buffer_.size() - filled)) > 0) {
    filled += static_cast<std::size_t>(got);
    if (in_one_read) break;
  }
  close(fd);
  return {buffer_.data(), filled};
}

}  // namespace epochcost::probe
