// CPU time against the kernel's own sum for the control group. Needs root and cgroup v2.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <thread>

#include "base/ids.h"
#include "probe/bpf/tree_counter.h"
#include "probe/cgroup/cpu_stat.h"
#include "probe/kept_file.h"
#include "probe/proc/process_clocks.h"
#include "probe/proc/text.h"
#include "probe/run_cgroup.h"
#include "probe/sources.h"
#include "support/children.h"

namespace epochcost::probe {
namespace {

using support::Burn;
using support::HeldProcess;

class CpuKernelTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!support::IsRoot()) GTEST_SKIP() << "needs root";
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    auto made = RunCgroup::Make(run_);
    if (!made) GTEST_SKIP() << Describe(made.error());
    cgroup_.emplace(std::move(*made));
  }
  void TearDown() override {
    while (wait(nullptr) > 0) {
    }
    if (cgroup_) {
      EXPECT_TRUE(cgroup_->Remove());
    }
    EXPECT_TRUE(RemovePins(run_));
  }

  std::int64_t Truth() const {
    const auto text = ReadWhole(cgroup_->V2Path() + "/cpu.stat");
    return NumberOf(text.value_or(""), "usage_usec").value_or(-1) * 1000;
  }

  // Parts in a million by which `booked` is off.
  std::int64_t Off(std::int64_t booked) const { return (booked - Truth()) * 1'000'000 / Truth(); }

  RunId run_{RandomHex(12)};
  std::optional<RunCgroup> cgroup_;
};

std::int64_t Settled(TreeCounter& counter) {
  counter.Settle();
  return counter.Read(0).value_or(TreeReading{}).cpu_ns;
}

TEST_F(CpuKernelTest, TreeCounterBooksTwoHundredChildrenAsTheCgroupDoes) {
  auto counter = TreeCounter::Open(run_, {});
  ASSERT_TRUE(counter) << Describe(counter.error());
  HeldProcess root([] { support::RunChildren({}); });
  ASSERT_TRUE(cgroup_->Enter(root.Pid()));
  ASSERT_TRUE((*counter)->Follow(0, {root.Pid()}));
  root.Release();
  root.AwaitEnd();
  const std::int64_t booked = Settled(**counter);
  RecordProperty("booked_ns", std::to_string(booked));
  RecordProperty("off_ppm", std::to_string(Off(booked)));
  EXPECT_LT(std::abs(Off(booked)), 1000 * support::Slowness()) << booked << " of " << Truth();
}

TEST_F(CpuKernelTest, TreeCounterFindsWhatRanBeforeItWasAttached) {
  HeldProcess root([] {
    Burn(100);
    if (fork() == 0) {
      Burn(50);  // waited for before the counter comes
      _exit(0);
    }
    wait(nullptr);
    std::thread early([] { Burn(100); });
    early.join();  // a thread that ended before the counter came
    if (fork() == 0) {
      std::thread other([] { Burn(900); });
      Burn(900);
      other.join();
      _exit(0);
    }
    wait(nullptr);
  });
  ASSERT_TRUE(cgroup_->Enter(root.Pid()));
  root.Release();
  std::this_thread::sleep_for(std::chrono::milliseconds(600));
  auto counter = TreeCounter::Open(run_, {});
  ASSERT_TRUE(counter) << Describe(counter.error());
  ASSERT_TRUE((*counter)->Follow(0, {root.Pid()}));
  root.AwaitEnd();
  const std::int64_t booked = Settled(**counter);
  EXPECT_LT(std::abs(Off(booked)), 2000 * support::Slowness()) << booked << " of " << Truth();
}

TEST_F(CpuKernelTest, TreeCounterReadsAProgramThatNeverSleepsWithoutDelay) {
  auto counter = TreeCounter::Open(run_, {});
  ASSERT_TRUE(counter) << Describe(counter.error());
  HeldProcess root([] { Burn(1000); });
  ASSERT_TRUE(cgroup_->Enter(root.Pid()));
  ASSERT_TRUE((*counter)->Follow(0, {root.Pid()}));
  root.Release();
  for (int reading = 0; reading < 8; ++reading) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    const std::int64_t before = Truth();
    const std::int64_t booked = Settled(**counter);
    EXPECT_GT(booked, before - 12 * kNanosPerMilli) << "at reading " << reading;
  }
}

