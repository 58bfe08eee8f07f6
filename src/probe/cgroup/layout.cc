#include "probe/cgroup/layout.h"

#include <fmt/format.h>

#include <vector>

#include "probe/kept_file.h"

namespace epochcost::probe {
namespace {

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool Contains(std::string_view list, std::string_view word) {
  for (const std::string_view part : Split(list, ',')) {
    if (part == word) return true;
  }
  return false;
}

// mountinfo writes blanks, tabs, newlines and backslashes as \040 and the like.
std::string Unescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escaped = text[i] == '\\' && i + 3 < text.size() && text[i + 1] >= '0' &&
                         text[i + 1] <= '3' && text[i + 2] >= '0' && text[i + 2] <= '7' &&
                         text[i + 3] >= '0' && text[i + 3] <= '7';
    if (!escaped) {
      plain += text[i];
      continue;
    }
    plain +=
        static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + text[i + 3] - '0');
    i += 3;
  }
  return plain;
}

struct Mount {
  std::string root;  // the part of the hierarchy that is mounted
  std::string point;
  std::string_view type;
  std::string_view options;  // of the file system: names the controllers of v1
};

std::vector<Mount> CgroupMounts(std::string_view mountinfo) {
  std::vector<Mount> mounts;
  for (const std::string_view line : Split(mountinfo, '\n')) {
    // id parent major:minor root point options [tags…] - type source super-options
    const std::size_t dash = line.find(" - ");
    if (dash == std::string_view::npos) continue;
    const auto left = Split(line.substr(0, dash), ' ');
    const auto right = Split(line.substr(dash + 3), ' ');
    if (left.size() < 6 || right.size() < 3) continue;
    if (right[0] != "cgroup" && right[0] != "cgroup2") continue;
    mounts.push_back({Unescape(left[3]), Unescape(left[4]), right[0], right[2]});
  }
  return mounts;
}

// The path of our group in the hierarchy whose line in /proc/self/cgroup names `controller`; v2's
// line names none and has number 0.
std::string_view OwnPath(std::string_view own_groups, std::string_view controller) {
  for (const std::string_view line : Split(own_groups, '\n')) {
    const auto parts = Split(line, ':');
    if (parts.size() < 3) continue;
    const std::string_view path = line.substr(parts[0].size() + parts[1].size() + 2);
    if (controller.empty() ? (parts[0] == "0" && parts[1].empty())
                           : Contains(parts[1], controller)) {
      return path;
    }
  }
  return "/";
}

CgroupHierarchy Place(const Mount& mount, std::string_view own_path) {
  CgroupHierarchy hierarchy{mount.point, mount.point};
  // A container sees a part of the tree mounted, but may be told its path from the true root.
  std::string_view below = own_path;
  if (mount.root != "/") {
    if (!below.starts_with(mount.root)) return hierarchy;
    below.remove_prefix(mount.root.size());
  }
  if (below.find("..") != std::string_view::npos) return hierarchy;
  if (!below.empty() && below != "/") hierarchy.own += below;
  return hierarchy;
}

}  // namespace

std::string CgroupLayout::Describe() const {
  if (v2.IsMounted() && v1_memory.IsMounted()) {
    return fmt::format("hybrid: v2 at {}, v1 memory at {}", v2.mount, v1_memory.mount);
  }
  if (v2.IsMounted()) return fmt::format("v2 at {}", v2.mount);
  if (v1_memory.IsMounted()) return fmt::format("v1: memory at {}", v1_memory.mount);
  return "none";
}

CgroupLayout ParseCgroupLayout(std::string_view mountinfo, std::string_view own_groups) {
  CgroupLayout layout;
  for (const Mount& mount : CgroupMounts(mountinfo)) {
    if (mount.type == "cgroup2" && !layout.v2.IsMounted()) {
      layout.v2 = Place(mount, OwnPath(own_groups, ""));
    }
    if (mount.type == "cgroup" && Contains(mount.options, "memory") &&
        !layout.v1_memory.IsMounted()) {
      layout.v1_memory = Place(mount, OwnPath(own_groups, "memory"));
    }
  }
  return layout;
}

Result<CgroupLayout> FindCgroupLayout() {
  const auto mounts = ReadWhole("/proc/self/mountinfo");
  if (!mounts) return tl::unexpected(mounts.error());
  const auto groups = ReadWhole("/proc/self/cgroup");
  if (!groups) return tl::unexpected(groups.error());
  return ParseCgroupLayout(*mounts, *groups);
}

}  // namespace epochcost::probe
