#include "app/probe_estimate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace epochcost::app {
namespace {

using testing::HasSubstr;

// 3 s of set-up, then steps of 0.5 s and 0.4 s of CPU; the first two take twice as long.
ProbeReading Steady(std::int64_t steps) {
  ProbeReading reading{.points = {}, .planned = {}, .steps_from = "sdk", .has_ended = false};
  double seconds = 3;
  double cpu = 2;
  for (std::int64_t step = 1; step <= steps; ++step) {
    seconds += step <= 2 ? 1 : 0.5;
    cpu += 0.4;
    reading.points.push_back({seconds, step, cpu, 1e9, 0});
  }
  return reading;
}

TEST(ProbeEstimate, IsTheSetUpAndTheStepsTimesTheirMean) {
  const Estimate e =
      Extrapolate(Steady(25), {.steps = 1000, .epochs = 4, .warm_up = 5, .machine = {}}, "train")
          .value();
  EXPECT_NEAR(e.step_seconds.value, 0.5, 1e-9);
  EXPECT_NEAR(e.epoch_hours.value * 3600 * 4, 3 + 1 + 1000 * 0.5, 1e-6);
  EXPECT_NEAR(e.terms.t_cpu.value * 3600 * 4, 2 + 1000 * 0.4, 1e-6);
  EXPECT_NEAR(e.terms.m_avg.value, 1, 1e-9);
  EXPECT_EQ(e.steps_per_epoch, 250);
  EXPECT_EQ(e.tier, Tier::kProbed);
  EXPECT_LT(e.step_seconds.low, 0.49);
  EXPECT_GT(e.step_seconds.high, 0.55);
}

TEST(ProbeEstimate, APauseOfTheMachineIsNoStep) {
  ProbeReading reading = Steady(25);
  for (std::size_t i = 15; i < reading.points.size(); ++i) reading.points[i].seconds += 60;
  const Estimate e =
      Extrapolate(reading, {.steps = 1000, .epochs = 1, .warm_up = 5, .machine = {}}, "train")
          .value();
  EXPECT_NEAR(e.step_seconds.value, 0.55, 1e-9);
  EXPECT_GT(e.step_seconds.high, 0.65);
}

TEST(ProbeEstimate, WhatOtherProgramsTakeOfTheCoreIsOnlyInTheUpperEnd) {
  ProbeReading reading = Steady(25);
  for (ProbePoint& point : reading.points) {
    const double waited = 0.2 * static_cast<double>(point.steps);
    point.seconds += waited;
    point.waited_seconds = waited;
  }
  const ProbeScale scale{.steps = 1000, .epochs = 1, .warm_up = 5, .machine = {}};
  const Estimate alone = Extrapolate(Steady(25), scale, "train").value();
  const Estimate beside = Extrapolate(reading, scale, "train").value();
  EXPECT_NEAR(beside.step_seconds.value, 0.5, 1e-9);
  EXPECT_NEAR(beside.epoch_hours.value, alone.epoch_hours.value, 1e-9);
  EXPECT_GT(beside.step_seconds.high, 0.7);
  EXPECT_THAT(beside.remarks, testing::Contains(HasSubstr("29 % of the probe")));
  EXPECT_THAT(alone.remarks, testing::Not(testing::Contains(HasSubstr("other programs"))));
}

TEST(ProbeEstimate, StepsToldInTensCountAsTen) {
  ProbeReading reading = Steady(40);
  std::vector<ProbePoint> tens;
  for (const ProbePoint& point : reading.points) {
    if (point.steps % 10 == 0) tens.push_back(point);
  }
  reading.points = tens;
  const Estimate e =
      Extrapolate(reading, {.steps = 100, .epochs = 1, .warm_up = 5, .machine = {}}, "train")
          .value();
  EXPECT_NEAR(e.step_seconds.value, 0.5, 1e-9);
}

TEST(ProbeEstimate, OfAProgramThatEndedEarlySaysSo) {
  ProbeReading reading = Steady(3);
  reading.has_ended = true;
  const Estimate e =
      Extrapolate(reading, {.steps = 100, .epochs = 1, .warm_up = 5, .machine = {}}, "train")
          .value();
  EXPECT_THAT(e.remarks, testing::Contains(HasSubstr("warm-up is measured too")));
  EXPECT_THAT(e.remarks, testing::Contains(HasSubstr("ended after 3 steps")));
  reading.points.resize(1);
  EXPECT_FALSE(
      Extrapolate(reading, {.steps = 9, .epochs = 1, .warm_up = 5, .machine = {}}, "train"));
}

TEST(ProbeEstimate, NamedGpusAreBusyAllTheTime) {
  const ProbeScale scale{
      .steps = 7200, .epochs = 1, .warm_up = 5, .machine = ParseMachine("4xA100").value()};
  const Estimate e = Extrapolate(Steady(25), scale, "train").value();
  EXPECT_NEAR(e.terms.t_gpu.value, 4 * e.epoch_hours.value, 1e-9);
}

}  // namespace
}  // namespace epochcost::app
