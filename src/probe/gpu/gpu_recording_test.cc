#include "probe/gpu/gpu_recording.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace epochcost::probe {
namespace {

using ::testing::HasSubstr;

TEST(GpuRecording, ReadsWhatItWrites) {
  const std::vector<Gpu> gpus = {{.index = 3,
                                  .instance = 1,
                                  .uuid = "MIG-1",
                                  .name = "NVIDIA A100-SXM4-80GB MIG 3g.40gb",
                                  .memory_bytes = 40,
                                  .power_limit_mw = 400'000,
                                  .share = 428'571}};
  GpuReading reading;
  reading.busy = 123'456;
  reading.energy_uj = 987'654'321'000;
  reading.memory_used_bytes = 17;
  reading.throttle = 0x24;
  reading.knows_processes = true;
  reading.processes = {{4711, 1000, 5}, {4712, std::nullopt, std::nullopt}};
  const auto read = ParseGpuRecording(GpuRecordingHeader(gpus) +
                                      GpuRecordingLine(0, Nanos{1500 * kNanosPerMilli}, reading));
  ASSERT_TRUE(read) << Describe(read.error());
  EXPECT_EQ(read->gpus.at(0).name, gpus.at(0).name);
  EXPECT_EQ(read->gpus.at(0).instance, 1);
  EXPECT_EQ(read->gpus.at(0).share, 428'571);
  const GpuReading& again = read->readings.at(0).reading;
  EXPECT_EQ(again.at.ns, 1500 * kNanosPerMilli);
  EXPECT_EQ(again.energy_uj, reading.energy_uj);
  EXPECT_EQ(again.throttle, reading.throttle);
  EXPECT_FALSE(again.power_mw);
  ASSERT_EQ(again.processes.size(), 2U);
  EXPECT_FALSE(again.processes.at(1).busy);
}

TEST(GpuRecording, LeavesOutALineThatWasCutOff) {
  const std::string whole =
      "epochcost-gpus 1\ngpu index 0 uuid GPU-a name x\nat 0 gpu 0 busy_ppm 5\n";
  EXPECT_EQ(ParseGpuRecording(whole + "at 100 gpu 0 busy_p")->readings.size(), 1U);
}

TEST(GpuRecording, NamesTheLineThatIsWrong) {
  const std::string head = "epochcost-gpus 1\ngpu index 0 uuid GPU-a name x\n";
  for (const std::string line :
       {"at 0 gpu 7 busy_ppm 5\n", "at x gpu 0\n", "at 0 gpu 0 busy_ppm 2000000\n",
        "at 0 process 0 pid 5\n", "gpu index 1 name y\n", "what\n", "at 0 gpu 0 energy_uj -1\n"}) {
    const auto read = ParseGpuRecording(head + line);
    ASSERT_FALSE(read) << line;
    EXPECT_THAT(read.error().what, HasSubstr("line 3")) << line;
  }
}

TEST(GpuRecording, RefusesAnotherVersionAndAnotherFile) {
  EXPECT_EQ(ParseGpuRecording("epochcost-gpus 2\n").error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(ParseGpuRecording("").error().code, ErrorCode::kInvalidInput);
  EXPECT_EQ(ParseGpuRecording("epochcost recording 1\n").error().code, ErrorCode::kInvalidInput);
}

}  // namespace
}  // namespace epochcost::probe