TEST_F(CpuKernelTest, PinnedCounterCountsOnWithoutAMeterAndIsFoundAgain) {
  // A BPF file system of this process's own.
  if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      mount("none", "/sys/fs/bpf", "bpf", 0, nullptr) != 0) {
    GTEST_SKIP() << "no BPF file system can be mounted";
  }
  HeldProcess root([] { support::RunChildren({.count = 40}); });
  ASSERT_TRUE(cgroup_->Enter(root.Pid()));
  {
    auto counter = TreeCounter::Open(run_, {});
    ASSERT_TRUE(counter) << Describe(counter.error());
    ASSERT_TRUE((*counter)->Follow(0, {root.Pid()}));
  }
  root.Release();
  root.AwaitEnd();
  {
    auto counter = TreeCounter::Open(run_, {});
    ASSERT_TRUE(counter) << Describe(counter.error());
    ASSERT_TRUE((*counter)->Follow(0, {root.Pid()}));
    const std::int64_t booked = Settled(**counter);
    EXPECT_LT(std::abs(Off(booked)), 2000 * support::Slowness()) << booked << " of " << Truth();
  }
  EXPECT_TRUE(RemovePins(run_));
  umount("/sys/fs/bpf");
}

TEST_F(CpuKernelTest, TreesAreKeptApart) {
  auto counter = TreeCounter::Open(run_, {});
  ASSERT_TRUE(counter) << Describe(counter.error());
  HeldProcess first([] {  // of CPU time: on a busy machine it takes longer
    while (std::clock() < 3 * CLOCKS_PER_SEC / 10) Burn(1);
  });
  HeldProcess second([] {});
  ASSERT_TRUE((*counter)->Follow(3, {first.Pid()}));
  ASSERT_TRUE((*counter)->Follow(4, {second.Pid()}));
  first.Release();
  second.Release();
  first.Join();
  second.Join();
  EXPECT_GT((*counter)->Read(3).value_or(TreeReading{}).cpu_ns, 280 * kNanosPerMilli);
  EXPECT_LT((*counter)->Read(4).value_or(TreeReading{}).cpu_ns, 20 * kNanosPerMilli);
  EXPECT_FALSE((*counter)->Follow(kMostTrees, {first.Pid()}));
}

TEST_F(CpuKernelTest, ProcessClocksHoldTwoHundredChildrenWithTheWordOfTheReaper) {
  HeldProcess root([] { support::RunChildren({}); });
  ASSERT_TRUE(cgroup_->Enter(root.Pid()));
  const auto stat =
      ParseStat(ReadWhole("/proc/" + std::to_string(root.Pid()) + "/stat").value_or(""));
  ASSERT_TRUE(stat);
  Target target{.run = run_,
                .root_pid = root.Pid(),
                .root_start_ticks = stat->start_ticks,
                .subreaper_pid = getpid()};
  DeadFeed feed;
  ProcessTree tree(target, "/proc", -1);
  ProcessClocks clocks(tree, &feed);
  const pid_t root_pid = root.Pid();
  root.Release();
  const SystemClock clock;
  std::vector<Sample> samples;
  bool root_lives = true;
  Wide last = 0;
  while (root_lives) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    int status = 0;
    rusage usage{};
    for (pid_t pid = 0; (pid = wait4(-1, &status, WNOHANG, &usage)) > 0;) {
      const std::int64_t us = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1'000'000 +
                              usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
      feed.Tell({pid, 0, us * 1000});
      root_lives = root_lives && pid != root_pid;
    }
    samples.clear();
    ASSERT_TRUE(clocks.Poll(clock.Boot(), samples));
    EXPECT_GE(samples.at(0).value, last);
    last = samples.at(0).value;
    EXPECT_LE(last, Wide{Truth()} + 2 * kNanosPerMilli) << "counted twice";
  }
  const auto booked = static_cast<std::int64_t>(last);
  RecordProperty("off_ppm", std::to_string(Off(booked)));
  EXPECT_LT(std::abs(Off(booked)), 10'000) << booked << " of " << Truth();
  EXPECT_EQ(clocks.UnseenExits(), 0);
}

TEST_F(CpuKernelTest, BestSourcesOfARunWithItsOwnCgroup) {
  HeldProcess root([] { Burn(100); });
  ASSERT_TRUE(cgroup_->Enter(root.Pid()));
  Target target{.run = run_, .root_pid = root.Pid(), .cgroup = cgroup_};
  const SourceSet set = OpenSources(target, {});
  ASSERT_EQ(set.choices.size(), kTerms.size() + 2) << "and energy and disk";
  EXPECT_EQ(set.choices[0].chosen, SourceKind::kNone);
  EXPECT_EQ(set.choices[1].chosen, SourceKind::kCgroupCpuStat);
  EXPECT_EQ(set.choices[2].quality, Quality::kMeasured) << set.choices[2].Sentence();
  EXPECT_EQ(set.choices[3].chosen, SourceKind::kBpfCgroupSkb) << set.choices[3].rejected[0].why_not;
  root.Release();
  root.AwaitEnd();
  std::vector<Sample> samples;
  for (const auto& source : set.sources) EXPECT_TRUE(source->Poll(SystemClock().Boot(), samples));
  EXPECT_GE(samples.size(), 8U);
  EXPECT_GT(samples.at(0).value, 0);
}

}  // namespace
}  // namespace epochcost::probe
