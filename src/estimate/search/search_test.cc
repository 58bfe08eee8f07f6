#include "estimate/search/search.h"

#include <gtest/gtest.h>

#include "estimate/graph/models.h"
#include "estimate/memory/memory.h"

namespace epochcost::estimate {
namespace {

Machine A100() {
  const Device device = FindDevice("A100").value();
  return MachineOf(device, FindLink(device.node_link).value(), 200e9);
}

TEST(Search, FindsStrategiesThatFitAndUseAllDevices) {
  const Graph graph = BuildModel("llama2-13b").value();
  const auto result =
      Search(graph, A100(), Constants(), {.devices = 16, .global_batch = 64, .base = {}}).value();
  ASSERT_FALSE(result.best.empty());
  for (const Found& found : result.best) {
    EXPECT_EQ(found.strategy.Devices(), 16);
    EXPECT_EQ(found.strategy.GlobalBatch(), 64);
    EXPECT_TRUE(Fits(LayOutMemory(graph, found.strategy), A100()));
    EXPECT_TRUE(Check(graph, found.strategy, A100()));
  }
  EXPECT_LE(result.best.front().seconds, result.best.back().seconds);
  EXPECT_GT(result.too_large, 0);
}

TEST(Search, OfAModelThatFitsNowhereReturnsNone) {
  const Graph graph = BuildModel("llama3.1-405b").value();
  const auto result =
      Search(graph, A100(), Constants(), {.devices = 8, .global_batch = 8, .base = {}}).value();
  EXPECT_TRUE(result.best.empty());
  EXPECT_EQ(result.too_large, result.valid);
}

TEST(Search, LeavesWhatWasDecidedAsItIs) {
  const Graph graph = BuildModel("llama2-13b").value();
  const auto result = Search(graph, A100(), Constants(),
                             {.devices = 16,
                              .global_batch = 64,
                              .base = {},
                              .tensor = 2,
                              .micro_batch = 1,
                              .sharding = Sharding::kParameters,
                              .recompute = Recompute::kFull})
                          .value();
  ASSERT_FALSE(result.best.empty());
  for (const Found& found : result.best) {
    EXPECT_EQ(found.strategy.tensor, 2);
    EXPECT_EQ(found.strategy.micro_batch, 1);
    EXPECT_EQ(found.strategy.sharding, Sharding::kParameters);
    EXPECT_EQ(found.strategy.recompute, Recompute::kFull);
  }
}

TEST(Search, OfWhatFitsNowhereSaysWhatNeedsTheLeast) {
  const Graph graph = BuildModel("llama3.1-405b").value();
  const auto result =
      Search(graph, A100(), Constants(), {.devices = 8, .global_batch = 8, .base = {}}).value();
  ASSERT_TRUE(result.smallest);
  EXPECT_FALSE(Fits(LayOutMemory(graph, result.smallest->strategy), A100()));
  const auto whole = LayOutMemory(graph, {.data = 8}).Fullest().Peak();
  EXPECT_LT(result.smallest->peak_bytes, whole);
}

TEST(Search, RefusesABatchOfNone) {
  const Graph graph = BuildModel("llama3-8b").value();
  EXPECT_FALSE(Search(graph, A100(), Constants(), {.devices = 8, .global_batch = 0, .base = {}}));
  EXPECT_FALSE(Search(graph, A100(), Constants(), {.devices = -1, .global_batch = 8, .base = {}}));
}

TEST(Search, SaysWhenNothingDivides) {
  const Graph graph = BuildModel("llama3-8b").value();
  const auto result =
      Search(graph, A100(), Constants(), {.devices = 37, .global_batch = 8, .base = {}});
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().hint.find("common factors"), std::string::npos);
}

}  // namespace
}  // namespace epochcost::estimate
