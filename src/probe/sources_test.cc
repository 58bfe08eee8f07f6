#include "probe/sources.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/retell.h"
#include "probe/cgroup/cpu_stat.h"
#include "probe/cgroup/memory_stat.h"
#include "probe/machine.h"
#include "probe/proc/fake_proc.h"
#include "probe/proc/net_dev.h"

namespace epochcost::probe {
namespace {

constexpr pid_t kFolder = 77;

std::string FolderOf(const FakeProc& proc) { return proc.Root() + "/" + std::to_string(kFolder); }

TEST(CgroupCpu, ReadsMicrosecondsAsNanoseconds) {
  FakeProc proc;
  proc.Write(kFolder, "cpu.stat", "usage_usec 8135402\nuser_usec 7000000\nsystem_usec 1135402\n");
  auto source = CgroupCpu::Open(FolderOf(proc));
  ASSERT_TRUE(source);
  std::vector<Sample> samples;
  ASSERT_TRUE((*source)->Poll(BootTime{5}, samples));
  EXPECT_EQ(samples.at(0).value, 8'135'402'000);
  EXPECT_EQ(samples.at(0).at.ns, 5);
  proc.Write(kFolder, "cpu.stat", "");
  EXPECT_FALSE((*source)->Poll(BootTime{6}, samples)) << "a missing reading is not a reading of 0";
  EXPECT_EQ(samples.size(), 1U);
}

TEST(CgroupMemory, AddsWhatEachVersionCallsAnonymousAndShared) {
  FakeProc proc;
  proc.Write(kFolder, "memory.stat", "anon 1000\nfile 5\nshmem 30\nanon_thp 7\n");
  std::vector<Sample> samples;
  ASSERT_TRUE(CgroupMemory::OpenV2(FolderOf(proc)).value()->Poll({}, samples));
  EXPECT_EQ(samples.back().value, 1030);
  EXPECT_FALSE(CgroupMemory::OpenV1(FolderOf(proc)));
  proc.Write(kFolder, "memory.stat", "rss 1\nshmem 2\ntotal_rss 100\ntotal_shmem 20\n");
  ASSERT_TRUE(CgroupMemory::OpenV1(FolderOf(proc)).value()->Poll({}, samples));
  EXPECT_EQ(samples.back().value, 120);
}

TEST(NetDev, BeginsAtZeroAndOutlivesAnInterface) {
  FakeProc proc;
  const auto put = [&proc](const std::string& in) {
    proc.Write(
        kFolder, "net/dev",
        "lo: 9 0 0 0 0 0 0 0 9 0 0 0 0 0 0 0\neth0: " + in + " 0 0 0 0 0 0 0 50 0 0 0 0 0 0 0\n");
  };
  put("1000");
  auto source = NetDev::Open(proc.Root(), kFolder);
  ASSERT_TRUE(source);
  const auto in = [&source] {
    std::vector<Sample> samples;
    EXPECT_TRUE((*source)->Poll({}, samples));
    return static_cast<int>(samples.at(0).value);
  };
  EXPECT_EQ(in(), 0);
  put("1700");
  EXPECT_EQ(in(), 700);
  put("100");  // the interface was made anew
  EXPECT_EQ(in(), 700);
  put("150");
  EXPECT_EQ(in(), 750);
}

TEST(OpenSources, OrdinaryUserGetsWhatProcSaysAndTheReasons) {
  FakeProc proc;
  proc.Put(10, 1, 1);
  proc.Write(10, "net/dev", "lo: 9 0 0 0 0 0 0 0 9 0 0 0 0 0 0 0\n");
  OpenOptions options;
  options.as_ordinary_user = true;
  options.proc_root = proc.Root();
  const SourceSet set = OpenSources(FakeProc::RootedAt(10), options);
  ASSERT_EQ(set.choices.size(), kTerms.size() + 2) << "and energy and disk";
  EXPECT_EQ(set.choices[1].chosen, SourceKind::kProcessClocks);
  EXPECT_EQ(set.choices[2].chosen, SourceKind::kProcMemory);
  EXPECT_EQ(set.choices[3].chosen, SourceKind::kProcNetDev);
  EXPECT_EQ(set.choices[1].Sentence(), "cpu: process-clocks, measured");
  EXPECT_EQ(
      set.choices[1].Account(),
      "cpu: process-clocks, measured; not cgroup-cpu-stat: not tried, as an ordinary user; not "
      "bpf-sched-switch: not tried, as an ordinary user");
  EXPECT_EQ(Retell(set.choices[1].Account(), Language::kChinese),
            "cpu: process-clocks, measured；未用 cgroup-cpu-stat：作为普通用户，未尝试；未用 "
            "bpf-sched-switch：作为普通用户，未尝试");
  EXPECT_EQ(set.choices[1].rejected.size(), 2U);
  EXPECT_FALSE(set.choices[1].Hint().empty());
}

TEST(OpenSources, TermWithoutAnySourceSaysSo) {
  FakeProc proc;
  OpenOptions options;
  options.as_ordinary_user = true;
  options.proc_root = proc.Root();
  options.only = {SourceKind::kBpfCgroupSkb};
  const SourceSet set = OpenSources(FakeProc::RootedAt(10), options);
  EXPECT_EQ(set.choices[3].chosen, SourceKind::kNone);
  EXPECT_EQ(set.choices[3].rejected.size(), 3U);
}

TEST(Machine, NamesTheCapabilitiesThatMatter) {
  EXPECT_EQ(CapabilitiesIn("Name:\tx\nCapEff:\t000000c000201000\nCapBnd:\t0\n"),
            (std::vector<std::string>{"CAP_NET_ADMIN", "CAP_SYS_ADMIN", "CAP_PERFMON", "CAP_BPF"}));
  EXPECT_TRUE(CapabilitiesIn("CapInh:\t00\nCapEff:\t0000000000000000\n").empty());
  EXPECT_TRUE(CapabilitiesIn("").empty());
}

}  // namespace
}  // namespace epochcost::probe
