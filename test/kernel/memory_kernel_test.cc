// Memory of real processes. The control group needs root; the rest does not.

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <thread>

#include "probe/cgroup/memory_stat.h"
#include "probe/proc/process_memory.h"
#include "probe/sources.h"
#include "support/children.h"

namespace epochcost::probe {
namespace {

using support::HeldProcess;

constexpr std::size_t kHeld = 200 << 20;
constexpr std::size_t kLoaders = 8;

// Holds anonymous memory, and forks loaders that see it and write a little of their own.
void HoldAndFork(int report) {
  void* const memory =
      mmap(nullptr, kHeld, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  std::memset(memory, 1, kHeld);
  for (std::size_t loader = 0; loader < kLoaders; ++loader) {
    if (fork() == 0) {
      const std::vector<char> own(2 << 20, 'x');
      pause();
      _exit(0);
    }
  }
  if (write(report, "r", 1) == 1) pause();
}

class MemoryKernelTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(pipe(ready_), 0);
    root_.emplace([this] {
      setpgid(0, 0);
      HoldAndFork(ready_[1]);
    });
  }
  void TearDown() override {
    kill(-root_->Pid(), SIGKILL);
    root_.reset();
    if (!cgroup_) return;
    for (int tries = 0; tries < 100 && !cgroup_->Remove(); ++tries) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  void Begin() {
    root_->Release();
    char ready = 0;
    ASSERT_EQ(read(ready_[0], &ready, 1), 1);
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  Target TargetOf() const {
    const auto text = ReadWhole("/proc/" + std::to_string(root_->Pid()) + "/stat");
    const auto stat = ParseStat(text.value_or(""));
    return {.root_pid = root_->Pid(), .root_start_ticks = stat ? stat->start_ticks : 0};
  }

  int ready_[2] = {-1, -1};
  std::optional<HeldProcess> root_;
  std::optional<RunCgroup> cgroup_;
};

constexpr std::int64_t kTruth = kHeld + kLoaders * (2 << 20);

TEST_F(MemoryKernelTest, CgroupHoldsWhatIsHeldOnce) {
  auto made = RunCgroup::Make(RunId{RandomHex(12)});
  if (!made) GTEST_SKIP() << Describe(made.error());
  cgroup_.emplace(std::move(*made));
  ASSERT_TRUE(cgroup_->Enter(root_->Pid()));
  Begin();
  auto source = cgroup_->V1MemoryPath().empty() ? CgroupMemory::OpenV2(cgroup_->V2Path())
                                                : CgroupMemory::OpenV1(cgroup_->V1MemoryPath());
  if (!source) GTEST_SKIP() << Describe(source.error());
  std::vector<Sample> samples;
  ASSERT_TRUE((*source)->Poll({}, samples));
  EXPECT_NEAR(static_cast<double>(samples.at(0).value), static_cast<double>(kTruth), kTruth * 0.02);
}

TEST_F(MemoryKernelTest, ProcessesAreWeighedByTheirShareOfForkedMemory) {
  Begin();
  ProcessTree tree(TargetOf(), "/proc", -1);
  ProcessMemory source(tree);
  const SystemClock clock;
  std::vector<Sample> samples;
  // The shares are read in turns: how many turns that takes is the machine's.
  const auto is_near = [&samples] {
    return !samples.empty() && samples[0].value > kTruth * 9 / 10 &&
           samples[0].value < kTruth * 11 / 10;
  };
  for (int reading = 0; reading < 30 || (reading < 200 * support::Slowness() && !is_near());
       ++reading) {
    samples.clear();
    ASSERT_TRUE(source.Poll(clock.Boot(), samples));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_EQ(tree.Members().size(), kLoaders + 1);
  EXPECT_EQ(samples.at(0).quality, Quality::kModelled);
  EXPECT_NEAR(static_cast<double>(samples.at(0).value), static_cast<double>(kTruth), kTruth * 0.10);
}

}  // namespace
}  // namespace epochcost::probe
