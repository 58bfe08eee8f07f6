#include "probe/gpu/ownership.h"

#include <fmt/format.h>

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

ReplicaOf OwnershipOf(const Target& target, std::string proc_root) {
  const std::string group = target.cgroup ? FolderName(target.cgroup->V2Path()) : std::string{};
  return
      [target, group, proc_root = std::move(proc_root)](pid_t pid) -> std::optional<std::int32_t> {
        if (!group.empty()) {
          const auto groups = ReadWhole(fmt::format("{}/{}/cgroup", proc_root, pid));
          if (groups && groups->find(group) != std::string::npos) return 0;
        }
        pid_t ancestor = pid;
        for (int depth = 0; depth < kDeepest && ancestor > 1; ++depth) {
          const auto text = ReadWhole(fmt::format("{}/{}/stat", proc_root, ancestor));
          const auto stat = text ? ParseStat(*text) : std::nullopt;
          if (!stat) return std::nullopt;
          if (ancestor == target.root_pid && stat->start_ticks == target.root_start_ticks) return 0;
          if (target.subreaper_pid != 0 && stat->parent == target.subreaper_pid) return 0;
          ancestor = stat->parent;
        }
        return std::nullopt;
      };
}

}  // namespace epochcost::probe
