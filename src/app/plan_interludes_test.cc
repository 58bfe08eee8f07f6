#include "app/plan_interludes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/estimate_price.h"
#include "estimate/graph/models.h"
#include "tariff/reference.h"

namespace epochcost::app {
namespace {

using testing::HasSubstr;

PlanOptions Options() {
  PlanOptions options;
  options.model = "gpt2";
  options.gpu = "16xA100";
  options.samples = "16000";
  options.epochs = "4";
  return options;
}

Result<Estimate> Answered(const PlanOptions& options) {
  auto graph = GatherModel(options);
  if (!graph) return tl::unexpected(graph.error());
  const auto machine = ParseMachine(options.gpu);
  if (!machine) return tl::unexpected(machine.error());
  const auto plan = GatherPlan(options, std::make_shared<const estimate::Graph>(*graph), *machine);
  if (!plan) return tl::unexpected(plan.error());
  return estimate::Answer(*plan);
}

PlanOptions Everything() {
  PlanOptions options = Options();
  options.sample_bytes = "4096";
  options.eval_samples = "3200";
  options.eval_every = "epoch";
  options.checkpoint_every = "500";
  options.disk_speed = "2.5";
  options.compile = "60";
  options.stragglers = "3";
  return options;
}

TEST(PlanInterludes, AreAsWordsSay) {
  const estimate::Interludes asked = GatherInterludes(Everything()).value();
  EXPECT_EQ(asked.evaluated_samples, 3200);
  EXPECT_EQ(asked.evaluate_every, 0);
  EXPECT_EQ(asked.checkpoint_every, 500);
  EXPECT_DOUBLE_EQ(asked.disk_bytes_per_second, 2.5e9);
  EXPECT_DOUBLE_EQ(asked.compile_seconds.value(), 60);
  EXPECT_DOUBLE_EQ(GatherScatter(Everything()).value(), 0.03);
  PlanOptions automatic = Options();
  automatic.compile = "auto";
  EXPECT_TRUE(GatherInterludes(automatic)->is_compiled);
  EXPECT_FALSE(GatherInterludes(automatic)->compile_seconds);
  EXPECT_FALSE(GatherInterludes(Options())->is_compiled);
  EXPECT_EQ(GatherScatter(Options()).value(), 0);
}

TEST(PlanInterludes, AWordThatCannotBeIsRefused) {
  for (std::string PlanOptions::* const option :
       {&PlanOptions::eval_samples, &PlanOptions::eval_every, &PlanOptions::checkpoint_every,
        &PlanOptions::disk_speed, &PlanOptions::compile, &PlanOptions::stragglers}) {
    for (const char* const text : {"0", "-1", "nan", "inf", "x", "1000000000000000000", "1e400"}) {
      PlanOptions options = Everything();
      options.*option = text;
      EXPECT_FALSE(Answered(options)) << text;
    }
  }
}

TEST(PlanInterludes, HowOftenNeedsWhat) {
  PlanOptions options = Options();
  options.eval_every = "100";
  EXPECT_THAT(Answered(options).error().hint, HasSubstr("--eval-samples"));
  options = Options();
  options.disk_speed = "3";
  EXPECT_THAT(Answered(options).error().hint, HasSubstr("--checkpoint-every epoch"));
  options = Options();
  options.checkpoint_every = "always";
  EXPECT_THAT(Answered(options).error().hint, HasSubstr("--checkpoint-every epoch"));
  options = Options();
  options.compile = "yes";
  EXPECT_THAT(Answered(options).error().hint, HasSubstr("--compile auto"));
}

TEST(PlanInterludes, ArePricedBesideTheEpochsWithTheDisksTwoPrices) {
  PriceSheet sheet = tariff::ReferenceSheet();
  const auto with_price = [&](Resource resource, std::int64_t nano) {
    sheet.rates.at(static_cast<std::size_t>(resource)) =
        Rate{.nano = nano, .per = Info(resource).units_per_priced};
  };
  const Estimate estimate = Answered(Everything()).value();
  const auto unpriced = Price(estimate, sheet, std::nullopt).value();
  ASSERT_EQ(unpriced.phases.size(), 3U);
  EXPECT_FALSE(unpriced.phases[2].is_disk_priced);
  Wide sum = 4 * unpriced.per_epoch.nano;
  for (const PricedPhase& phase : unpriced.phases) {
    EXPECT_GT(phase.amount.nano, 0);
    EXPECT_LE(phase.low.nano, phase.amount.nano);
    EXPECT_GE(phase.high.nano, phase.amount.nano);
    sum += phase.amount.nano;
  }
  EXPECT_NEAR(static_cast<double>(unpriced.whole_run.nano - sum), 0, 4);  // rounded once each
  with_price(Resource::kDiskRead, 1'000'000'000);
  with_price(Resource::kDiskWrite, 10'000'000'000);
  const auto priced = Price(estimate, sheet, std::nullopt).value();
  EXPECT_TRUE(priced.phases[2].is_disk_priced);
  const auto more = [&](std::size_t i) {
    return static_cast<double>(priced.phases[i].amount.nano - unpriced.phases[i].amount.nano) / 1e9;
  };
  EXPECT_EQ(more(0), 0);
  EXPECT_NEAR(more(1), 4 * 3200 * 4096 / 1e9, 1e-6);            // read at 1 a GB
  EXPECT_NEAR(more(2), 8 * 14 * 124439808.0 / 1e9 * 10, 1e-6);  // written at 10: 4000 steps / 500
}

TEST(PlanInterludes, MemoryPricedPerEpochIsPaidForEachScopeThatCloses) {
  PlanOptions options = Options();
  options.eval_samples = "16";
  options.eval_every = "100";
  const Estimate often = Answered(options).value();
  options.eval_every = "epoch";
  const Estimate once = Answered(options).value();
  const PriceSheet sheet = tariff::ReferenceSheet();  // per epoch
  const auto memory = [&](const Estimate& estimate) {
    Estimate only = estimate;
    only.phases.at(0).t_gpu = only.phases.at(0).t_cpu = {};
    return Price(only, sheet, std::nullopt)->phases.at(0).amount.nano;
  };
  EXPECT_EQ(often.phases.at(0).times, 40);
  EXPECT_EQ(memory(often), memory(once));
}

}  // namespace
}  // namespace epochcost::app
