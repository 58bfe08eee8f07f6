#include "probe/ranks/rank_use.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/retell.h"

namespace epochcost::probe {
namespace {

// Tree 0 is the whole run's. The number must be the same for a meter that continues.
int TreeOf(std::int32_t replica) { return 1 + replica % (kMostTrees - 1); }

}  // namespace

RankUse::RankUse(const Target& target, ProcessTree& tree, Options options)
    : target_(target), tree_(tree), options_(std::move(options)), finder_(tree_) {}

void RankUse::Poll(BootTime now, std::vector<Sample>& out) {
  tree_.Refresh(now, false);
  for (const RankRoot& root : finder_.Look(now)) {
    if (root.pid == target_.root_pid && !has_ranks_) {
      root_rank_ = root;
      continue;
    }
    has_ranks_ = true;
    if (const auto first = std::exchange(root_rank_, std::nullopt)) Begin(*first);
    Begin(root);
  }
  if (counter_) counter_->Settle();
  for (const auto& [replica, lives] : lives_) {
    ReadTree(replica, now, out);
    ReadLives(replica, now, out);
  }
}

void RankUse::Begin(const RankRoot& root) {
  if (options_.roots) options_.roots->Add(root.pid, root.start_ticks, root.replica);
  Target target;
  target.run = target_.run;
  target.root_pid = root.pid;
  target.root_start_ticks = root.start_ticks;
  Life life;
  life.tree = std::make_unique<ProcessTree>(target, options_.proc_root, getpid());
  life.memory = std::make_unique<ProcessMemory>(*life.tree);
  if (const auto followed = Follow(root); !followed) {
    life.clocks = std::make_unique<ProcessClocks>(*life.tree, nullptr);
  }
  lives_[root.replica].push_back(std::move(life));
}

Result<void> RankUse::Follow(const RankRoot& root) {
  if (!options_.may_load) return Fail(ErrorCode::kPermission, "");
  if (!std::exchange(tried_loading_, true)) {
    auto counter = TreeCounter::Open(target_.run, {.cpu = true, .sockets = true}, options_.handles);
    if (!counter)
      counter = TreeCounter::Open(target_.run, {.cpu = true, .sockets = false}, options_.handles);
    if (counter) counter_ = std::move(*counter);
  }
  if (!counter_) return Fail(ErrorCode::kUnsupported, "");
  const int tree = TreeOf(root.replica);
  const auto [taken, is_new] = trees_.try_emplace(tree, root.replica);
  if (taken->second != root.replica) {
    notice_ =
        ForRecord("ranks {} and {} of this machine cannot be told apart exactly: at most {} are",
                  taken->second, root.replica, kMostTrees - 1);
    return Fail(ErrorCode::kOverflow, "");
  }
  return counter_->Follow(tree, {root.pid});
}

void RankUse::ReadTree(std::int32_t replica, BootTime now, std::vector<Sample>& out) {
  const auto taken = trees_.find(TreeOf(replica));
  if (!counter_ || taken == trees_.end() || taken->second != replica) return;
  const auto reading = counter_->Read(taken->first);
  if (!reading) return;
  const auto add = [&](Signal signal, std::int64_t value, SourceKind source) {
    out.push_back({signal, source, replica, now, std::max<std::int64_t>(value, 0)});
  };
  add(Signal::kCpuNs, reading->cpu_ns, SourceKind::kBpfSwitch);
  add(Signal::kNetworkInBytes, reading->received_bytes, SourceKind::kBpfSockLength);
  add(Signal::kNetworkOutBytes, reading->sent_bytes, SourceKind::kBpfSockLength);
  add(Signal::kLoopbackBytes, reading->loopback_bytes, SourceKind::kBpfSockLength);
}

void RankUse::ReadLives(std::int32_t replica, BootTime now, std::vector<Sample>& out) {
  Wide cpu_ns = 0;
  Wide bytes = 0;
  bool has_clocks = false;
  for (Life& life : lives_.at(replica)) {
    std::vector<Sample> read;
    if (life.clocks) {
      has_clocks = true;
      if (life.clocks->Poll(now, read)) life.cpu_ns = std::max(life.cpu_ns, read.front().value);
      cpu_ns += life.cpu_ns;
    } else {
      life.tree->Refresh(now, false);
    }
    read.clear();
    if (life.memory && life.memory->Poll(now, read)) bytes += read.front().value;
  }
  if (has_clocks) {
    out.push_back(
        {Signal::kCpuNs, SourceKind::kProcessClocks, replica, now, cpu_ns, Quality::kMeasured});
  }
  out.push_back(
      {Signal::kMemoryBytes, SourceKind::kProcMemory, replica, now, bytes, Quality::kModelled});
}

std::optional<std::string> RankUse::TakeNotice() {
  if (notice_) return std::exchange(notice_, std::nullopt);
  return finder_.TakeNotice();
}

}  // namespace epochcost::probe
