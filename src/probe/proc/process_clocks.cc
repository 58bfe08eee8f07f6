#include "probe/proc/process_clocks.h"

#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "base/text.h"

namespace epochcost::probe {
namespace {

// children_ticks is the sum of two numbers that the kernel rounds down to ticks.
constexpr std::int64_t kTick = kNanosPerSecond / 100;
constexpr std::int64_t kRounding = 2 * kTick;
// How often the tree is looked at before a process counts as one that nobody waited for.
constexpr int kPatience = 2;
constexpr int kPatienceWithFeed = 5;
constexpr std::size_t kMostUnseenRemembered = 256;

}  // namespace

ProcessClocks::ProcessClocks(ProcessTree& tree, DeadFeed* feed, ReadClock read_clock)
    : tree_(tree), feed_(feed), read_clock_(read_clock) {
  tree_.KeepStatsFresh();
}

std::optional<std::int64_t> ProcessClocks::ReadProcessClock(pid_t pid) {
  // What clock_getcpuclockid() computes, without the system call by which it tries the result.
  constexpr unsigned kScheduler = 2;
  const auto clock = static_cast<clockid_t>((~static_cast<unsigned>(pid) << 3) | kScheduler);
  timespec used{};
  if (clock_gettime(clock, &used) != 0) return std::nullopt;
  return used.tv_sec * kNanosPerSecond + used.tv_nsec;
}

Result<void> ProcessClocks::Poll(BootTime now, std::vector<Sample>& out) {
  // The order keeps anything from being counted twice: first what the dead left (the feed, then
  // what parents waited for), then the clocks of the living. Who dies in between is missing for a
  // while, and a missing process is held at its last reading.
  dead_.clear();
  if (feed_ != nullptr) feed_->TakeInto(dead_);
  const bool anyone_missing =
      std::ranges::any_of(missing_, [](const Missing& missing) { return !missing.is_unseen; });
  tree_.Refresh(now, anyone_missing || living_.empty());
  gains_.clear();
  const bool looked = tree_.Generation() != generation_;
  if (looked) Meet();
  ReadClocks();
  TakeDead();
  for (const Gain& gain : gains_) Credit(gain.parent, gain.ns);
  if (looked) GiveUp();
  if (living_.empty() && said_ns_ == 0 && dead_ns_ == 0) {
    return Fail(ErrorCode::kNotFound, Say("no process of the run was found"));
  }
  said_ns_ = std::max(said_ns_, Sum());
  const Quality quality = unseen_exits_ > 0 ? Quality::kModelled : Quality::kMeasured;
  out.push_back({Signal::kCpuNs, Kind(), 0, now, said_ns_, quality});
  return {};
}

// Takes the tree's new members, and notes what the known ones have newly waited for.
void ProcessClocks::Meet() {
  generation_ = tree_.Generation();
  for (const Process& member : tree_.Members()) {
    const auto at = std::ranges::lower_bound(living_, member.pid, {}, &Living::pid);
    const std::int64_t children_ns = member.children_ticks * kTick;
    if (at != living_.end() && at->pid == member.pid && at->start_ticks == member.start_ticks) {
      if (children_ns > at->children_ns)
        gains_.push_back({member.pid, children_ns - at->children_ns});
      at->children_ns = children_ns;
      at->parent = member.parent;
      continue;
    }
    if (at != living_.end() && at->pid == member.pid) {  // the number was given to another process
      missing_.push_back({at->pid, at->parent, at->start_ticks, at->Total()});
      *at = {member.pid, member.parent, member.start_ticks, 0, children_ns};
      continue;
    }
    if (std::ranges::any_of(missing_, [&](const Missing& missing) {
          return missing.pid == member.pid && missing.start_ticks == member.start_ticks;
        })) {
      continue;
    }
    living_.insert(at, {member.pid, member.parent, member.start_ticks, 0, children_ns});
  }
}

void ProcessClocks::ReadClocks() {
  for (Living& process : living_) {
    if (const auto ns = read_clock_(process.pid)) {
      process.clock_ns = *ns;
      continue;
    }
    missing_.push_back({process.pid, process.parent, process.start_ticks, process.Total()});
    process.pid = 0;
  }
  std::erase_if(living_, [](const Living& process) { return process.pid == 0; });
}

// A report replaces whatever was known of the process, and what it holds beyond that came from the
// children that the process had waited for.
void ProcessClocks::TakeDead() {
  for (const DeadProcess& dead : dead_) {
    dead_ns_ += dead.cpu_ns;
    const auto is_it = [&dead](const auto& process) {
      return process.pid == dead.pid &&
             (dead.start_ticks == 0 || process.start_ticks == dead.start_ticks);
    };
    std::int64_t known = 0;
    if (const auto at = std::ranges::find_if(living_, is_it); at != living_.end()) {
      known = at->Total();
      living_.erase(at);
    } else if (const auto gone = std::ranges::find_if(missing_, is_it); gone != missing_.end()) {
      known = gone->ns;
      if (gone->is_unseen) --unseen_exits_;
      missing_.erase(gone);
    }
    if (dead.pid != 0 && dead.cpu_ns > known) Credit(dead.pid, dead.cpu_ns - known);
  }
}

// `parent` is seen to hold `ns` more: it is taken off those that may be in it. Its own missing
// children come first, each with what that child had waited for in turn; what is left may be of an
// orphan that came to it since we looked.
void ProcessClocks::Credit(pid_t parent, std::int64_t ns) {
  ns = CreditChildren(parent, ns);
  const auto is_orphan = [this](const Missing& missing) {
    return !missing.is_unseen &&
           std::ranges::find(living_, missing.parent, &Living::pid) == living_.end();
  };
  while (ns > 0) {
    const auto orphan = std::ranges::find_if(missing_, is_orphan);
    if (orphan == missing_.end()) return;
    ns = CreditOne(orphan, ns);
  }
}

// Gives back what it could not place.
std::int64_t ProcessClocks::CreditChildren(pid_t parent, std::int64_t ns) {
  const auto is_child = [parent](const Missing& missing) {
    return missing.parent == parent && !missing.is_unseen;
  };
  while (ns > 0) {
    const auto child = std::ranges::find_if(missing_, is_child);
    if (child == missing_.end()) break;
    ns = CreditOne(child, ns);
  }
  return ns;
}

std::int64_t ProcessClocks::CreditOne(std::vector<Missing>::iterator gone, std::int64_t ns) {
  const std::int64_t covered = std::min(ns, gone->ns);
  gone->ns -= covered;
  if (gone->ns > kRounding) return 0;
  const pid_t pid = gone->pid;
  missing_.erase(gone);
  return CreditChildren(pid, ns - covered);
}

bool ProcessClocks::MayStillAppear(const Missing& missing) const {
  if (missing.looks < kPatience) return true;
  const auto is_parent = [&missing](const auto& process) { return process.pid == missing.parent; };
  if (std::ranges::any_of(missing_, is_parent)) return true;
  const bool parent_lives = std::ranges::any_of(living_, is_parent);
  return feed_ != nullptr && !parent_lives && missing.looks < kPatienceWithFeed;
}

void ProcessClocks::GiveUp() {
  for (Missing& missing : missing_) {
    ++missing.looks;
    if (missing.is_unseen || MayStillAppear(missing)) continue;
    missing.is_unseen = true;
    // Less than the rounding may be in its parent's ticks already.
    if (missing.ns > kRounding) ++unseen_exits_;
  }
  std::erase_if(missing_, [](const Missing& m) { return m.is_unseen && m.ns <= kRounding; });
  // Remembered for a while, in case a report comes late; then only their sum.
  const std::size_t most = feed_ != nullptr ? kMostUnseenRemembered : 0;
  while (!missing_.empty() && missing_.front().is_unseen && missing_.size() > most) {
    kept_ns_ += missing_.front().ns;
    missing_.erase(missing_.begin());
  }
}

std::int64_t ProcessClocks::Sum() const {
  std::int64_t sum = dead_ns_ + kept_ns_;
  for (const Living& process : living_) sum += process.Total();
  for (const Missing& missing : missing_) sum += missing.ns;
  return sum;
}

std::optional<std::string> ProcessClocks::TakeNotice() {
  if (unseen_exits_ == 0 || was_told_) return std::nullopt;
  was_told_ = true;
  return Say(
      "a process ended and nobody waited for it: what it used after its last reading is not "
      "counted");
}

}  // namespace epochcost::probe
