#include "estimate/answer/interludes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "estimate/answer/answer.h"
#include "estimate/graph/models.h"

namespace epochcost::estimate {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

RunPlan Plan(std::int64_t devices, Sharding sharding) {
  RunPlan plan;
  plan.graph = std::make_shared<const Graph>(BuildModel("gpt3-1.3b").value());
  plan.device = FindDevice("A100").value();
  plan.network = FindLink("infiniband-hdr").value();
  plan.strategy.data = devices;
  plan.strategy.sharding = sharding;
  plan.samples_per_epoch = devices * 1000;
  plan.epochs = 3;
  return plan;
}

double Parameters(const RunPlan& plan) { return static_cast<double>(Sum(*plan.graph).parameters); }

TEST(Interludes, NothingIsDoneThatNobodyAskedFor) {
  const Estimate e = Answer(Plan(8, Sharding::kNone)).value();
  EXPECT_THAT(e.phases, IsEmpty());
  EXPECT_DOUBLE_EQ(e.run_hours.value, 3 * e.epoch_hours.value);
}

TEST(Interludes, AnEvaluationIsAForwardPassOverItsSamples) {
  RunPlan plan = Plan(8, Sharding::kNone);
  plan.interludes.evaluated_samples = 8000;
  plan.sample_bytes = 2000;
  const Estimate e = Answer(plan).value();
  ASSERT_THAT(e.phases, SizeIs(1));
  const EstimatedPhase& eval = e.phases[0];
  EXPECT_EQ(eval.kind, ScopeKind::kEval);
  EXPECT_EQ(eval.times, 3);  // once an epoch
  // As many micro-batches as an epoch has steps: a forward pass of the three of a step.
  const double part = eval.hours.value / 3 / e.epoch_hours.value;
  EXPECT_GT(part, 0.2);
  EXPECT_LT(part, 0.36);
  EXPECT_LT(eval.seconds.low, eval.seconds.value);
  EXPECT_NEAR(eval.disk.value * 8, 3 * 8000 * 2000 / 1e9, 1e-12);
  EXPECT_NEAR(eval.t_gpu.value, eval.hours.value, 1e-12);  // one device a replica
  EXPECT_NEAR(e.run_hours.value, 3 * e.epoch_hours.value + eval.hours.value, 1e-12);
}

TEST(Interludes, TwiceTheSamplesTakeTwiceAsLong) {
  RunPlan plan = Plan(8, Sharding::kNone);
  plan.interludes.evaluated_samples = 80'000;
  const double once = Answer(plan)->phases[0].seconds.value;
  plan.interludes.evaluated_samples = 160'000;
  EXPECT_NEAR(Answer(plan)->phases[0].seconds.value / once, 2, 0.01);
}

TEST(Interludes, StepsBetweenThemDecideHowOftenTheyHappen) {
  RunPlan plan = Plan(8, Sharding::kNone);
  plan.interludes.evaluated_samples = 800;
  plan.interludes.evaluate_every = 250;
  plan.interludes.checkpoint_every = 700;
  const Estimate e = Answer(plan).value();
  ASSERT_THAT(e.phases, SizeIs(2));
  EXPECT_EQ(e.phases[0].times, 12);  // 3 × 1000 steps
  EXPECT_EQ(e.phases[0].scopes, 3);  // evaluations during an epoch are one scope
  EXPECT_EQ(e.phases[1].times, 4);
}

TEST(Interludes, OneThatNeverComesAboutIsARemark) {
  RunPlan plan = Plan(8, Sharding::kNone);
  plan.interludes.checkpoint_every = 5000;
  const Estimate e = Answer(plan).value();
  EXPECT_THAT(e.phases, IsEmpty());
  EXPECT_THAT(e.remarks, Contains(HasSubstr("fewer steps than lie between two")));
}

TEST(Interludes, ACheckpointHasParametersTheirCopyAndTheOptimizersState) {
  RunPlan plan = Plan(8, Sharding::kNone);
  plan.interludes.checkpoint_every = 0;
  plan.interludes.disk_bytes_per_second = 2e9;
  const Estimate e = Answer(plan).value();
  ASSERT_THAT(e.phases, SizeIs(1));
  const double bytes = 14 * Parameters(plan);  // bf16, a copy in 32 bit, Adam's two moments
  EXPECT_NEAR(e.phases[0].seconds.value, bytes / 2e9, 1e-6);
  EXPECT_EQ(e.phases[0].seconds.low, e.phases[0].seconds.high);
  EXPECT_TRUE(e.phases[0].is_written);
  EXPECT_NEAR(e.phases[0].disk.value * 8, 3 * bytes / 1e9, 1e-6);  // each replica an eighth
  plan.strategy.precision = Precision::kFp32;
  plan.strategy.optimizer = Optimizer::kSgd;
  EXPECT_NEAR(Answer(plan)->phases[0].seconds.value, 4 * Parameters(plan) / 2e9, 1e-6);
}

// 176 B parameters, ZeRO 1 on 48 machines of 8 A100: 2.3 TiB in 40 s (stas00/ml-engineering,
// storage/README.md). The default speed is from this very write; the size is not.
TEST(Interludes, BloomsCheckpointHasItsPublishedSize) {
  RunPlan plan = Plan(384, Sharding::kOptimizer);
  plan.graph = std::make_shared<const Graph>(BuildModel("bloom-176b").value());
  plan.strategy.tensor = 4;
  plan.strategy.pipeline = 12;
  plan.strategy.data = 8;
  plan.interludes.checkpoint_every = 0;
  const EstimatedPhase& save = Answer(plan)->phases.at(0);
  const double tebibytes = save.disk.value * 8 / 3 * 1e9 / std::pow(2, 40);
  EXPECT_NEAR(tebibytes, 2.3, 0.1);
  EXPECT_NEAR(save.seconds.value, 40, 4);
  EXPECT_EQ(save.seconds.quality, Quality::kAssumed);
  EXPECT_LT(save.seconds.low * 10, save.seconds.high);
}

TEST(Interludes, WhereReplicasShareTheirStateOutAllMachinesWrite) {
  RunPlan plan = Plan(32, Sharding::kNone);
  plan.interludes.checkpoint_every = 0;
  const double alone = Answer(plan)->phases.at(0).seconds.value;
  plan.strategy.sharding = Sharding::kParameters;
  EXPECT_NEAR(alone / Answer(plan)->phases.at(0).seconds.value, 4, 1e-9);  // four machines of 8
}

TEST(Interludes, CompilationIsOnceAsGivenOrByTheModelsOperators) {
  RunPlan plan = Plan(8, Sharding::kNone);
  plan.interludes.is_compiled = true;
  plan.interludes.compile_seconds = 90;
  const Estimate given = Answer(plan).value();
  ASSERT_THAT(given.phases, SizeIs(1));
  EXPECT_EQ(given.phases[0].kind, ScopeKind::kSetup);
  EXPECT_EQ(given.phases[0].times, 1);
  EXPECT_DOUBLE_EQ(given.phases[0].seconds.value, 90);
  plan.interludes.compile_seconds = std::nullopt;
  const Figure modelled = Answer(plan)->phases.at(0).seconds;
  EXPECT_GT(modelled.value, 20);
  EXPECT_NEAR(modelled.high / modelled.low, kCompileSpread * kCompileSpread, 1e-9);
}

// Published for training on A100 (pytorch/pytorch issue 93794): within the interval.
TEST(Interludes, PublishedCompilationsLieInTheInterval) {
  for (const auto& [model, seconds] :
       {std::pair{"vit-large-16", 129.0}, std::pair{"t5-large", 174.6}}) {
    RunPlan plan = Plan(8, Sharding::kNone);
    plan.graph = std::make_shared<const Graph>(BuildModel(model).value());
    plan.interludes.is_compiled = true;
    const Figure figure = Answer(plan)->phases.at(0).seconds;
    EXPECT_LT(figure.low, seconds) << model;
    EXPECT_GT(figure.high, seconds) << model;
  }
}

TEST(Interludes, AllWaitForTheSlowestOfManyDevices) {
  RunPlan plan = Plan(8, Sharding::kNone);
  const double usual = Answer(plan)->step_seconds.value;
  plan.strategy.scatter = 0.05;
  const double scattered = Answer(plan)->step_seconds.value;
  EXPECT_NEAR(scattered / usual, 1 + 0.05 * 1.424, 0.01);  // the largest of 8 normal values
  plan.strategy.data = 1;
  EXPECT_DOUBLE_EQ(
      Answer(plan)->step_seconds.value /
          [&] {
            plan.strategy.scatter = 0;
            return Answer(plan)->step_seconds.value;
          }(),
      1);  // nobody waits for oneself
}

TEST(Interludes, CountsThatCannotBeAreRefused) {
  RunPlan plan = Plan(8, Sharding::kNone);
  plan.interludes.evaluated_samples = -1;
  EXPECT_THAT(Answer(plan).error().what, HasSubstr("evaluated samples cannot be -1"));
  plan.interludes.evaluated_samples = 0;
  plan.interludes.checkpoint_every = 2'000'000'000'000'000;
  EXPECT_THAT(Answer(plan).error().what, HasSubstr("steps between checkpoints cannot be"));
}

}  // namespace
}  // namespace epochcost::estimate
