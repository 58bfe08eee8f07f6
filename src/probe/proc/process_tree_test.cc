#include "probe/proc/process_tree.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "probe/proc/fake_proc.h"

namespace epochcost::probe {
namespace {

// Processes 10 and 11 in a control group; the machine's newest process is 20.
class GroupedTreeTest : public testing::Test {
 protected:
  void SetUp() override {
    proc_.Put(10, 1, 0);
    proc_.Put(11, 10, 0);
    proc_.Fork(20);
    Group("10\n11\n");
    Target target = FakeProc::RootedAt(10);
    target.cgroup = RunCgroup::At(proc_.Root() + "/group", "");
    tree_.emplace(target, proc_.Root(), 99);
    Look(Nanos{kNanosPerSecond}, 21);
  }
  void Group(const std::string& members) {
    std::filesystem::create_directories(proc_.Root() + "/group");
    std::ofstream(proc_.Root() + "/group/cgroup.procs") << members;
  }
  void Look(Nanos later, int newest) {
    proc_.Fork(newest);
    now_ = now_ + later;
    ASSERT_TRUE(tree_->Refresh(now_, false));
  }
  // The start of a member; 0 where it is none.
  [[nodiscard]] std::int64_t StartOf(pid_t pid) const {
    const auto at = std::ranges::find(tree_->Members(), pid, &Process::pid);
    return at == tree_->Members().end() ? 0 : at->start_ticks;
  }
  void GiveElevenToAnother() { proc_.Put(11, 10, 0, 0, "", 900); }

  static constexpr Nanos kSoon{kNanosPerSecond};
  FakeProc proc_;
  std::optional<ProcessTree> tree_;
  BootTime now_;
};

TEST_F(GroupedTreeTest, FindsWhoCameAndLosesWhoWent) {
  proc_.Put(22, 10, 0);
  proc_.Remove(11);
  Group("10\n22\n");
  Look(kSoon, 22);
  EXPECT_EQ(StartOf(22), 100);
  EXPECT_EQ(StartOf(11), 0);
}

TEST_F(GroupedTreeTest, WhoLeftTheGroupStaysAMember) {
  Group("10\n");
  Look(kSoon, 22);
  EXPECT_EQ(StartOf(11), 100);
}

TEST_F(GroupedTreeTest, MemberIsNotReadAgainWhileItsNumberWasNotGivenOut) {
  GiveElevenToAnother();  // which cannot be: the newest number is above it
  Look(kSoon, 30);
  EXPECT_EQ(StartOf(11), 100);
}

TEST_F(GroupedTreeTest, NumberGivenOutAgainIsReadAgain) {
  GiveElevenToAnother();
  Look(kSoon, 15);  // all numbers were given out, and then those up to 15
  EXPECT_EQ(StartOf(11), 900);
}

TEST_F(GroupedTreeTest, EveryMemberIsReadAfterALongTimeWithoutALook) {
  GiveElevenToAnother();
  Look(Nanos{4 * kNanosPerSecond}, 30);
  EXPECT_EQ(StartOf(11), 900);
}

TEST_F(GroupedTreeTest, EveryMemberIsReadWhereStatsAreKeptFresh) {
  tree_->KeepStatsFresh();
  GiveElevenToAnother();
  Look(kSoon, 30);
  EXPECT_EQ(StartOf(11), 900);
}

}  // namespace
}  // namespace epochcost::probe
