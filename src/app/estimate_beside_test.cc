#include "app/estimate_beside.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace epochcost::app {
namespace {

using testing::HasSubstr;

PricedEstimate Estimated() {
  PricedEstimate priced;
  priced.estimate.replicas = 2;
  priced.estimate.epoch_hours.value = 0.5;
  priced.terms = {{.term = Term::kGpu, .is_priced = false},
                  {.term = Term::kCpu, .is_priced = true, .amount = {500}},
                  {.term = Term::kMemory, .is_priced = true, .amount = {40}},
                  {.term = Term::kNetwork, .is_priced = true, .amount = {0}}};
  priced.per_epoch = {1080};
  priced.per_epoch_low = {900};
  priced.per_epoch_high = {1300};
  return priced;
}

EpochCost Epoch(std::int64_t index, Wide cpu, Wide network_in, Wide network_out) {
  EpochCost epoch;
  epoch.scope = {ScopeKind::kEpoch, index};
  epoch.held = Nanos{1'800'000'000'000};
  epoch.sums.at(static_cast<std::size_t>(Resource::kCpuTime)) = ResourceSum{.amount_nano = cpu};
  epoch.sums.at(static_cast<std::size_t>(Resource::kNetworkIn)) =
      ResourceSum{.amount_nano = network_in};
  epoch.sums.at(static_cast<std::size_t>(Resource::kNetworkOut)) =
      ResourceSum{.amount_nano = network_out};
  epoch.total = {cpu + network_in + network_out};
  return epoch;
}

RunCost SomeRun() {
  RunCost cost;
  cost.run.id = RunId{"0123456789ab"};
  cost.epochs = {Epoch(0, 1000, 10, 30), Epoch(1, 1101, 10, 30), Epoch(2, 77, 0, 0)};
  cost.epochs[2].is_open = true;
  return cost;
}

TEST(EstimateBeside, ComparesAnEpochWithTheMeanOfCompleteOnes) {
  const auto beside = SetBeside(Estimated(), SomeRun());
  ASSERT_TRUE(beside) << beside.error().what;
  EXPECT_EQ(beside->epochs, 2);
  EXPECT_EQ(beside->metered.nano, 1091);  // (1040 + 1141) / 2, half up
  EXPECT_EQ(beside->estimated.nano, 1080);
  EXPECT_TRUE(beside->is_within);
  EXPECT_DOUBLE_EQ(beside->metered_hours, 0.5);
  ASSERT_EQ(beside->rows.size(), 3U);  // no GPU was priced, none was metered
  EXPECT_EQ(beside->rows[0].term, Term::kCpu);
  EXPECT_EQ(beside->rows[0].estimated->nano, 1000);  // of two replicas
  EXPECT_EQ(beside->rows[0].metered->nano, 1051);
  EXPECT_EQ(beside->rows[1].term, Term::kMemory);
  EXPECT_FALSE(beside->rows[1].metered);
  EXPECT_EQ(beside->rows[2].metered->nano, 40);
}

TEST(EstimateBeside, SaysWhatWasNotMeteredWithoutANumber) {
  const auto beside = SetBeside(Estimated(), SomeRun()).value();
  const std::string text = BesideText(beside, {.ascii = true});
  EXPECT_THAT(text, HasSubstr("the mean of 2 complete epochs"));
  EXPECT_THAT(text, HasSubstr("lies in the estimate's interval"));
  EXPECT_THAT(BesideJson(beside), HasSubstr(R"("metered_nano":null)"));
}

TEST(EstimateBeside, PhasesStandBesideThoseOfCompleteEpochs) {
  PricedEstimate priced = Estimated();
  priced.estimate.epochs = 10;
  priced.phases = {{.phase = {.kind = ScopeKind::kSetup}, .amount = {70}},
                   {.phase = {.kind = ScopeKind::kEval}, .amount = {600}}};
  RunCost run = SomeRun();
  const auto phase = [](ScopeKind kind, std::int64_t index, Wide nano) {
    EpochCost one;
    one.scope = {kind, index};
    one.total = {nano};
    return one;
  };
  run.phases = {phase(ScopeKind::kSetup, 0, 90), phase(ScopeKind::kEval, 0, 50),
                phase(ScopeKind::kEval, 1, 61),  // the third is of an epoch that is still open
                phase(ScopeKind::kEval, 2, 9), phase(ScopeKind::kIdle, 1, 8)};
  const auto beside = SetBeside(priced, run).value();
  ASSERT_EQ(beside.phases.size(), 3U);
  EXPECT_EQ(beside.phases[0].estimated->nano, 70);
  EXPECT_EQ(beside.phases[0].metered->nano, 90);
  EXPECT_EQ(beside.phases[1].estimated->nano, 60);  // an epoch's
  EXPECT_EQ(beside.phases[1].metered->nano, 56);    // (50 + 61) / 2, half up
  EXPECT_FALSE(beside.phases[2].estimated);         // nobody plans to be idle
  EXPECT_EQ(beside.phases[2].metered->nano, 4);
  EXPECT_THAT(BesideText(beside, {.ascii = true}), HasSubstr("evaluation"));
  EXPECT_THAT(BesideJson(beside), HasSubstr(R"("phase":"setup","estimated_nano":70)"));
}

TEST(EstimateBeside, NeedsACompleteEpoch) {
  RunCost run = SomeRun();
  for (EpochCost& epoch : run.epochs) epoch.is_complete = false;
  const auto beside = SetBeside(Estimated(), run);
  ASSERT_FALSE(beside);
  EXPECT_EQ(beside.error().code, ErrorCode::kUnavailable);
}

TEST(EstimateBeside, RefusesTwoCurrencies) {
  RunCost run = SomeRun();
  run.total.currency = Currency::Parse("USD").value();
  const auto beside = SetBeside(Estimated(), run);
  ASSERT_FALSE(beside);
  EXPECT_EQ(beside.error().code, ErrorCode::kConflict);
}

}  // namespace
}  // namespace epochcost::app
