// The driver and the source against a libnvidia-ml.so that plays a recording.

#include "probe/gpu/nvml_driver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "probe/gpu/gpu_recording.h"
#include "probe/gpu/gpu_source.h"

namespace epochcost::probe {
namespace {

using ::testing::HasSubstr;

const std::string kFake = std::string(EPOCHCOST_BUILD_DIR) + "/lib/fake/libnvidia-ml.so.1";

// The library keeps its recording in static memory, so a second one in this process would be the
// first's: each test is a process of its own under ctest.
class FakeGpus {
 public:
  explicit FakeGpus(const std::string& text) {
    path_ = std::filesystem::temp_directory_path() / ("fake-gpus-" + std::to_string(getpid()));
    std::ofstream(path_) << text;
    setenv("EPOCHCOST_FAKE_GPUS", path_.c_str(), 1);
  }
  ~FakeGpus() { std::filesystem::remove(path_); }

 private:
  std::filesystem::path path_;
};

std::string Two(const std::string& rest = {}) {
  return "epochcost-gpus 1\n"
         "gpu index 0 memory 80000000000 power_limit_mw 400000 uuid GPU-aaaa name A board of ours\n"
         "gpu index 1 memory 80000000000 power_limit_mw 400000 uuid GPU-bbbb name A board of "
         "ours\n" +
         rest;
}

std::optional<std::int32_t> Ours(pid_t pid) {
  return pid == 4711 ? std::optional<std::int32_t>(0) : std::nullopt;
}

Environment Sets(const std::string& name, const std::string& value) {
  return [=](std::string_view asked) -> std::optional<std::string> {
    return asked == name ? std::optional(value) : std::nullopt;
  };
}

TEST(NvmlDriver, ListsTheGpusAndReadsWhatTheyShow) {
  const FakeGpus fake(
      Two("at 0 gpu 0 busy_ppm 420000 energy_uj 7000000 power_mw 250000 "
          "memory_used 5000 clock_mhz 1410 throttle 4 processes 1\n"
          "at 0 process 0 pid 4711 memory 4000 busy_ppm 400000\n"));
  auto driver = OpenNvml(kFake);
  ASSERT_TRUE(driver) << Describe(driver.error());
  const auto gpus = (*driver)->List();
  ASSERT_TRUE(gpus);
  ASSERT_EQ(gpus->size(), 2U);
  EXPECT_EQ(gpus->at(1).uuid, "GPU-bbbb");
  EXPECT_EQ(gpus->at(0).name, "A board of ours");
  EXPECT_EQ(gpus->at(0).power_limit_mw, 400'000);
  const auto reading = (*driver)->Read(gpus->at(0), BootTime{7});
  ASSERT_TRUE(reading);
  EXPECT_EQ(reading->busy, 420'000);
  EXPECT_EQ(reading->energy_uj, 7'000'000);
  EXPECT_EQ(reading->power_mw, 250'000);
  EXPECT_EQ(reading->memory_used_bytes, 5000);
  EXPECT_EQ(reading->clock_mhz, 1410);
  EXPECT_EQ(ThrottleWords(reading->throttle), "power cap");
  ASSERT_EQ(reading->processes.size(), 1U);
  EXPECT_EQ(reading->processes.at(0).pid, 4711);
  EXPECT_EQ(reading->processes.at(0).busy, 400'000);
  const auto silent = (*driver)->Read(gpus->at(1), BootTime{7});
  ASSERT_TRUE(silent);
  EXPECT_FALSE(silent->busy) << "what is not told is not 0";
  EXPECT_FALSE(silent->energy_uj);
}

TEST(NvmlDriver, SaysWhatALibraryLacksThatIsNone) {
  EXPECT_EQ(OpenNvml("/nonexistent/libnvidia-ml.so").error().code, ErrorCode::kNotFound);
  const std::string text = std::filesystem::temp_directory_path() / "no-library.so";
  std::ofstream(text) << "a text";
  EXPECT_EQ(OpenNvml(text).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(OpenNvml(std::filesystem::temp_directory_path()).error().code, ErrorCode::kNotFound);
  std::filesystem::remove(text);
  const auto other = OpenNvml("libm.so.6");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(other.error().why, HasSubstr("nvmlInit_v2"));
}

TEST(NvmlDriver, SaysWhyItDoesNotStart) {
  unsetenv("EPOCHCOST_FAKE_GPUS");
  const auto driver = OpenNvml(kFake);
  ASSERT_FALSE(driver);
  EXPECT_THAT(driver.error().why, HasSubstr("Driver Not Loaded"));
}

TEST(NvmlDriver, ListsTheInstancesOfASplitGpuInsteadOfIt) {
  const FakeGpus fake(
      "epochcost-gpus 1\ngpm\n"
      "gpu index 0 instance 0 memory 40000 share_ppm 428571 uuid MIG-aaaa name A slice\n"
      "gpu index 0 instance 1 memory 40000 share_ppm 571429 uuid MIG-bbbb name A slice\n"
      "at 0 gpu 1 busy_ppm 1000000 processes 0\n");
  auto driver = OpenNvml(kFake);
  ASSERT_TRUE(driver);
  const auto gpus = (*driver)->List();
  ASSERT_TRUE(gpus);
  ASSERT_EQ(gpus->size(), 2U);
  EXPECT_EQ(gpus->at(0).instance, 0);
  EXPECT_NEAR(static_cast<double>(gpus->at(1).share), 4e6 / 7, 1);
  ASSERT_TRUE((*driver)->Read(gpus->at(1), BootTime{1}));
  usleep(20'000);
  const auto second = (*driver)->Read(gpus->at(1), BootTime{2});
  EXPECT_NEAR(static_cast<double>(second->busy.value_or(0)), kAll, kAll / 50)
      << "by GPM, between the two calls";
}

TEST(NvmlDriver, FindsInTheAccountingWhoCameAndWentBetweenTwoReadings) {
  const FakeGpus fake(
      Two("at 0 gpu 0 busy_ppm 0 energy_uj 0 processes 0\n"
          "at 0 trouble accounting 4710\n"
          "at 20 trouble accounting 4711\n"));
  const auto driver = OpenNvml(kFake);
  ASSERT_TRUE(driver) << Describe(driver.error());
  const auto gpus = (*driver)->List();
  ASSERT_TRUE(gpus);
  const auto first = (*driver)->Read(gpus->at(0), SystemClock().Boot());
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->processes.empty()) << "4710 ended before we came";
  usleep(40'000);
  const auto second = (*driver)->Read(gpus->at(0), SystemClock().Boot());
  ASSERT_TRUE(second);
  ASSERT_EQ(second->processes.size(), 1U);
  EXPECT_EQ(second->processes[0].pid, 4711);
  EXPECT_EQ(second->processes[0].busy, kAll / 2);
  EXPECT_EQ(second->processes[0].memory_bytes, 7000);
  const auto third = (*driver)->Read(gpus->at(0), SystemClock().Boot());
  EXPECT_TRUE(third->processes.empty()) << "once";
}

TEST(GpuSource, GivesWhatEachRankHasBesideTheWhole) {
  const FakeGpus fake(
      Two("at 0 gpu 0 busy_ppm 1000000 energy_uj 0 processes 1\n"
          "at 0 process 0 pid 4711 memory 5\n"));
  auto source = GpuSource::Open(
      *OpenNvml(kFake), Sets("CUDA_VISIBLE_DEVICES", "0"),
      [](pid_t) -> std::optional<std::int32_t> { return 3; }, Nanos{100 * kNanosPerMilli});
  ASSERT_TRUE(source) << Describe(source.error());
  std::vector<Sample> whole;
  std::vector<Sample> ranks;
  for (int round = 0; round < 1000 && ranks.empty(); ++round) {  // the first is the base line
    usleep(10'000);
    whole.clear();
    ASSERT_TRUE((*source)->Poll(SystemClock().Boot(), whole));
    (*source)->TakeRanks(ranks);
  }
  ASSERT_EQ(whole.size(), 3U);
  ASSERT_EQ(ranks.size(), 3U);
  EXPECT_EQ(ranks[0].value, whole[0].value);
  EXPECT_EQ(whole[0].replica, 0);
  EXPECT_EQ(ranks[0].replica, 3);
  EXPECT_EQ(ranks[0].at, whole[0].at);
  (*source)->TakeRanks(ranks);
  EXPECT_EQ(ranks.size(), 3U) << "given once";
  EXPECT_EQ((*source)->Live().at(0).reading.processes.at(0).rank, 3);
}

TEST(GpuSource, GoesOnWithTheOthersWhenAGpuFallsOffTheBus) {
  const FakeGpus fake(
      Two("at 0 gpu 0 busy_ppm 1000000 energy_uj 0 processes 1\n"
          "at 0 process 0 pid 4711\n"
          "at 60000 gpu 0 busy_ppm 1000000 energy_uj 6000000 processes 1\n"
          "at 60000 process 0 pid 4711\n"
          "at 0 trouble lost 1\n"));
  auto source = GpuSource::Open(*OpenNvml(kFake), Sets("CUDA_VISIBLE_DEVICES", "0,1"), Ours,
                                Nanos{100 * kNanosPerMilli});
  ASSERT_TRUE(source) << Describe(source.error());
  EXPECT_THAT((*source)->TakeNotice().value_or(""), HasSubstr("GPU 1 fell off the bus"));
  std::vector<Sample> samples;
  ASSERT_TRUE((*source)->Poll(SystemClock().Boot(), samples));
  EXPECT_EQ(samples.size(), 3U);
  EXPECT_EQ((*source)->Live().size(), 1U);
}

TEST(GpuSource, DelaysNobodyWhileTheDriverHangs) {
  const FakeGpus fake(
      Two("at 0 gpu 0 busy_ppm 1000000 energy_uj 0 processes 0\n"
          "at 50 trouble hang 3000\n"));
  auto source = GpuSource::Open(*OpenNvml(kFake), Sets("CUDA_VISIBLE_DEVICES", "0"), Ours,
                                Nanos{100 * kNanosPerMilli});
  ASSERT_TRUE(source);
  const SystemClock clock;
  Nanos longest;
  bool was_told = false;
  const BootTime start = clock.Boot();
  while (clock.Boot() - start < Nanos{2000 * kNanosPerMilli}) {
    std::vector<Sample> samples;
    const BootTime before = clock.Boot();
    const auto polled = (*source)->Poll(before, samples);
    longest = std::max(longest, clock.Boot() - before);
    was_told = was_told || (!polled && polled.error().code == ErrorCode::kUnavailable);
    usleep(10'000);
  }
  EXPECT_TRUE(was_told) << "a driver that is silent for over a second is an error, not a 0";
  EXPECT_LT(longest.Count(), 100 * kNanosPerMilli);
}

}  // namespace
}  // namespace epochcost::probe
