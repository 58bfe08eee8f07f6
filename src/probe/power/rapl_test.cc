#include "probe/power/rapl.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "probe/io/disk.h"
#include "probe/io/rdma.h"
#include "probe/proc/fake_proc.h"

namespace epochcost::probe {
namespace {

constexpr pid_t kFolder = 77;

Sample Cpu(std::int64_t ns) { return {Signal::kCpuNs, SourceKind::kCgroupCpuStat, 0, {}, ns}; }

class PowercapTest : public testing::Test {
 protected:
  PowercapTest() {
    Zone("intel-rapl:0", "package-0", 1'000'000, 262'143'328'850);
    Zone("intel-rapl:1", "package-1", 5'000'000, 262'143'328'850);
    Zone("intel-rapl:0:0", "core", 999, 262'143'328'850);
    Zone("intel-rapl:0:1", "dram", 100, 65'712'999'613);
    Zone("intel-rapl:2", "psys", 1, 262'143'328'850);
    Busy(100);
  }
  void Zone(const std::string& folder, const std::string& name, std::int64_t energy,
            std::int64_t range) {
    proc.Write(kFolder, folder + "/name", name + "\n");
    proc.Write(kFolder, folder + "/energy_uj", std::to_string(energy) + "\n");
    proc.Write(kFolder, folder + "/max_energy_range_uj", std::to_string(range) + "\n");
  }
  void Energy(const std::string& folder, std::int64_t energy) {
    proc.Write(kFolder, folder + "/energy_uj", std::to_string(energy) + "\n");
  }
  void Busy(std::int64_t ticks) {
    proc.Write(kFolder, "stat", "cpu  " + std::to_string(ticks) + " 0 0 9000 1 0 0 0 0 0\n");
  }
  [[nodiscard]] std::string Folder() const { return proc.Root() + "/" + std::to_string(kFolder); }

  FakeProc proc;
};

TEST_F(PowercapTest, SharesPackagesAndMemoryOutByCpuTime) {
  auto rapl = Rapl::Open(Folder(), Folder());
  ASSERT_TRUE(rapl) << Describe(rapl.error());
  std::vector<Sample> samples = {Cpu(0)};
  ASSERT_TRUE((*rapl)->Poll({}, samples));
  EXPECT_EQ(samples.back().value, 0);
  Energy("intel-rapl:0", 1'000'000 + 600);
  Energy("intel-rapl:1", 5'000'000 + 200);
  Energy("intel-rapl:0:1", 100 + 200);
  Energy("intel-rapl:0:0", 5000);
  Energy("intel-rapl:2", 5000);
  Busy(200);  // 1 s of the machine, a quarter of it the run's
  samples = {Cpu(250'000'000)};
  ASSERT_TRUE((*rapl)->Poll({}, samples));
  EXPECT_EQ(samples.back().signal, Signal::kCpuEnergyUj);
  EXPECT_EQ(samples.back().value, 250);
  EXPECT_EQ(samples.back().quality, Quality::kModelled);
}

TEST_F(PowercapTest, FollowsACounterThatBeginsAgain) {
  Energy("intel-rapl:1", 262'143'328'840);
  auto rapl = Rapl::Open(Folder(), Folder());
  ASSERT_TRUE(rapl);
  std::vector<Sample> samples = {Cpu(0)};
  ASSERT_TRUE((*rapl)->Poll({}, samples));
  Energy("intel-rapl:1", 90);
  Busy(200);
  samples = {Cpu(1'000'000'000)};
  ASSERT_TRUE((*rapl)->Poll({}, samples));
  EXPECT_EQ(samples.back().value, 100);
}

TEST_F(PowercapTest, SaysThatItHasNothingToShareEnergyBy) {
  auto rapl = Rapl::Open(Folder(), Folder());
  ASSERT_TRUE(rapl);
  std::vector<Sample> none;
  EXPECT_FALSE((*rapl)->Poll({}, none)) << "a missing reading is not a reading of 0";
  EXPECT_TRUE(none.empty());
}

TEST_F(PowercapTest, SaysThatACounterMayNotBeRead) {
  // As for a user whom the kernel does not let read it: root may read any file, but no folder.
  proc.Write(kFolder, "intel-rapl:3/name", "package-2\n");
  std::filesystem::create_directory(Folder() + "/intel-rapl:3/energy_uj");
  const auto rapl = Rapl::Open(Folder(), Folder());
  std::vector<Sample> samples = {Cpu(0)};
  const auto polled = rapl ? (*rapl)->Poll({}, samples) : Result<void>{};
  EXPECT_TRUE(!rapl || !polled) << "a package that cannot be read is not one that drew nothing";
  EXPECT_EQ(samples.size(), 1U);
}

TEST_F(PowercapTest, SaysThatAMachineHasNoRapl) {
  EXPECT_EQ(Rapl::Open(Folder() + "/nothing", Folder()).error().code, ErrorCode::kNotFound);
}

TEST(PowerModel, TakesFourWattsForABusyThread) {
  std::vector<Sample> samples = {Cpu(2'000'000'000)};
  ASSERT_TRUE(PowerModel().Poll({}, samples));
  EXPECT_EQ(samples.back().value, 8'000'000);
  EXPECT_EQ(samples.back().quality, Quality::kAssumed);
}

TEST(CgroupIo, AddsAllDevices) {
  FakeProc proc;
  proc.Write(kFolder, "io.stat",
             "8:0 rbytes=4096 wbytes=100 rios=1 wios=2 dbytes=7 dios=1\n8:16 rbytes=4 wbytes=20\n");
  auto io = CgroupIo::Open(proc.Root() + "/" + std::to_string(kFolder));
  ASSERT_TRUE(io);
  std::vector<Sample> samples;
  ASSERT_TRUE((*io)->Poll({}, samples));
  EXPECT_EQ(samples.at(0).value, 4100);
  EXPECT_EQ(samples.at(1).value, 120);
}

TEST(RdmaPorts, CountsWordsOfFourBytesFromItsFirstReading) {
  FakeProc proc;
  const std::string port = "infiniband/mlx5_0/ports/1/counters/";
  const auto put = [&](std::int64_t in, std::int64_t out) {
    proc.Write(kFolder, port + "port_rcv_data", std::to_string(in) + "\n");
    proc.Write(kFolder, port + "port_xmit_data", std::to_string(out) + "\n");
  };
  put(1000, 2000);
  auto ports = RdmaPorts::Open(proc.Root() + "/" + std::to_string(kFolder) + "/infiniband");
  ASSERT_TRUE(ports);
  std::vector<Sample> samples;
  ASSERT_TRUE((*ports)->Poll({}, samples));
  EXPECT_EQ(samples.at(0).value, 0);
  put(1010, 2001);
  samples.clear();
  ASSERT_TRUE((*ports)->Poll({}, samples));
  EXPECT_EQ(samples.at(0).value, 40);
  EXPECT_EQ(samples.at(1).value, 4);
  EXPECT_EQ(RdmaPorts::Open(proc.Root() + "/none").error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace epochcost::probe
