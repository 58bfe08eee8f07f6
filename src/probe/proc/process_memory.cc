#include "probe/proc/process_memory.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "base/text.h"

namespace epochcost::probe {
namespace {

constexpr std::int64_t kMillion = 1'000'000;
constexpr Nanos kShareHoldsFor{60 * kNanosPerSecond};
constexpr Nanos kSettling{200 * kNanosPerMilli};
constexpr std::int64_t kTimesItsCost = 500;
// What was not spent is saved up, so that the shares follow soon when processes seldom change.
constexpr Nanos kSavedUp{100 * kNanosPerSecond};
constexpr std::int64_t kMostAtOnce = 5 * kNanosPerMilli;
constexpr std::size_t kMostPagesRead = 24;  // at 10 Hz, each of 64 is read four times a second
constexpr std::size_t kMostKeptOpen = 256;

std::int64_t ThreadCpuNs() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return used.tv_sec * kNanosPerSecond + used.tv_nsec;
}

// part of whole, in parts of a million, at most all of it.
std::int64_t ShareOf(std::int64_t part, std::int64_t whole) {
  if (whole <= 0) return 0;
  return std::min(kMillion, static_cast<std::int64_t>(Wide{part} * kMillion / whole));
}

}  // namespace

ProcessMemory::ProcessMemory(ProcessTree& tree) : tree_(tree), page_bytes_(sysconf(_SC_PAGESIZE)) {
  tree_.KeepStatsFresh();
}

Result<void> ProcessMemory::Poll(BootTime now, std::vector<Sample>& out) {
  const bool lost_one = std::ranges::any_of(watched_, &Watched::is_gone);
  tree_.Refresh(now, lost_one || watched_.empty());
  if (tree_.Generation() != generation_) Meet(now);
  ReadPages();
  MeasureShares(now);
  Wide bytes = 0;
  bool anyone = false;
  for (const Watched& process : watched_) {
    if (process.is_gone) continue;
    anyone = true;
    const Wide anonymous = process.pages.resident - process.pages.shared;
    const Watched& shares = SharesOf(process);
    bytes +=
        (anonymous * shares.anonymous_share + Wide{process.pages.shared} * shares.memory_share) *
        page_bytes_ / kMillion;
  }
  if (!anyone) return Fail(ErrorCode::kNotFound, Say("no process of the run was found"));
  out.push_back({Signal::kMemoryBytes, Kind(), 0, now, bytes, Quality::kModelled});
  return {};
}

void ProcessMemory::Meet(BootTime now) {
  generation_ = tree_.Generation();
  const auto& members = tree_.Members();
  const auto is_member = [&members](const Watched& process) {
    const auto at = std::ranges::lower_bound(members, process.pid, {}, &Process::pid);
    return at != members.end() && at->pid == process.pid && at->start_ticks == process.start_ticks;
  };
  bool changed = std::erase_if(watched_, [&](const Watched& w) { return !is_member(w); }) > 0;
  for (const Process& member : members) {
    const auto at = std::ranges::lower_bound(watched_, member.pid, {}, &Watched::pid);
    if (at != watched_.end() && at->pid == member.pid) continue;
    changed = true;
    Watched process;
    process.pid = member.pid;
    process.parent = member.parent;
    process.start_ticks = member.start_ticks;
    process.joined = now;
    process.measured = now;
    if (watched_.size() < kMostKeptOpen) {
      auto file = KeptFile::Open(fmt::format("{}/{}/statm", tree_.ProcRoot(), member.pid));
      if (file) process.statm = std::move(*file);
    }
    ReadPagesOf(process);
    watched_.insert(at, std::move(process));
  }
  if (!changed) return;
  for (Watched& process : watched_) process.is_stale = true;
}

// All of them where they are few; of many, the next few at each reading.
void ProcessMemory::ReadPages() {
  const std::size_t count = std::min(watched_.size(), kMostPagesRead);
  for (std::size_t i = 0; i < count; ++i) ReadPagesOf(watched_[next_++ % watched_.size()]);
}

void ProcessMemory::ReadPagesOf(Watched& process) {
  std::optional<ProcessPages> pages;
  if (process.statm.IsOpen()) {
    pages = ParseStatm(process.statm.Read(buffer_));
  } else if (auto file =
                 KeptFile::Open(fmt::format("{}/{}/statm", tree_.ProcRoot(), process.pid))) {
    pages = ParseStatm(file->Read(buffer_));
  }
  // A zombie's statm is there and says zeros; one that was waited for cannot be read.
  process.is_gone = !pages;
  process.pages = pages.value_or(ProcessPages{});
}

// The one by which the sum may be wrong the most comes first: large, and measured long ago.
void ProcessMemory::MeasureShares(BootTime now) {
  const std::int64_t begin = ThreadCpuNs();
  while (now >= may_measure_ && ThreadCpuNs() - begin < kMostAtOnce) {
    Watched* next = nullptr;
    Wide worst = 0;
    for (Watched& process : watched_) {
      const Nanos age = now - process.measured;
      const bool due = (process.is_stale && age >= kSettling) || age >= kShareHoldsFor;
      if (process.is_gone || process.pages.resident == 0 || !due) continue;
      const Wide doubt = Wide{process.pages.resident} * age.Count();
      if (doubt <= worst) continue;
      worst = doubt;
      next = &process;
    }
    if (next == nullptr) return;
    const std::int64_t before = ThreadCpuNs();
    Measure(*next, now);
    may_measure_ =
        std::max(may_measure_, now - kSavedUp) + Nanos{(ThreadCpuNs() - before) * kTimesItsCost};
  }
}

// A process not measured yet has what its parent has of what they share: as much of it as the
// parent was measured to have since, or none while the parent is still reckoned to have it all. One
// whose parent is none of the run's has all that it has.
const ProcessMemory::Watched& ProcessMemory::SharesOf(const Watched& process) const {
  static const Watched kNothing;
  static const Watched kAll = [] {
    Watched all;
    all.anonymous_share = kMillion;
    return all;
  }();
  // NOLINTNEXTLINE(bugprone-return-const-ref-from-parameter): an element of watched_
  if (process.is_measured) return process;
  const auto parent = std::ranges::lower_bound(watched_, process.parent, {}, &Watched::pid);
  if (parent == watched_.end() || parent->pid != process.parent) return kAll;
  return parent->is_measured && parent->measured >= process.joined ? *parent : kNothing;
}

void ProcessMemory::Measure(Watched& process, BootTime now) {
  process.measured = now;
  process.is_stale = false;
  process.is_measured = true;
  const auto text = ReadWhole(fmt::format("{}/{}/smaps_rollup", tree_.ProcRoot(), process.pid));
  const auto share = text ? ParseSmapsRollup(*text) : std::nullopt;
  if (!share) {  // not ours to look into, or an old kernel: all that is anonymous is its own
    process.anonymous_share = kMillion;
    process.memory_share = 0;
    return;
  }
  const std::int64_t anonymous = (process.pages.resident - process.pages.shared) * page_bytes_;
  process.anonymous_share = ShareOf(share->anonymous, anonymous);
  process.memory_share = ShareOf(share->shared_memory, process.pages.shared * page_bytes_);
}

}  // namespace epochcost::probe
