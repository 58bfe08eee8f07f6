#include "estimate/answer/answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "estimate/answer/reference_runs.h"
#include "estimate/graph/models.h"

namespace epochcost::estimate {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

RunPlan Plan(std::string_view model, std::string_view device, std::int64_t data) {
  RunPlan plan;
  plan.graph = std::make_shared<const Graph>(BuildModel(model).value());
  plan.device = FindDevice(device).value();
  plan.network = FindLink("infiniband-hdr").value();
  plan.strategy.data = data;
  if (!plan.device.Peak(Precision::kBf16)) plan.strategy.precision = Precision::kFp16;
  plan.samples_per_epoch = 1'000'000;
  plan.epochs = 3;
  return plan;
}

TEST(Answer, ThePublishedTermsGiveTheHoursThatWerePredicted) {
  const Estimate e = Answer(Plan("gpt3-1.3b", "A100", 8)).value();
  const EstimateTerms& t = e.terms;
  const double hours = t.n_ops.value * t.p_avg.value / (t.f_gpu.value * t.u_gpu.value) / 3600;
  EXPECT_NEAR(hours / t.t_gpu.value, 1, 1e-12);
  EXPECT_GT(t.u_gpu.value, 0.05);
  EXPECT_LT(t.u_gpu.value, 1);
  EXPECT_NEAR(t.t_gpu.value, e.epoch_hours.value, 1e-12 * t.t_gpu.value);  // one device a replica
  EXPECT_EQ(e.steps_per_epoch, 125'000);
}

TEST(Answer, IsNeverWithoutItsUncertaintyAndSource) {
  const Estimate e = Answer(Plan("resnet50", "V100", 4)).value();
  for (const Figure* figure : {&e.step_seconds, &e.epoch_hours, &e.terms.t_gpu, &e.terms.u_gpu,
                               &e.terms.t_cpu, &e.terms.m_avg}) {
    EXPECT_LT(figure->low, figure->value);
    EXPECT_GT(figure->high, figure->value);
    EXPECT_FALSE(figure->source.empty());
  }
  for (const Figure* figure : {&e.terms.n_ops, &e.terms.p_avg, &e.terms.d_transfer}) {
    EXPECT_LE(figure->low, figure->value);
    EXPECT_FALSE(figure->source.empty());
  }
  EXPECT_EQ(e.tier, Tier::kCalibrated);  // image models were measured on it
}

TEST(Answer, ConstantsOfLanguageModelsAreNotClaimedForOthers) {
  EXPECT_EQ(Answer(Plan("gpt2", "A100", 1))->tier, Tier::kCalibrated);
  EXPECT_EQ(Answer(Plan("resnet50", "A100", 1))->tier, Tier::kDatasheet);
  EXPECT_EQ(Answer(Plan("gpt2", "L40S", 1))->tier, Tier::kDatasheet);
}

TEST(Answer, ConstantsOfImageModelsHoldForTheirDevicesAndPrecisions) {
  EXPECT_EQ(Answer(Plan("resnet50", "RTX-3090", 1))->tier, Tier::kCalibrated);
  EXPECT_EQ(Answer(Plan("vit-base-16", "RTX-3090", 1))->tier, Tier::kCalibrated);
  EXPECT_EQ(Answer(Plan("gpt2", "RTX-3090", 1))->tier, Tier::kDatasheet);
  EXPECT_EQ(Answer(Plan("stable-diffusion-1.5", "V100", 1))->tier, Tier::kDatasheet);
  RunPlan wide = Plan("resnet50", "RTX-3090", 1);
  wide.strategy.precision = Precision::kFp32;
  EXPECT_EQ(Answer(wide)->tier, Tier::kDatasheet);  // measured in mixed precision only
}

TEST(Answer, EnergyIsThePowerOverTheEpochAndTheDiskWhatWasSaid) {
  RunPlan plan = Plan("gpt2", "A100", 8);
  const Estimate e = Answer(plan).value();
  EXPECT_NEAR(e.terms.energy.value * static_cast<double>(e.replicas),
              e.power_watts.value * e.epoch_hours.value / 1000, 1e-9);
  EXPECT_EQ(e.terms.disk.value, 0);
  plan.sample_bytes = 1000;
  const Estimate said = Answer(plan).value();
  EXPECT_NEAR(said.terms.disk.value * static_cast<double>(said.replicas),
              static_cast<double>(plan.samples_per_epoch) * 1000 / 1e9, 1e-9);
}

TEST(Answer, WhatDoesNotFitIsAnsweredWithWhatToDo) {
  const Estimate e = Answer(Plan("llama2-70b", "A100-40GB", 8)).value();
  ASSERT_THAT(e.obstacles, SizeIs(1));
  EXPECT_THAT(e.obstacles[0].what, HasSubstr("on the fullest device"));
  EXPECT_FALSE(e.obstacles[0].hint.empty());
}

TEST(Answer, MemoryNeverPassesItsPeakOnAverage) {
  for (const char* model : {"gpt2", "resnet18", "bert-base", "dlrm-criteo-1tb"}) {
    const Estimate e = Answer(Plan(model, "A100", 1)).value();
    // S_factor is of the runtime's own bytes too, which the peak has without a reserve.
    EXPECT_LE(e.terms.m_avg.value, e.peak_memory_gb.value + 0.06) << model;
  }
}

TEST(Answer, NothingLeavesOneMachine) {
  EXPECT_EQ(Answer(Plan("gpt2", "A100", 8))->terms.d_transfer.value, 0);
  EXPECT_GT(Answer(Plan("gpt2", "A100", 16))->terms.d_transfer.value, 0);
}

TEST(Answer, CountsThatCannotBeAreRefused) {
  RunPlan plan = Plan("gpt2", "A100", 8);
  plan.samples_per_epoch = 0;
  EXPECT_THAT(Answer(plan).error().what, HasSubstr("samples cannot be 0"));
  plan.samples_per_epoch = 1;
  plan.epochs = 2'000'000'000'000'000'000;
  EXPECT_THAT(Answer(plan).error().what, HasSubstr("epochs cannot be"));
  plan.epochs = 1;
  plan.strategy.tensor = 5;
  EXPECT_FALSE(Answer(plan));
}

TEST(Answer, EveryOperatorOfEveryLayerHasItsWeights) {
  const RunPlan plan = Plan("gpt2", "A100", 8);
  const auto weights = WeighLayers(plan);
  ASSERT_TRUE(weights);
  std::int64_t parameters = 0;
  for (const LayerWeight& weight : *weights) {
    EXPECT_GE(weight.time_weight, 0) << weight.path;
    parameters += weight.parameters;
  }
  EXPECT_EQ(parameters, 124'439'808);
  EXPECT_EQ(weights->at(3 + 1).path, "layers.0.attn.qkv");
  EXPECT_GT(weights->at(3 + 1).time_weight, 0);
}

TEST(ReferenceRuns, NameModelsAndDevicesThatExistAndFit) {
  EXPECT_THAT(ReferenceRuns(), SizeIs(5));
  for (const ReferenceRun& run : ReferenceRuns()) {
    EXPECT_TRUE(BuildModel(run.model)) << run.preset;
    EXPECT_TRUE(FindDevice(run.device)) << run.preset;
    EXPECT_EQ(run.devices % (run.tensor * run.pipeline), 0) << run.preset;
    const std::int64_t data = run.devices / run.tensor / run.pipeline;
    EXPECT_EQ(run.global_batch % (data * run.micro_batch), 0) << run.preset;
  }
  EXPECT_THAT(FindReferenceRun("resnet").error().hint, HasSubstr("resnet50"));
}

}  // namespace
}  // namespace epochcost::estimate
