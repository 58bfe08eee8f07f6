#include "app/probe_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "app/session_usage.h"

namespace epochcost::app {
namespace {

using testing::HasSubstr;

ProbeOrder Shell(const std::string& script) {
  return {.command = {"sh", "-c", script},
          .steps = 3,
          .warm_up = 1,
          .patience = 20,
          .is_in_place = true,
          .protect = {},
          .scratch = testing::TempDir()};
}

TEST(ProbeRun, SeesTheStepsThatAreSaidAndStopsTheProgram) {
  const auto reading =
      ProbeRun(Shell("i=0; while :; do i=$((i+1)); echo step $i/90; sleep 0.02; done"));
  ASSERT_TRUE(reading) << Describe(reading.error());
  EXPECT_GE(reading->points.back().steps, 4);
  EXPECT_EQ(reading->planned, 90);
  EXPECT_EQ(reading->steps_from, "printed");
  EXPECT_FALSE(reading->has_ended);
}

TEST(ProbeRun, OfAProgramThatEndsSaysWhatItPrintedLast) {
  const auto reading = ProbeRun(Shell("echo no data here; exit 3"));
  ASSERT_FALSE(reading);
  EXPECT_THAT(Describe(reading.error()), HasSubstr("it printed last: no data here"));
  EXPECT_THAT(reading.error().hint, HasSubstr("monitor.step()"));
}

TEST(ProbeRun, OfAProgramThatNeverStepsIsGivenUp) {
  ProbeOrder order = Shell("sleep 60");
  order.patience = 0.2;
  const auto reading = ProbeRun(order);
  ASSERT_FALSE(reading);
  EXPECT_THAT(Describe(reading.error()), HasSubstr("nothing was heard for"));
}

TEST(ProbeRun, OfAProgramThatDoesNotExistSaysSo) {
  ProbeOrder order = Shell("");
  order.command = {"/nonexistent/train"};
  const auto reading = ProbeRun(order);
  ASSERT_FALSE(reading);
  EXPECT_EQ(reading.error().code, ErrorCode::kNotFound);
}

TEST(ProbeRun, LeavesNothingRunningThoughTheProgramIgnoresTheSignal) {
  const auto reading =
      ProbeRun(Shell("trap '' TERM; sleep 77 & i=0; while [ $i -lt 400 ]; do i=$((i+1)); echo step "
                     "$i; sleep 0.02; done; "
                     "echo $$"));
  ASSERT_TRUE(reading) << Describe(reading.error());
  EXPECT_GE(reading->points.size(), 2U);
}

TEST(ProbeRun, WhatTheProgramWritesVanishesWhereTheFolderIsProtected) {
  if (geteuid() != 0) GTEST_SKIP() << "a layer over a folder needs root";
  const std::filesystem::path before = std::filesystem::current_path();
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "probed";
  std::filesystem::create_directories(folder);
  std::filesystem::current_path(folder);
  ProbeOrder order = Shell(
      "i=0; while :; do i=$((i+1)); echo x >model.pt; cat model.pt; echo step $i; sleep 0.02; "
      "done");
  order.is_in_place = false;
  order.scratch.clear();
  const auto reading = ProbeRun(order);
  std::filesystem::current_path(before);
  const bool is_there = std::filesystem::exists(folder / "model.pt");
  std::filesystem::remove_all(folder);
  if (!reading && reading.error().code == ErrorCode::kPermission) {
    GTEST_SKIP() << "this machine lets no layer be mounted: " << reading.error().why;
  }
  ASSERT_TRUE(reading) << Describe(reading.error());
  EXPECT_FALSE(is_there);
}

TEST(SessionUsage, OfThisSessionIsMoreThanNothing) {
  const SessionUsage usage = UsageOfSession(getsid(0));
  EXPECT_GT(usage.memory_bytes, 1e5);
  EXPECT_FALSE(ProcessesOfSession(getsid(0)).empty());
}

}  // namespace
}  // namespace epochcost::app
