#include "app/gpu_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace epochcost::app {
namespace {

TEST(GpuFile, GivesBackWhatEachGpuShows) {
  const std::string path =
      std::filesystem::temp_directory_path() / ("gpus-" + std::to_string(getpid()));
  probe::LiveGpu live{{.index = 2, .uuid = "GPU-a", .name = "A board of ours"}, {}};
  live.reading.busy = 640'000;
  live.reading.power_mw = 291'000;
  ASSERT_TRUE(WriteLiveGpus(path, {live}));
  const auto read = ReadLiveGpus(path);
  std::filesystem::remove(path);
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 1U);
  EXPECT_EQ(read->at(0).gpu.name, "A board of ours");
  EXPECT_EQ(read->at(0).reading.busy, 640'000);
  EXPECT_EQ(read->at(0).reading.power_mw, 291'000);
  EXPECT_FALSE(read->at(0).reading.energy_uj);
}

TEST(GpuFile, SaysThatARunHasNoGpu) {
  EXPECT_EQ(ReadLiveGpus("/nonexistent/gpus").error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(WriteLiveGpus("/nonexistent/gpus", {}));
}

}  // namespace
}  // namespace epochcost::app
