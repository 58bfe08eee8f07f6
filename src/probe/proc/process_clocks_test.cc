#include "probe/proc/process_clocks.h"

#include <gtest/gtest.h>

#include "probe/proc/fake_proc.h"

namespace epochcost::probe {
namespace {

constexpr std::int64_t kMs = kNanosPerMilli;

class ProcessClocksTest : public testing::Test {
 protected:
  void Begin(DeadFeed* feed = nullptr, pid_t subreaper = 0) {
    Target target = FakeProc::RootedAt(10);
    target.subreaper_pid = subreaper;
    tree_.emplace(target, proc_.Root(), 99);
    clocks_.emplace(*tree_, feed, &FakeProc::ReadClock);
  }
  // A reading in ms, a hundred seconds after the last, so that the tree may be looked at.
  std::int64_t Read() {
    now_ = now_ + Nanos{100 * kNanosPerSecond};
    proc_.Fork();
    std::vector<Sample> samples;
    if (!clocks_->Poll(now_, samples)) return -1;
    quality_ = samples.at(0).quality;
    return static_cast<std::int64_t>(samples.at(0).value) / kMs;
  }

  FakeProc proc_;
  std::optional<ProcessTree> tree_;
  std::optional<ProcessClocks> clocks_;
  BootTime now_;
  Quality quality_{};
};

TEST_F(ProcessClocksTest, AddsTheLivingAndWhatTheyWaitedFor) {
  proc_.Put(10, 1, 500 * kMs, 7, "11 ");
  proc_.Put(11, 10, 300 * kMs);
  Begin();
  EXPECT_EQ(Read(), 870);
}

TEST_F(ProcessClocksTest, ChildWaitedForByItsParentIsCountedOnce) {
  proc_.Put(10, 1, 500 * kMs, 0, "11 ");
  proc_.Put(11, 10, 300 * kMs);
  Begin();
  ASSERT_EQ(Read(), 800);
  proc_.Remove(11);
  proc_.Put(10, 1, 500 * kMs, 32);  // it used 20 ms more before it ended
  EXPECT_EQ(Read(), 820);
  EXPECT_EQ(Read(), 820);
  EXPECT_EQ(clocks_->UnseenExits(), 0);
  EXPECT_EQ(quality_, Quality::kMeasured);
}

TEST_F(ProcessClocksTest, ChildGoneBeforeItsParentsSumIsReadIsHeld) {
  proc_.Put(10, 1, 500 * kMs, 0, "11 ");
  proc_.Put(11, 10, 300 * kMs);
  Begin();
  ASSERT_EQ(Read(), 800);
  FakeProc::Clocks().erase(11);  // its stat was read, its clock no more
  EXPECT_EQ(Read(), 800);
  proc_.Remove(11);
  proc_.Put(10, 1, 500 * kMs, 31);
  EXPECT_EQ(Read(), 810);
}

TEST_F(ProcessClocksTest, GrandchildIsCountedOnceWhenItsParentGoesToo) {
  proc_.Put(10, 1, 100 * kMs, 0, "11 ");
  proc_.Put(11, 10, 200 * kMs, 0, "12 ");
  proc_.Put(12, 11, 400 * kMs);
  Begin();
  ASSERT_EQ(Read(), 700);
  proc_.Remove(11);
  proc_.Remove(12);
  proc_.Put(10, 1, 100 * kMs, 60);
  EXPECT_EQ(Read(), 700);
  EXPECT_EQ(Read(), 700);
  EXPECT_EQ(clocks_->UnseenExits(), 0);
}

TEST_F(ProcessClocksTest, WhatABranchDoesNotHoldIsOfItsSiblings) {
  proc_.Put(10, 1, 100 * kMs, 0, "11 13 14 ");
  proc_.Put(11, 10, 200 * kMs, 0, "12 ");
  proc_.Put(12, 11, 400 * kMs);
  proc_.Put(13, 10, 300 * kMs);
  proc_.Put(14, 10, 300 * kMs);
  Begin();
  ASSERT_EQ(Read(), 1300);
  for (const pid_t gone : {11, 12, 13, 14}) proc_.Remove(gone);
  proc_.Put(10, 1, 100 * kMs, 120);
  EXPECT_EQ(Read(), 1300);
  EXPECT_EQ(Read(), 1300);
  EXPECT_EQ(clocks_->UnseenExits(), 0);
}

TEST_F(ProcessClocksTest, ChildNobodyWaitedForKeepsItsLastReadingAndIsTold) {
  proc_.Put(10, 1, 500 * kMs, 0, "11 ");
  proc_.Put(11, 10, 300 * kMs);
  Begin();
  ASSERT_EQ(Read(), 800);
  EXPECT_FALSE(clocks_->TakeNotice());
  proc_.Remove(11);
  proc_.Put(10, 1, 600 * kMs, 0);
  for (int reading = 0; reading < 4; ++reading) EXPECT_EQ(Read(), 900);
  EXPECT_EQ(clocks_->UnseenExits(), 1);
  EXPECT_EQ(quality_, Quality::kModelled);
  EXPECT_TRUE(clocks_->TakeNotice());
  EXPECT_FALSE(clocks_->TakeNotice());
}

TEST_F(ProcessClocksTest, OrphanIsReportedByTheSupervisor) {
  DeadFeed feed;
  proc_.Put(5, 1, 9999 * kMs, 0, "10 11 99 ");  // the supervisor; 99 is the meter
  proc_.Put(10, 5, 500 * kMs);
  proc_.Put(11, 5, 300 * kMs);
  proc_.Put(99, 5, 70 * kMs);
  Begin(&feed, 5);
  ASSERT_EQ(Read(), 800);
  proc_.Remove(11);
  feed.Tell({11, 100, 350 * kMs});
  EXPECT_EQ(Read(), 850);
  feed.Tell({12, 130, 40 * kMs});  // never seen alive
  EXPECT_EQ(Read(), 890);
  proc_.Remove(10);
  feed.Tell({10, 100, 700 * kMs});
  EXPECT_EQ(Read(), 1090);
  EXPECT_EQ(clocks_->UnseenExits(), 0);
}

TEST_F(ProcessClocksTest, ReportThatComesLateIsNotCountedTwice) {
  DeadFeed feed;
  proc_.Put(5, 1, 0, 0, "10 11 ");
  proc_.Put(10, 5, 500 * kMs);
  proc_.Put(11, 5, 300 * kMs);
  Begin(&feed, 5);
  ASSERT_EQ(Read(), 800);
  proc_.Remove(11);
  for (int reading = 0; reading < 10; ++reading) EXPECT_EQ(Read(), 800);
  feed.Tell({11, 100, 310 * kMs});
  EXPECT_EQ(Read(), 810);
  EXPECT_EQ(clocks_->UnseenExits(), 0);
}

TEST_F(ProcessClocksTest, SumOfAnEarlierMetersDeadIsTakenOver) {
  DeadFeed feed;
  proc_.Put(10, 1, 500 * kMs);
  feed.Tell({0, 0, 1234 * kMs});
  Begin(&feed);
  EXPECT_EQ(Read(), 1734);
}

TEST_F(ProcessClocksTest, NumberGivenToAnotherProcessIsAnotherProcess) {
  proc_.Put(10, 1, 500 * kMs, 0, "11 ");
  proc_.Put(11, 10, 300 * kMs);
  Begin();
  ASSERT_EQ(Read(), 800);
  proc_.Put(11, 10, 5 * kMs, 0, "", 900);
  proc_.Put(10, 1, 500 * kMs, 30, "11 ");
  EXPECT_EQ(Read(), 805);
}

TEST_F(ProcessClocksTest, NoProcessIsAnErrorAndNotZero) {
  Begin();
  EXPECT_EQ(Read(), -1);
}

TEST_F(ProcessClocksTest, RootWithAnotherStartIsSomebodyElse) {
  proc_.Put(10, 1, 500 * kMs, 0, "", 101);
  Begin();
  EXPECT_EQ(Read(), -1);
}

}  // namespace
}  // namespace epochcost::probe
