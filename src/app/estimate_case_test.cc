#include "app/estimate_case.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "estimate/graph/models.h"

namespace epochcost::app {
namespace {

using testing::HasSubstr;

PlanOptions Options() {
  PlanOptions options;
  options.model = "gpt2";
  options.gpu = "8xA100";
  options.samples = "1000";
  return options;
}

Result<estimate::RunPlan> Plan(const PlanOptions& options) {
  auto graph = GatherModel(options);
  if (!graph) return tl::unexpected(graph.error());
  const auto machine = ParseMachine(options.gpu);
  if (!machine) return tl::unexpected(machine.error());
  return GatherPlan(options, std::make_shared<const estimate::Graph>(*graph), *machine);
}

std::string ErrorOf(const PlanOptions& options) {
  const auto plan = Plan(options);
  return plan ? "no error" : Describe(plan.error());
}

TEST(EstimateCase, AMachineIsACountADeviceAndAPrice) {
  const MachineWords words = ParseMachine("8xA100-80GB@9.5").value();
  EXPECT_EQ(words.devices, 8);
  EXPECT_EQ(words.device.name, "A100-SXM-80GB");
  EXPECT_EQ(words.price_nano, 9'500'000'000);
  EXPECT_EQ(ParseMachine("16×H100").value().devices, 16);
  EXPECT_EQ(ParseMachine("V100").value().devices, 1);
  EXPECT_EQ(ParseMachine("V100").value().price_nano, std::nullopt);
}

TEST(EstimateCase, AMachineThatCannotBeIsRefused) {
  EXPECT_THAT(Describe(ParseMachine("8xA1000").error()), HasSubstr("did you mean"));
  EXPECT_FALSE(ParseMachine("0xA100"));
  EXPECT_FALSE(ParseMachine("-1xA100"));
  EXPECT_FALSE(ParseMachine("8x"));
  EXPECT_FALSE(ParseMachine(""));
  EXPECT_FALSE(ParseMachine("8xA100@-5"));
  EXPECT_FALSE(ParseMachine("8xA100@nan"));
  EXPECT_FALSE(ParseMachine("99999999999999999999xA100"));
}

TEST(EstimateCase, AWholeNumberMayHaveAnExponentAndNoFraction) {
  EXPECT_EQ(ParseWholeFlag("--tokens", "300e9").value(), 300'000'000'000);
  EXPECT_EQ(ParseWholeFlag("--tokens", "1_000").value(), 1000);
  for (const std::string_view text : {"0", "-4", "1.5", "nan", "inf", "", "1e-3", "twelve"}) {
    const auto whole = ParseWholeFlag("--batch", text);
    ASSERT_FALSE(whole) << text;
    EXPECT_THAT(whole.error().what, HasSubstr("--batch cannot be"));
  }
  EXPECT_EQ(ParseWholeFlag("--batch", "1e18").error().code, ErrorCode::kOverflow);
}

TEST(EstimateCase, NoFlagTakesANumberThatCannotBe) {
  struct Flag {
    std::string_view name;
    std::string PlanOptions::* value;
  };
  for (const Flag& flag :
       {Flag{"--batch", &PlanOptions::batch}, Flag{"--micro-batch", &PlanOptions::micro_batch},
        Flag{"--samples", &PlanOptions::samples}, Flag{"--epochs", &PlanOptions::epochs},
        Flag{"--sequence", &PlanOptions::sequence}, Flag{"--tp", &PlanOptions::tensor},
        Flag{"--pp", &PlanOptions::pipeline}, Flag{"--cp", &PlanOptions::context},
        Flag{"--ep", &PlanOptions::expert}, Flag{"--chunks", &PlanOptions::chunks},
        Flag{"--sync-every", &PlanOptions::sync_every},
        Flag{"--sample-bytes", &PlanOptions::sample_bytes}}) {
    for (const std::string_view text : {"0", "-1", "nan", "inf", "1e18", "0.5", "many", "1e999"}) {
      PlanOptions options = Options();
      options.*flag.value = text;
      EXPECT_THAT(ErrorOf(options), HasSubstr(fmt::format("{} cannot be '{}'", flag.name, text)));
    }
  }
  for (const std::string_view text : {"0", "-1", "nan", "1e18", "x"}) {
    PlanOptions options = Options();
    options.compression = text;
    const auto plan = Plan(options);
    EXPECT_FALSE(plan && estimate::Answer(*plan)) << text;
  }
}

TEST(EstimateCase, StrategiesThatCannotBePlacedAreRefusedWithAReason) {
  for (const auto& [flag, value] :
       {std::pair{&PlanOptions::tensor, "16"},
        std::pair{&PlanOptions::pipeline, "1000000000000000"},
        std::pair{&PlanOptions::context, "3"}, std::pair{&PlanOptions::expert, "2"},
        std::pair{&PlanOptions::chunks, "4"}, std::pair{&PlanOptions::zero, "4"}}) {
    PlanOptions options = Options();
    options.*flag = value;
    const auto plan = Plan(options);
    const auto answer = plan ? estimate::Answer(*plan) : tl::unexpected(plan.error());
    ASSERT_FALSE(answer) << value;
    EXPECT_FALSE(answer.error().why.empty()) << answer.error().what;
  }
}

TEST(EstimateCase, AnOnnxFileIsAModelOfACommandOnly) {
  PlanOptions options = Options();
  options.model = "/nonexistent/net.onnx";
  EXPECT_THAT(ErrorOf(options), HasSubstr("no model is called"));
  TakeModelFile(options);
  EXPECT_THAT(ErrorOf(options), HasSubstr("/nonexistent/net.onnx cannot be read"));
}

TEST(EstimateCase, TheDevicesThatTheModelLeavesAreReplicas) {
  PlanOptions options = Options();
  options.tensor = "4";
  options.batch = "64";
  options.micro_batch = "8";
  const estimate::RunPlan plan = Plan(options).value();
  EXPECT_EQ(plan.strategy.data, 2);
  EXPECT_EQ(plan.strategy.micro_batch, 8);
  EXPECT_EQ(plan.strategy.accumulation, 4);
  EXPECT_EQ(plan.strategy.GlobalBatch(), 64);
}

TEST(EstimateCase, WhatDoesNotDivideIsRefusedWithWhatDoes) {
  PlanOptions options = Options();
  options.tensor = "3";
  EXPECT_THAT(ErrorOf(options), HasSubstr("cannot be placed on 8 devices"));
  options = Options();
  options.batch = "12";
  EXPECT_THAT(ErrorOf(options), HasSubstr("--batch 16"));
  options.batch = "24";
  options.micro_batch = "2";
  EXPECT_THAT(ErrorOf(options), HasSubstr("micro-batch 2 does not divide the 3 samples"));
}

TEST(EstimateCase, AnEpochWithoutALengthIsAskedFor) {
  PlanOptions options = Options();
  options.samples.clear();
  EXPECT_THAT(ErrorOf(options), HasSubstr("how long is an epoch?"));
  options.tokens = "1024e3";
  EXPECT_EQ(Plan(options).value().samples_per_epoch, 1000);
  options.samples = "5";
  EXPECT_THAT(ErrorOf(options), HasSubstr("are both given"));
}

TEST(EstimateCase, ChoicesThatDoNotExistNameTheNearest) {
  PlanOptions options = Options();
  options.precision = "bf15";
  EXPECT_THAT(ErrorOf(options), HasSubstr("did you mean: bf16"));
  options = Options();
  options.recompute = "ful";
  EXPECT_THAT(ErrorOf(options), HasSubstr("did you mean: full"));
  options = Options();
  options.network = "nvlink3";
  EXPECT_THAT(ErrorOf(options), HasSubstr("does not leave a machine"));
  options = Options();
  options.compression = "-2";
  EXPECT_NE(ErrorOf(options), "no error");
}

TEST(EstimateCase, AModelIsGivenInOneWay) {
  PlanOptions options = Options();
  options.config = "config.json";
  EXPECT_THAT(ErrorOf(options), HasSubstr("more than one model is given"));
  options = Options();
  options.model.clear();
  EXPECT_THAT(ErrorOf(options), HasSubstr("no model is given"));
  options.config = "/nonexistent/config.json";
  EXPECT_THAT(ErrorOf(options), HasSubstr("/nonexistent/config.json cannot be read"));
  options.config = "/";
  EXPECT_THAT(ErrorOf(options), HasSubstr("cannot be read"));
}

TEST(EstimateCase, WithoutTensorCoresOfBf16TheDeviceComputesInFp16) {
  PlanOptions options = Options();
  options.gpu = "V100";
  EXPECT_EQ(Plan(options).value().strategy.precision, Precision::kFp16);
}

}  // namespace
}  // namespace epochcost::app
