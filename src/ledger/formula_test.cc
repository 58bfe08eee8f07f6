#include "ledger/formula.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "ledger/derivation.h"

namespace epochcost::ledger {
namespace {

std::int64_t Nano(std::string_view decimal) { return ParseDecimal(decimal)->Count(); }

FormulaInput ResNet() {
  return {.c_gpu = Nano("5.0"),
          .t_gpu = Nano("2.3"),
          .c_cpu = Nano("0.2"),
          .t_cpu = Nano("2.5"),
          .c_mem = Nano("0.05"),
          .m_avg = Nano("48"),
          .c_net = Nano("0.01"),
          .d_transfer = Nano("120"),
          .replicas = 8,
          .epochs = 100};
}

TEST(Evaluate, GivesWorkedExampleOneToTheLastDigit) {
  const auto result = Evaluate(ResNet());
  ASSERT_TRUE(result);
  EXPECT_EQ(ToText(result->gpu), "11.5");
  EXPECT_EQ(ToText(result->cpu), "0.5");
  EXPECT_EQ(ToText(result->memory), "2.4");
  EXPECT_EQ(ToText(result->network), "1.2");
  EXPECT_EQ(ToText(result->per_replica), "15.6");
  EXPECT_EQ(ToText(result->per_epoch), "124.8");
  EXPECT_EQ(ToText(result->whole_run), "12480");
  EXPECT_EQ(Format({ToNano(result->whole_run), {}}), "¥12,480.00");
}

TEST(Evaluate, GivesWorkedExampleTwoToTheLastDigit) {
  const auto result = Evaluate({.c_gpu = Nano("8.0"),
                                .t_gpu = Nano("6.7"),
                                .c_cpu = Nano("0.3"),
                                .t_cpu = Nano("7.2"),
                                .c_mem = Nano("0.08"),
                                .m_avg = Nano("80"),
                                .c_net = Nano("0.02"),
                                .d_transfer = Nano("420"),
                                .replicas = 64,
                                .epochs = 10});
  ASSERT_TRUE(result);
  EXPECT_EQ(ToText(result->gpu), "53.6");
  EXPECT_EQ(ToText(result->cpu), "2.16");
  EXPECT_EQ(ToText(result->memory), "6.4");
  EXPECT_EQ(ToText(result->network), "8.4");
  EXPECT_EQ(ToText(result->per_replica), "70.56");
  EXPECT_EQ(ToText(result->per_epoch), "4515.84");
  EXPECT_EQ(ToText(result->whole_run), "45158.4");
  EXPECT_EQ(Format({ToNano(result->per_epoch), {}}), "¥4,515.84");
}

TEST(Evaluate, KeepsEighteenDecimals) {
  const auto result = Evaluate({.c_gpu = 1, .t_gpu = 1});
  EXPECT_EQ(ToText(result->per_epoch), "0.000000000000000001");
  EXPECT_EQ(ToNano(result->per_epoch), 0);
}

TEST(Evaluate, RefusesNegativeNumbersAndRunsWithoutReplicas) {
  FormulaInput input = ResNet();
  input.t_gpu = -1;
  EXPECT_EQ(Evaluate(input).error().code, ErrorCode::kInvalidInput);
  input = ResNet();
  input.replicas = 0;
  EXPECT_EQ(Evaluate(input).error().code, ErrorCode::kInvalidInput);
}

TEST(Evaluate, ARunThatLeaves128BitsIsAnError) {
  FormulaInput input = ResNet();
  input.c_gpu = input.t_gpu = INT64_MAX;
  EXPECT_EQ(Evaluate(input).error().code, ErrorCode::kOverflow);
}

RC_GTEST_PROP(Evaluate, TheTermsAddUpExactlyHoweverManyReplicasAndEpochs, ()) {
  const auto any = [] { return *rc::gen::inRange<std::int64_t>(0, 1'000'000'000'000); };
  const FormulaInput input{any(),
                           any(),
                           any(),
                           any(),
                           any(),
                           any(),
                           any(),
                           any(),
                           *rc::gen::inRange<std::int64_t>(1, 100),
                           *rc::gen::inRange<std::int64_t>(1, 1000)};
  const auto result = Evaluate(input);
  const Wide terms =
      result->gpu.atto + result->cpu.atto + result->memory.atto + result->network.atto;
  RC_ASSERT(result->whole_run.atto == terms * input.replicas * input.epochs);
}

Ratio R(std::string_view text) { return *ParseRatio("x", text); }

TEST(ParseRatio, ReadsDecimalsAndExponentsExactly) {
  EXPECT_EQ(R("0.05"), (Ratio{1, 20}));
  EXPECT_EQ(R("1.2e18"), (Ratio{Wide{1'200'000'000'000'000'000}, 1}));
  EXPECT_EQ(R("25E-1"), (Ratio{5, 2}));
  EXPECT_EQ(R("1_000"), (Ratio{1000, 1}));
}

TEST(ParseRatio, RefusesWhatIsNoNumber) {
  for (const char* const text :
       {"", "-1", "nan", "inf", "1e", "e5", "1.2.3", "1e99", "0x1", "1e+-2"}) {
    EXPECT_FALSE(ParseRatio("N_ops", text)) << text;
  }
}

TEST(Derivation, GpuTimeIsOperationsTimesCyclesOverClockAndUtilisation) {
  // 8.28e15 operations of 1/1000 cycle on 1.25 GHz, 80 % busy: 8280 s = 2.3 h.
  const auto hours = DeriveGpuHours({R("8.28e15"), R("0.001"), R("1.25e9"), R("0.8")});
  ASSERT_TRUE(hours);
  EXPECT_EQ(*hours, (Ratio{23, 10}));
  EXPECT_EQ(RoundToNano("T_gpu", *hours)->nano, Nano("2.3"));
  EXPECT_TRUE(RoundToNano("T_gpu", *hours)->is_exact);
}

TEST(Derivation, MemoryIsModelPlusBatchTimesOverhead) {
  EXPECT_EQ(*DeriveMemoryGb({R("8"), R("0.125"), R("256"), R("1.2")}), (Ratio{48, 1}));
}

TEST(Derivation, TransferIsGradientTimesUpdatesOverCompression) {
  EXPECT_EQ(*DeriveTransferGb({R("0.24"), R("1000"), R("2")}), (Ratio{120, 1}));
}

TEST(Derivation, RefusesWhatCannotBe) {
  EXPECT_FALSE(DeriveGpuHours({R("1"), R("1"), R("1"), R("0")}));
  EXPECT_FALSE(DeriveGpuHours({R("1"), R("1"), R("1"), R("1.01")}));
  EXPECT_FALSE(DeriveGpuHours({R("1"), R("1"), R("0"), R("1")}));
  EXPECT_FALSE(DeriveMemoryGb({R("1"), R("1"), R("1"), R("0.9")}));
  EXPECT_FALSE(DeriveTransferGb({R("1"), R("1"), R("0")}));
}

TEST(Derivation, NumbersBeyond128BitsAreAnError) {
  EXPECT_EQ(DeriveTransferGb({R("1e36"), R("1e36"), R("1")}).error().code, ErrorCode::kOverflow);
}

TEST(RoundToNano, RoundsHalfUpAndSaysSo) {
  EXPECT_EQ(RoundToNano("x", {1, 3})->nano, 333'333'333);
  EXPECT_FALSE(RoundToNano("x", {1, 3})->is_exact);
  EXPECT_EQ(RoundToNano("x", {1, 2'000'000'000})->nano, 1);
}

}  // namespace
}  // namespace epochcost::ledger
