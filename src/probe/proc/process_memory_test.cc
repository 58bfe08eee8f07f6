#include "probe/proc/process_memory.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "probe/proc/fake_proc.h"

namespace epochcost::probe {
namespace {

class ProcessMemoryTest : public testing::Test {
 protected:
  // `mb` of anonymous memory, of which smaps_rollup says `share_mb` are its own.
  void PutMemory(pid_t pid, std::int64_t mb, std::int64_t share_mb) {
    const std::int64_t pages = (mb << 20) / sysconf(_SC_PAGESIZE);
    proc_.Write(pid, "statm", "999999 " + std::to_string(pages + 100) + " 100 1 0 1 0\n");
    proc_.Write(pid, "smaps_rollup",
                "Pss_Anon: " + std::to_string(share_mb << 10) + " kB\nPss_Shmem: 0 kB\n");
  }
  std::int64_t ReadMb() {
    proc_.Fork();
    std::vector<Sample> samples;
    if (!memory_->Poll(now_, samples)) return -1;
    return static_cast<std::int64_t>(samples.at(0).value >> 20);
  }
  void Begin() {
    tree_.emplace(FakeProc::RootedAt(10), proc_.Root(), 99);
    memory_.emplace(*tree_);
  }
  void Wait(std::int64_t ms) { now_ = now_ + Nanos{ms * kNanosPerMilli}; }

  FakeProc proc_;
  std::optional<ProcessTree> tree_;
  std::optional<ProcessMemory> memory_;
  BootTime now_{1'000 * kNanosPerSecond};
};

TEST_F(ProcessMemoryTest, WholeUntilItsShareIsKnown) {
  proc_.Put(10, 1, 0);
  PutMemory(10, 100, 60);
  Begin();
  EXPECT_EQ(ReadMb(), 100);
  Wait(300);
  EXPECT_EQ(ReadMb(), 60);
}

TEST_F(ProcessMemoryTest, ForkDoesNotDoubleWhatIsShared) {
  proc_.Put(10, 1, 0);
  PutMemory(10, 100, 100);
  Begin();
  (void)ReadMb();
  Wait(300);
  ASSERT_EQ(ReadMb(), 100);
  proc_.Put(10, 1, 0, 0, "11 12 13 ");
  PutMemory(10, 100, 25);
  for (const pid_t pid : {11, 12, 13}) {
    proc_.Put(pid, 10, 0);
    PutMemory(pid, 100, 25);
  }
  Wait(20'000);
  EXPECT_EQ(ReadMb(), 100) << "before anything was measured again";
  for (int reading = 0; reading < 10; ++reading) {
    Wait(300);
    EXPECT_EQ(ReadMb(), 100);
  }
}

TEST_F(ProcessMemoryTest, GrowthIsSeenAtOnceAtTheLastShare) {
  proc_.Put(10, 1, 0);
  PutMemory(10, 100, 50);
  Begin();
  (void)ReadMb();
  Wait(300);
  ASSERT_EQ(ReadMb(), 50);
  PutMemory(10, 200, 100);
  Wait(100);
  EXPECT_EQ(ReadMb(), 100);
}

TEST_F(ProcessMemoryTest, NoProcessIsAnErrorAndNotZero) {
  Begin();
  EXPECT_EQ(ReadMb(), -1);
}

}  // namespace
}  // namespace epochcost::probe
