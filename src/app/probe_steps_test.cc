#include "app/probe_steps.h"

#include <gtest/gtest.h>

namespace epochcost::app {
namespace {

TEST(ProbeSteps, AreRecognisedInTheFormsThatProgramsPrint) {
  EXPECT_EQ(StepInLine("step 12/100 loss 0.3"), (SaidStep{12, 100}));
  EXPECT_EQ(StepInLine("iter: 5, loss 2.1"), (SaidStep{5, {}}));
  EXPECT_EQ(StepInLine("Epoch 1 Batch [3/938] loss"), (SaidStep{3, 938}));
  EXPECT_EQ(StepInLine("iteration 7 of many"), (SaidStep{7, {}}));
  EXPECT_EQ(StepInLine(" 12%|█▎   | 12/938 [00:04<05:10,  3.0it/s]"), (SaidStep{12, 938}));
  EXPECT_EQ(StepInLine("{'loss': 1.2, 'step': 3}"), std::nullopt);
}

TEST(ProbeSteps, AreNotSeenWhereNoneAreSaid) {
  for (const std::string_view line :
       {"Epoch 3/10", "step took 0.5 s", "step 0.13 s", "loss 12", "", "iterations: many",
        "stepwise 3", "12/938 files", "batch_size=32"}) {
    EXPECT_EQ(StepInLine(line), std::nullopt) << line;
  }
}

TEST(ProbeSteps, CountOnWhereABarBeginsAgain) {
  StepEar ear;
  EXPECT_EQ(ear.Count(), -1);
  ear.Feed("step 1/3\nstep 2/3\nstep 3/3\nst");
  ear.Feed("ep 1/3\n");
  EXPECT_EQ(ear.Count(), 4);
  EXPECT_EQ(ear.Planned(), 3);
}

TEST(ProbeSteps, OfABarAreHeardBeforeItsLineEnds) {
  StepEar ear;
  ear.Feed("\r 1%| | 1/90 [00:01<01:30]");
  EXPECT_EQ(ear.Count(), 1);
  ear.Feed("\r 2%| | 2/90 [00:02<01:30]");
  EXPECT_EQ(ear.Count(), 2);
}

}  // namespace
}  // namespace epochcost::app
