#include "app/calc_case.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace epochcost::app {
namespace {

CalcOptions WorkedExampleOne() {
  CalcOptions options;
  options.c_gpu = "5.0";
  options.t_gpu = "2.3";
  options.c_cpu = "0.2";
  options.t_cpu = "2.5";
  options.c_mem = "0.05";
  options.m_avg = "48";
  options.c_net = "0.01";
  options.d_transfer = "120";
  options.replicas = "8";
  options.epochs = "100";
  return options;
}

std::string WholeRun(const CalcOptions& options) {
  const auto gathered = GatherCase(Context{}, options);
  EXPECT_TRUE(gathered) << Describe(gathered.error());
  return gathered ? ledger::ToText(ledger::Evaluate(gathered->input)->whole_run) : "";
}

Error ErrorOf(const CalcOptions& options) {
  const auto gathered = GatherCase(Context{}, options);
  EXPECT_FALSE(gathered);
  return gathered ? Error{} : gathered.error();
}

TEST(GatherCase, FlagsAreTheFormulasNumbers) { EXPECT_EQ(WholeRun(WorkedExampleOne()), "12480"); }

TEST(GatherCase, APresetIsItsPublishedExample) {
  EXPECT_EQ(WholeRun({.preset = "resnet152-v100"}), "12480");
  EXPECT_EQ(WholeRun({.preset = "gpt3-175b-a100"}), "45158.4");
}

TEST(GatherCase, AFlagChangesOneNumberOfAPreset) {
  EXPECT_EQ(WholeRun({.epochs = "1", .preset = "resnet152-v100"}), "124.8");
}

TEST(GatherCase, AReferenceRowAloneComputesNothingAndIsNoError) {
  const auto gathered = GatherCase(Context{}, {.preset = "dall-e"});
  ASSERT_TRUE(gathered);
  EXPECT_FALSE(gathered->has_own_numbers);
}

TEST(GatherCase, ASheetGivesThePrices) {
  EXPECT_EQ(WholeRun({.t_gpu = "2.3", .m_avg = "48", .sheet = "reference"}), "13.9");
}

TEST(GatherCase, ADerivedQuantityTakesItsPlace) {
  EXPECT_EQ(
      WholeRun(
          {.c_gpu = "5", .n_ops = "8.28e15", .p_avg = "0.001", .f_gpu = "1.25e9", .u_gpu = "0.8"}),
      "11.5");
}

TEST(GatherCase, HalfOfATermIsAnErrorThatNamesTheOtherHalf) {
  EXPECT_EQ(ErrorOf({.c_gpu = "5"}).hint, "give --t-gpu too");
  EXPECT_EQ(ErrorOf({.t_gpu = "5"}).hint, "give --c-gpu too");
  EXPECT_EQ(ErrorOf({.c_gpu = "5", .n_ops = "1", .p_avg = "1", .f_gpu = "1"}).hint,
            "give --u-gpu too");
}

TEST(GatherCase, AQuantityThatIsGivenAndDerivedIsAConflict) {
  CalcOptions options = WorkedExampleOne();
  options.m_grad = options.n_params = options.c_compression = "1";
  EXPECT_EQ(ErrorOf(options).code, ErrorCode::kConflict);
}

TEST(GatherCase, NothingAtAllIsAnError) {
  EXPECT_THAT(ErrorOf({}).what, testing::HasSubstr("nothing to calculate"));
}

}  // namespace
}  // namespace epochcost::app
