#include "app/machine_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/estimate_price.h"
#include "tariff/reference.h"

namespace epochcost::app {
namespace {

using testing::HasSubstr;
using Shared = std::shared_ptr<const estimate::Graph>;

PlanOptions Training(const std::string& model) {
  PlanOptions options;
  options.model = model;
  options.tokens = "1e9";
  options.batch = "512";
  return options;
}

Shared ModelOf(const PlanOptions& options) {
  return std::make_shared<const estimate::Graph>(GatherModel(options).value());
}

PriceSheet Sheet() { return tariff::ReferenceSheet(); }

TEST(MachineChoice, IsNeverDearerThanAStrategyThatAPersonWouldTry) {
  const PlanOptions options = Training("llama3-8b");
  const Shared graph = ModelOf(options);
  const MachineWords machine = ParseMachine("16xA100-80GB@10").value();
  const auto best = CheapestOn(options, graph, machine, 512, Sheet());
  ASSERT_TRUE(best) << best.error().what;
  EXPECT_TRUE(best->estimate.obstacles.empty());
  for (const char* zero : {"0", "1", "3"}) {
    for (const char* tensor : {"1", "4", "8"}) {
      PlanOptions tried = options;
      tried.zero = zero;
      tried.tensor = tensor;
      tried.recompute = "full";
      const auto plan = GatherPlan(tried, graph, machine);
      ASSERT_TRUE(plan) << plan.error().what;
      const auto answer = estimate::Answer(*plan);
      ASSERT_TRUE(answer);
      if (!answer->obstacles.empty()) continue;
      const auto priced = Price(*answer, Sheet(), machine.price_nano);
      ASSERT_TRUE(priced);
      EXPECT_LE(best->whole_run.nano, priced->whole_run.nano) << zero << " " << tensor;
    }
  }
}

TEST(MachineChoice, OfWhatFitsNowhereSaysByHowMuch) {
  const PlanOptions options = Training("llama3.1-405b");
  const auto best =
      CheapestOn(options, ModelOf(options), ParseMachine("8xA100-80GB").value(), 512, Sheet());
  ASSERT_TRUE(best) << best.error().what;
  ASSERT_FALSE(best->estimate.obstacles.empty());
  EXPECT_THAT(best->estimate.obstacles[0].what, HasSubstr("GB on the fullest device"));
}

TEST(MachineChoice, KeepsToWhatWasDecided) {
  PlanOptions options = Training("llama3-8b");
  options.tensor = "4";
  options.recompute = "full";
  const auto best =
      CheapestOn(options, ModelOf(options), ParseMachine("16xA100-80GB").value(), 512, Sheet());
  ASSERT_TRUE(best) << best.error().what;
  EXPECT_THAT(best->estimate.strategy, HasSubstr("tp 4"));
  EXPECT_THAT(best->estimate.strategy, HasSubstr("recompute full"));
}

TEST(MachineChoice, GivesEveryMachineTheSameBatch) {
  PlanOptions options = Training("gpt2");
  options.batch.clear();
  const std::vector<MachineWords> machines = {ParseMachine("8xA100").value(),
                                              ParseMachine("12xH100").value()};
  EXPECT_EQ(CommonBatch(options, *ModelOf(options), machines).value(), 24);
  options.batch = "100";
  EXPECT_EQ(CommonBatch(options, *ModelOf(options), machines).value(), 100);
  options.batch = "0";
  EXPECT_FALSE(CommonBatch(options, *ModelOf(options), machines));
}

TEST(MachineChoice, ShowsAMachineThatCannotBeWithItsReason) {
  const PlanOptions options = Training("gpt2");
  const auto rows = CompareOn(options, ModelOf(options),
                              {"8xA100-80GB@9.5", "8xA1000", "37xH100", "0xH100"}, {}, Sheet());
  ASSERT_TRUE(rows) << rows.error().what;
  ASSERT_EQ(rows->size(), 4U);
  EXPECT_TRUE((*rows)[0].priced);
  ASSERT_TRUE((*rows)[1].refused);
  EXPECT_THAT((*rows)[1].refused->hint, HasSubstr("did you mean"));
  EXPECT_TRUE((*rows)[2].refused);
  EXPECT_TRUE((*rows)[3].refused);
}

}  // namespace
}  // namespace epochcost::app
