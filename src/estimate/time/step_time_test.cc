#include "estimate/time/step_time.h"

#include <gtest/gtest.h>

#include "estimate/graph/transformer.h"

namespace epochcost::estimate {
namespace {

Graph Gpt(std::int64_t layers) {
  TransformerShape shape;
  shape.name = "gpt";
  shape.layers = layers;
  shape.hidden = 4096;
  shape.heads = 32;
  shape.ffn_hidden = 16384;
  shape.vocabulary = 50304;
  shape.sequence = 2048;
  return Transformer(shape).value();
}

Machine A100() {
  const Device device = FindDevice("A100-SXM-80GB").value();
  return MachineOf(device, FindLink(device.node_link).value(), 200e9);
}

StepTime Time(const Graph& graph, const Strategy& strategy) {
  const Constants constants;
  return TimeStep(TimeBlocks(graph, strategy, A100(), constants), strategy, A100(), constants);
}

TEST(StepTime, IsTheSumOfItsParts) {
  const StepTime step = Time(Gpt(32), {.data = 8, .accumulation = 4});
  double sum = 0;
  for (const double part : step.parts) sum += part;
  EXPECT_DOUBLE_EQ(step.Sum(), sum);
  EXPECT_GT(step[Part::kBackward], step[Part::kForward]);
}

TEST(StepTime, OfAProcessorGrowsWithEachTensorThatItsOptimizerUpdates) {
  const Device device = FindDevice("Xeon-8480+").value();
  const Machine processor = MachineOf(device, FindLink(device.node_link).value(), 0);
  const Constants constants;
  const auto update = [&](const Machine& machine, std::int64_t tensors, Optimizer optimizer) {
    Graph graph = Gpt(2);
    graph.parameter_tensors = tensors;
    const Strategy strategy{.precision = Precision::kFp32, .optimizer = optimizer};
    return TimeStep(TimeBlocks(graph, strategy, machine, constants), strategy, machine,
                    constants)[Part::kOptimizer];
  };
  const double each =
      (update(processor, 200, Optimizer::kAdam) - update(processor, 100, Optimizer::kAdam)) / 100;
  EXPECT_NEAR(each, 11 * constants[Constant::kLaunch], 1e-9);
  EXPECT_LT(update(processor, 200, Optimizer::kSgd), update(processor, 200, Optimizer::kAdam));
  EXPECT_EQ(update(A100(), 200, Optimizer::kAdam), update(A100(), 100, Optimizer::kAdam));
}

TEST(StepTime, NeverBeatsThePeakOfTheDevice) {
  const Graph graph = Gpt(32);
  const StepTime step = Time(graph, {.micro_batch = 4});
  const double ops = 4 * static_cast<double>(Sum(graph).matrix_forward);
  EXPECT_GT(step[Part::kForward], ops / 312e12 / 2);  // causal attention leaves out a half
}

TEST(StepTime, GrowsByAThirdOrSoWhereLayersAreComputedAgain) {
  const Graph graph = Gpt(32);
  const double plain = Time(graph, {.micro_batch = 4, .accumulation = 8}).Sum();
  const double again =
      Time(graph, {.recompute = Recompute::kFull, .micro_batch = 4, .accumulation = 8}).Sum();
  EXPECT_GT(again / plain, 1.2);
  EXPECT_LT(again / plain, 1.4);
}

TEST(StepTime, OfAPipelineHasTheBubbleOfItsDepth) {
  const Graph graph = Gpt(32);
  const StepTime few = Time(graph, {.pipeline = 8, .accumulation = 8});
  const StepTime many = Time(graph, {.pipeline = 8, .accumulation = 128});
  EXPECT_GT(few[Part::kBubble] / few.Sum(), 0.3);
  EXPECT_LT(many[Part::kBubble] / many.Sum(), 0.08);
}

TEST(StepTime, HalvesTheBubbleWhereEachStageHasTwoChunks) {
  const Graph graph = Gpt(32);
  const StepTime one = Time(graph, {.pipeline = 8, .accumulation = 16});
  const StepTime two = Time(graph, {.pipeline = 8, .chunks = 2, .accumulation = 16});
  EXPECT_NEAR(two[Part::kBubble], one[Part::kBubble] / 2, 1e-9);
}

TEST(StepTime, PaysForTensorParallelismAcrossNodes) {
  const Graph graph = Gpt(32);
  const double inside = Time(graph, {.tensor = 8, .micro_batch = 8})[Part::kTensor];
  const double across = Time(graph, {.tensor = 16, .micro_batch = 8})[Part::kTensor];
  EXPECT_GT(across, 1.5 * inside);
}

TEST(Strategy, ThatDoesNotDivideTheHeadsIsRefusedWithThoseThatDo) {
  const auto ok = Check(Gpt(32), {.tensor = 3}, A100());
  ASSERT_FALSE(ok);
  EXPECT_EQ(ok.error().what, "tensor cannot be 3");
  EXPECT_EQ(ok.error().hint, "these do: 1, 2, 4, 8, 16, 32");
}

TEST(Strategy, OfNoReplicasOrBillionsIsRefused) {
  EXPECT_FALSE(Check(Gpt(32), {.data = 0}, A100()));
  EXPECT_FALSE(Check(Gpt(32), {.data = -4}, A100()));
  EXPECT_FALSE(Check(Gpt(32), {.data = 1'000'000'000, .tensor = 32}, A100()));
  EXPECT_FALSE(Check(Gpt(32), {.micro_batch = 1'000'000'000'000'000'000}, A100()));
}

TEST(Strategy, WithMoreStagesThanLayersIsRefused) {
  EXPECT_FALSE(Check(Gpt(4), {.pipeline = 8}, A100()));
  EXPECT_FALSE(Check(Gpt(4), {.chunks = 2}, A100()));
}

TEST(Strategy, InAPrecisionThatTheDeviceLacksIsRefused) {
  EXPECT_FALSE(Check(Gpt(4), {.precision = Precision::kFp8}, A100()));
}

}  // namespace
}  // namespace epochcost::estimate
