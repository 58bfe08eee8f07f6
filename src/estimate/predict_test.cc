#include "estimate/predict.h"

#include <gtest/gtest.h>

#include "estimate/graph/models.h"

namespace epochcost::estimate {
namespace {

Machine Of(const char* name) {
  const Device device = FindDevice(name).value();
  return MachineOf(device, FindLink(device.node_link).value(), 200e9);
}

Result<StepEstimate> Estimated(const char* model, const Strategy& strategy, const char* device) {
  const Machine machine = Of(device);
  return Predict(std::make_shared<const Graph>(BuildModel(model).value()), strategy, machine,
                 ShippedCalibration(machine, strategy.precision));
}

TEST(Predict, DealsAWholeStepOutToTheOperators) {
  const auto estimate =
      Estimated("llama3-8b", {.data = 8, .tensor = 2, .accumulation = 4}, "A100").value();
  double sum = 0;
  for (const OperatorShare& share : estimate.operators) sum += share.seconds;
  EXPECT_NEAR(sum, estimate.step_seconds.value, 1e-12 * sum);
  EXPECT_LT(estimate.step_seconds.low, estimate.step_seconds.value);
  EXPECT_GT(estimate.step_seconds.high, estimate.step_seconds.value);
}

TEST(Predict, NamesItsTierAndIsWiderWhereNothingWasMeasured) {
  const auto measured = Estimated("llama3-8b", {.tensor = 8}, "A100").value();
  const auto unknown = Estimated("llama3-8b", {.tensor = 8}, "MI300X").value();
  EXPECT_EQ(measured.tier, Tier::kCalibrated);
  EXPECT_EQ(unknown.tier, Tier::kDatasheet);
  EXPECT_GT(unknown.step_seconds.high / unknown.step_seconds.value,
            measured.step_seconds.high / measured.step_seconds.value);
}

TEST(Predict, SaysByHowMuchAModelDoesNotFit) {
  const auto estimate = Estimated("llama3-70b", {}, "A100").value();
  EXPECT_FALSE(estimate.fits);
  ASSERT_EQ(estimate.obstacles.size(), 1U);
  EXPECT_NE(estimate.obstacles[0].what.find("GB on the fullest device"), std::string::npos);
}

TEST(Predict, WarnsOfTensorParallelismAcrossNodes) {
  const auto estimate = Estimated("llama3-70b", {.tensor = 16}, "A100").value();
  ASSERT_FALSE(estimate.remarks.empty());
  EXPECT_NE(estimate.remarks[0].find("across nodes"), std::string::npos);
}

TEST(Predict, RefusesAStrategyThatDoesNotDivide) {
  EXPECT_FALSE(Estimated("llama3-8b", {.tensor = 5}, "A100"));
}

TEST(Memory, OfAdamInMixedPrecisionIsEighteenBytesPerParameter) {
  const Graph graph = BuildModel("llama3-8b").value();
  const MemoryTimeline timeline = LayOutMemory(graph, {});
  const auto parameters = static_cast<double>(Sum(graph).parameters);
  EXPECT_NEAR(timeline.stages[0].Steady() / parameters, 18, 1e-9);
}

TEST(Memory, IsSharedOutByFullyShardedParameters) {
  const Graph graph = BuildModel("llama3-8b").value();
  const MemoryTimeline one = LayOutMemory(graph, {});
  const MemoryTimeline eight = LayOutMemory(graph, {.data = 8, .sharding = Sharding::kParameters});
  EXPECT_NEAR(eight.stages[0].Steady(), one.stages[0].Steady() / 8, 1);
}

TEST(Memory, OfTheFirstStageOfAPipelineKeepsAsManyMicroBatchesAsThereAreStages) {
  const Graph graph = BuildModel("llama3-8b").value();
  const MemoryTimeline timeline = LayOutMemory(graph, {.pipeline = 4, .accumulation = 16});
  EXPECT_EQ(timeline.stages[0].in_flight, 4);
  EXPECT_EQ(timeline.stages[3].in_flight, 1);
}

TEST(Traffic, OfOneDeviceIsNone) {
  EXPECT_EQ(CountTraffic(BuildModel("llama3-8b").value(), {}, Of("A100")).Sum(), 0);
}

TEST(Traffic, OfReplicasIsTwiceTheGradientsNearly) {
  const Graph graph = BuildModel("llama3-8b").value();
  const Traffic traffic = CountTraffic(graph, {.data = 8}, Of("A100"));
  const auto parameters = static_cast<double>(Sum(graph).parameters);
  EXPECT_NEAR(traffic.data, 2 * 4 * parameters * 7 / 8, 1);
  EXPECT_EQ(traffic.between_nodes, 0);
}

}  // namespace
}  // namespace epochcost::estimate
