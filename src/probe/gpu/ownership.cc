#include "probe/gpu/ownership.h"

#include <fmt/format.h>

#include <utility>

#include "model/replica.h"
#include "probe/kept_file.h"
#include "probe/proc/text.h"

namespace epochcost::probe {
namespace {

constexpr int kDeepest = 64;

std::string FolderName(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash);
}

}  // namespace

ReplicaOf OwnershipOf(const Target& target, std::string proc_root,
                      std::shared_ptr<const RankRoots> ranks) {
  const std::string group = target.cgroup ? FolderName(target.cgroup->V2Path()) : std::string{};
  return [target, group, proc_root = std::move(proc_root),
          ranks = std::move(ranks)](pid_t pid) -> std::optional<std::int32_t> {
    pid_t ancestor = pid;
    for (int depth = 0; depth < kDeepest && ancestor > 1; ++depth) {
      const auto text = ReadWhole(fmt::format("{}/{}/stat", proc_root, ancestor));
      const auto stat = text ? ParseStat(*text) : std::nullopt;
      if (!stat) break;
      if (const auto rank = ranks->Of(ancestor, stat->start_ticks)) return rank;
      if (ancestor == target.root_pid && stat->start_ticks == target.root_start_ticks)
        return kSharedReplica;
      if (target.subreaper_pid != 0 && stat->parent == target.subreaper_pid) return kSharedReplica;
      ancestor = stat->parent;
    }
    if (group.empty()) return std::nullopt;
    const auto groups = ReadWhole(fmt::format("{}/{}/cgroup", proc_root, pid));
    if (!groups || groups->find(group) == std::string::npos) return std::nullopt;
    return kSharedReplica;
  };
}

}  // namespace epochcost::probe
