#include "probe/gpu/selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace epochcost::probe {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<Gpu> Boards(int count) {
  std::vector<Gpu> gpus;
  for (int i = 0; i < count; ++i)
    gpus.push_back({.index = i, .uuid = "GPU-" + std::to_string(10 + i) + "ab", .name = "board"});
  return gpus;
}

std::vector<std::int64_t> Indices(const GpuSelection& selection) {
  std::vector<std::int64_t> indices;
  for (const Gpu& gpu : selection.gpus) indices.push_back(gpu.index);
  return indices;
}

GpuSelection Select(const std::vector<Gpu>& gpus, std::map<std::string, std::string> variables) {
  return SelectGpus(gpus, [variables](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(std::string(name));
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

TEST(SelectGpus, TakesAllWhereNothingRestrictsThem) {
  const GpuSelection all = Select(Boards(3), {});
  EXPECT_THAT(Indices(all), ElementsAre(0, 1, 2));
  EXPECT_EQ(all.by, "");
  EXPECT_THAT(Indices(Select(Boards(2), {{"NVIDIA_VISIBLE_DEVICES", "all"}})), ElementsAre(0, 1));
}

TEST(SelectGpus, FollowsCudaVisibleDevicesByIndexAndByUuid) {
  EXPECT_THAT(Indices(Select(Boards(8), {{"CUDA_VISIBLE_DEVICES", "3, 1"}})), ElementsAre(3, 1));
  EXPECT_THAT(Indices(Select(Boards(8), {{"CUDA_VISIBLE_DEVICES", "GPU-12"}})), ElementsAre(2));
  EXPECT_THAT(Indices(Select(Boards(8), {{"CUDA_VISIBLE_DEVICES", ""}})), IsEmpty());
  EXPECT_THAT(Indices(Select(Boards(8), {{"CUDA_VISIBLE_DEVICES", "-1"}})), IsEmpty());
}

TEST(SelectGpus, LeavesOutWhatFollowsAnUnknownDeviceAsCudaDoes) {
  const GpuSelection selection = Select(Boards(2), {{"CUDA_VISIBLE_DEVICES", "0,7,1"}});
  EXPECT_THAT(Indices(selection), ElementsAre(0));
  EXPECT_EQ(selection.unknown, "7");
}

TEST(SelectGpus, RefusesABeginningOfAUuidThatFitsSeveral) {
  EXPECT_THAT(Indices(Select(Boards(2), {{"CUDA_VISIBLE_DEVICES", "GPU-1"}})), IsEmpty());
}

TEST(SelectGpus, ReadsSlurmsRangesAndLetsTheNarrowestVariableDecide) {
  EXPECT_THAT(Indices(Select(Boards(8), {{"SLURM_JOB_GPUS", "0-2,6"}})), ElementsAre(0, 1, 2, 6));
  EXPECT_THAT(Indices(Select(Boards(8), {{"SLURM_JOB_GPUS", "0-7"}, {"SLURM_STEP_GPUS", "4"}})),
              ElementsAre(4));
  EXPECT_THAT(Indices(Select(Boards(8),
                             {{"NVIDIA_VISIBLE_DEVICES", "0,1"}, {"CUDA_VISIBLE_DEVICES", "1"}})),
              ElementsAre(1));
}

TEST(SelectGpus, NamesEveryInstanceOfASplitGpuByItsIndex) {
  std::vector<Gpu> gpus = Boards(1);
  for (int i = 0; i < 2; ++i)
    gpus.push_back({.index = 1, .instance = i, .uuid = "MIG-" + std::to_string(i) + "cd"});
  EXPECT_EQ(Select(gpus, {{"CUDA_VISIBLE_DEVICES", "1"}}).gpus.size(), 2U);
  EXPECT_EQ(Select(gpus, {{"CUDA_VISIBLE_DEVICES", "MIG-1cd"}}).gpus.at(0).instance, 1);
}

}  // namespace
}  // namespace epochcost::probe
