#include "probe/ranks/rank_finder.h"

#include <gtest/gtest.h>

#include <string>

#include "probe/proc/fake_proc.h"

namespace epochcost::probe {
namespace {

using namespace std::string_literals;

TEST(RankWords, AreTheLaunchersGlobalOnesFirst) {
  const RankWords words = ReadRankWords("HOME=/root\0LOCAL_RANK=1\0RANK=9\0WORLD_SIZE=16\0"s);
  EXPECT_EQ(words.rank, 9);
  EXPECT_EQ(words.world_size, 16);
}

TEST(RankWords, AreTheLocalOneWhereThereIsNoGlobal) {
  EXPECT_EQ(ReadRankWords("LOCAL_RANK=3\0"s).rank, 3);
  EXPECT_EQ(ReadRankWords("SLURM_PROCID=12\0SLURM_LOCALID=2\0"s).rank, 12);
}

TEST(RankWords, AreNoneWhereTheyAreNonsense) {
  EXPECT_FALSE(ReadRankWords("RANK=\0"s).rank);
  EXPECT_FALSE(ReadRankWords("RANK=-1\0"s).rank);
  EXPECT_FALSE(ReadRankWords("RANK=1e3\0"s).rank);
  EXPECT_FALSE(ReadRankWords("RANK=99999999999\0"s).rank);
  EXPECT_FALSE(ReadRankWords("XRANK=1\0RANKS=2\0"s).rank);
  EXPECT_FALSE(ReadRankWords("").rank);
}

// A launcher (10) with processes below it.
class RankFinderTest : public testing::Test {
 protected:
  void SetUp() override { proc_.Put(10, 1, 0, 0, "11 12"); }
  void Rank(pid_t pid, pid_t parent, const std::string& environment,
            const std::string& children = "") {
    proc_.Put(pid, parent, 0, 0, children);
    proc_.Write(pid, "environ", environment);
  }
  ProcessTree Tree() { return {FakeProc::RootedAt(10), proc_.Root(), 99}; }
  FakeProc proc_;
};

TEST_F(RankFinderTest, FindsEachRankOnceAndNotItsWorkers) {
  Rank(11, 10, "RANK=0\0WORLD_SIZE=2\0"s, "13");
  Rank(12, 10, "RANK=1\0WORLD_SIZE=2\0"s);
  Rank(13, 11, "RANK=0\0WORLD_SIZE=2\0"s);
  const ProcessTree tree = Tree();
  RankFinder finder(tree);
  const auto found = finder.Look(BootTime{0});
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].pid, 11);
  EXPECT_EQ(found[0].replica, 0);
  EXPECT_EQ(found[1].pid, 12);
  EXPECT_EQ(found[1].replica, 1);
  EXPECT_TRUE(finder.Look(BootTime{1}).empty());
  EXPECT_FALSE(finder.TakeNotice());
}

TEST_F(RankFinderTest, LooksAgainAtAProcessThatHadNotExecutedYet) {
  Rank(11, 10, "HOME=/\0"s);
  const ProcessTree tree = Tree();
  RankFinder finder(tree);
  EXPECT_TRUE(finder.Look(BootTime{0}).empty());
  proc_.Write(11, "environ", "RANK=5\0"s);
  const auto found = finder.Look(BootTime{100 * kNanosPerMilli});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].replica, 5);
}

TEST_F(RankFinderTest, BelievesTheProcessBeforeItsEnvironment) {
  Rank(11, 10, "RANK=0\0"s);
  const ProcessTree tree = Tree();
  RankFinder finder(tree);
  finder.Declare(11, 100, 4);
  const auto found = finder.Look(BootTime{0});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].replica, 4);
}

TEST_F(RankFinderTest, TellsTwoProcessesOfOneNumber) {
  Rank(11, 10, "RANK=1\0"s);
  Rank(12, 10, "RANK=1\0"s);
  const ProcessTree tree = Tree();
  RankFinder finder(tree);
  EXPECT_EQ(finder.Look(BootTime{0}).size(), 2U);
  EXPECT_EQ(finder.TakeNotice(),
            "processes 11 and 12 both say that they are rank 1: what they use is added up");
  EXPECT_FALSE(finder.TakeNotice());
}

TEST_F(RankFinderTest, TellsANumberThatIsNotInItsWorld) {
  Rank(11, 10, "RANK=7\0WORLD_SIZE=2\0"s);
  const ProcessTree tree = Tree();
  RankFinder finder(tree);
  ASSERT_EQ(finder.Look(BootTime{0}).size(), 1U);
  EXPECT_EQ(
      finder.TakeNotice(),
      "process 11 says that it is rank 7 of 2, which cannot be; it is metered as the rank that "
      "it says");
}

}  // namespace
}  // namespace epochcost::probe
