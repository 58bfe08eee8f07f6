#include "probe/ranks/rank_finder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/retell.h"
#include "probe/kept_file.h"
#include "probe/proc/text.h"

namespace epochcost::probe {
namespace {

constexpr std::array<std::string_view, 4> kGlobal = {"RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK",
                                                     "PMI_RANK"};
constexpr std::array<std::string_view, 3> kLocal = {"LOCAL_RANK", "SLURM_LOCALID",
                                                    "OMPI_COMM_WORLD_LOCAL_RANK"};
constexpr std::array<std::string_view, 4> kWorld = {"WORLD_SIZE", "SLURM_NTASKS",
                                                    "OMPI_COMM_WORLD_SIZE", "PMI_SIZE"};
// Between fork and exec a process still shows its parent's words.
constexpr Nanos kUnsure{2 * kNanosPerSecond};
constexpr Nanos kSoon{100 * kNanosPerMilli};

// The first of the names that has a number, in the order of the names.
template <std::size_t N>
std::optional<std::int64_t> NumberNamed(std::string_view environment,
                                        const std::array<std::string_view, N>& names) {
  std::size_t best = N;
  std::optional<std::int64_t> found;
  while (!environment.empty()) {
    std::string_view word = environment.substr(0, environment.find('\0'));
    environment.remove_prefix(std::min(environment.size(), word.size() + 1));
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos) continue;
    const auto at = std::ranges::find(names, word.substr(0, equals));
    const auto index = static_cast<std::size_t>(at - names.begin());
    if (at == names.end() || index >= best) continue;
    word.remove_prefix(equals + 1);
    const auto number = TakeNumber(word);
    if (!number || !word.empty() || *number < 0 || *number > INT32_MAX) continue;
    best = index;
    found = number;
  }
  return found;
}

}  // namespace

RankWords ReadRankWords(std::string_view environment) {
  RankWords words;
  auto rank = NumberNamed(environment, kGlobal);
  if (!rank) rank = NumberNamed(environment, kLocal);
  if (rank) words.rank = static_cast<std::int32_t>(*rank);
  words.world_size = NumberNamed(environment, kWorld).value_or(0);
  return words;
}

void RankFinder::Declare(pid_t pid, std::int64_t start_ticks, std::int32_t replica) {
  const auto known = declared_.find(pid);
  if (known != declared_.end() && known->second.start_ticks == start_ticks) return;
  declared_[pid] = {replica, pid, start_ticks};
  seen_.erase(pid);  // look at it again, with what it says
  generation_ = -1;
}

std::vector<RankRoot> RankFinder::Look(BootTime now) {
  if (tree_.Generation() == generation_ && !has_unsure_) return {};
  generation_ = tree_.Generation();
  has_unsure_ = false;
  for (const Process& process : tree_.Members()) Meet(process, now);
  std::erase_if(seen_, [this](const auto& entry) {
    return !std::ranges::binary_search(tree_.Members(), entry.first, {}, &Process::pid);
  });
  return std::exchange(found_, {});
}

void RankFinder::Meet(const Process& process, BootTime now) {
  const auto known = seen_.find(process.pid);
  const bool is_new = known == seen_.end() || known->second.start_ticks != process.start_ticks;
  Seen seen =
      is_new ? Seen{.start_ticks = process.start_ticks, .rank = {}, .since = now} : known->second;
  if (!is_new && (seen.is_root || now - seen.since > kUnsure)) return;
  has_unsure_ = true;
  if (!is_new && now < seen.next_look) return;
  seen.next_look = now + std::max(kSoon, now - seen.since);  // six looks in all
  RankWords words;
  const auto declared = declared_.find(process.pid);
  if (declared != declared_.end() && declared->second.start_ticks == process.start_ticks) {
    words.rank = declared->second.replica;
  } else if (const auto text =
                 ReadWhole(fmt::format("{}/{}/environ", tree_.ProcRoot(), process.pid))) {
    words = ReadRankWords(*text);
  }
  seen.rank = words.rank;
  if (seen.rank && !IsWorker(process, *seen.rank)) {
    seen.is_root = true;
    const RankRoot root{*seen.rank, process.pid, process.start_ticks};
    Doubt(root);
    if (words.world_size > 0 && root.replica >= words.world_size && !was_told_) {
      notice_ = ForRecord(
          "process {} says that it is rank {} of {}, which cannot be; it is metered "
          "as the rank that it says",
          root.pid, root.replica, words.world_size);
    }
    found_.push_back(root);
  }
  seen_[process.pid] = seen;
}

// Whether an ancestor is that rank already.
bool RankFinder::IsWorker(const Process& process, std::int32_t rank) const {
  pid_t parent = process.parent;
  for (int depth = 0; depth < 64; ++depth) {
    const auto seen = seen_.find(parent);
    if (seen != seen_.end() && seen->second.rank == rank) return true;
    const auto member = std::ranges::lower_bound(tree_.Members(), parent, {}, &Process::pid);
    if (member == tree_.Members().end() || member->pid != parent) return false;
    parent = member->parent;
  }
  return false;
}

void RankFinder::Doubt(const RankRoot& root) {
  if (was_told_) return;
  for (const auto& [pid, seen] : seen_) {
    if (pid == root.pid || !seen.is_root || seen.rank != root.replica) continue;
    if (!std::ranges::binary_search(tree_.Members(), pid, {}, &Process::pid)) continue;
    notice_ =
        ForRecord("processes {} and {} both say that they are rank {}: what they use is added up",
                  pid, root.pid, root.replica);
  }
}

std::optional<std::string> RankFinder::TakeNotice() {
  if (notice_) was_told_ = true;
  return std::exchange(notice_, std::nullopt);
}

}  // namespace epochcost::probe
