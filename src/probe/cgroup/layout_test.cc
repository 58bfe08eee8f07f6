#include "probe/cgroup/layout.h"

#include <gtest/gtest.h>

namespace epochcost::probe {
namespace {

TEST(CgroupLayout, PureV2UnderSystemd) {
  const auto layout = ParseCgroupLayout(
      "29 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev shared:4 - cgroup2 cgroup2 rw,nsdelegate\n",
      "0::/user.slice/user-1000.slice/session-3.scope\n");
  EXPECT_EQ(layout.v2.mount, "/sys/fs/cgroup");
  EXPECT_EQ(layout.v2.own, "/sys/fs/cgroup/user.slice/user-1000.slice/session-3.scope");
  EXPECT_FALSE(layout.v1_memory.IsMounted());
}

TEST(CgroupLayout, HybridWithMemoryOnV1) {
  const auto layout = ParseCgroupLayout(
      "34 31 0:31 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
      "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
      "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
      "9:name=systemd:/\n4:memory:/jobs/17\n3:cpuset:/\n0::/\n");
  EXPECT_EQ(layout.v2.own, "/sys/fs/cgroup/unified");
  EXPECT_EQ(layout.v1_memory.own, "/sys/fs/cgroup/memory/jobs/17");
  EXPECT_EQ(layout.Describe(),
            "hybrid: v2 at /sys/fs/cgroup/unified, v1 memory at /sys/fs/cgroup/memory");
}

TEST(CgroupLayout, ContainerSeesItsPartAsTheRoot) {
  const auto layout = ParseCgroupLayout(
      "29 23 0:26 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n", "0::/docker/abc/inner\n");
  EXPECT_EQ(layout.v2.own, "/sys/fs/cgroup/inner");
}

TEST(CgroupLayout, PathOutsideOfWhatIsMountedIsTheMount) {
  const auto layout =
      ParseCgroupLayout("29 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup rw\n", "0::/../outside\n");
  EXPECT_EQ(layout.v2.own, "/sys/fs/cgroup");
}

TEST(CgroupLayout, MountPointWithABlank) {
  const auto layout =
      ParseCgroupLayout("29 23 0:26 / /mnt/a\\040b rw - cgroup2 cgroup rw\n", "0::/\n");
  EXPECT_EQ(layout.v2.mount, "/mnt/a b");
}

TEST(CgroupLayout, NothingMounted) {
  const auto layout = ParseCgroupLayout("22 27 0:21 / /proc rw - proc proc rw\nrubbish\n", "");
  EXPECT_FALSE(layout.v2.IsMounted());
  EXPECT_EQ(layout.Describe(), "none");
}

}  // namespace
}  // namespace epochcost::probe
