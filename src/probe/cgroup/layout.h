#pragma once
// Where this machine keeps its control groups, and where we stand in them.

#include <string>
#include <string_view>

#include "base/result.h"

namespace epochcost::probe {

// Folders of one hierarchy. Both empty where it is not mounted.
struct CgroupHierarchy {
  std::string mount;  // its root as this process sees it
  std::string own;    // the folder of the group that this process is in, below or equal to `mount`
  [[nodiscard]] bool IsMounted() const { return !mount.empty(); }
};

struct CgroupLayout {
  CgroupHierarchy v2;
  CgroupHierarchy v1_memory;
  // "v2", "hybrid (v2 without controllers at …)", "v1", "none"
  [[nodiscard]] std::string Describe() const;
};

// From the text of /proc/self/mountinfo and /proc/self/cgroup.
[[nodiscard]] CgroupLayout ParseCgroupLayout(std::string_view mountinfo,
                                             std::string_view own_groups);

// Of this process, now. Error: /proc cannot be read.
[[nodiscard]] Result<CgroupLayout> FindCgroupLayout();

}  // namespace epochcost::probe
