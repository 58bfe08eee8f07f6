#include "app/forecast_training.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "app/recorded_tables.h"
#include "forecast/blend/forecaster.h"

namespace epochcost::app {
namespace {

using forecast::CompletedRun;

std::string EmptyFolder(const std::string& name) {
  std::string folder = testing::TempDir() + "learnt-" + name + "-" + std::to_string(getpid());
  std::filesystem::remove_all(folder);
  return folder;
}

std::string BuiltLibrary() { return EPOCHCOST_BUILD_DIR "/bin/libepochcost_lstm.so"; }

std::string Bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Runs of one job on several machines, whose first epoch is twice as long.
std::vector<CompletedRun> MadeUpRuns(int count) {
  std::vector<CompletedRun> runs;
  for (int i = 0; i < count; ++i) {
    CompletedRun run{.id = std::to_string(i),
                     .workload = "lab/digits",
                     .system = "m" + std::to_string(i % 6),
                     .owner = "m" + std::to_string(i % 6),
                     .unit = "epoch",
                     .before = 1};
    for (int t = 0; t < 12; ++t)
      run.units.push_back({.cost = (10 + i % 5) * (t == 0 ? 2.0 : 1 + 0.01 * (t % 3))});
    runs.push_back(std::move(run));
  }
  return runs;
}

TEST(ForecastTraining, WithNothingLearntTheProgramsOwnServes) {
  const auto learnt = ReadLearnt(EmptyFolder("none"));
  ASSERT_TRUE(learnt) << Describe(learnt.error());
  EXPECT_EQ(learnt->members.size(), 2U);
  EXPECT_GT(learnt->experience.profiles.size(), 500U);
}

TEST(ForecastTraining, ForeignWeightsLeaveTheNetworkOutAndTheRestServes) {
  const std::string folder = EmptyFolder("foreign");
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "/lstm.bin") << "PK an archive of something else";
  const auto learnt = ReadLearnt(folder);
  ASSERT_TRUE(learnt);
  ASSERT_EQ(learnt->members.size(), 1U);
  EXPECT_EQ(learnt->members[0]->Name(), "ARIMA");
}

TEST(ForecastTraining, WithoutTheLibraryItSaysWhatIsMissingAndWritesNothing) {
  const std::string folder = EmptyFolder("missing");
  const auto report =
      TrainOn(MadeUpRuns(30), {.folder = folder, .library = "/nowhere/libepochcost_lstm.so"});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::kUnavailable);
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST(ForecastTraining, LearnsFromTablesUnderEitherName) {
  const std::string folder = EmptyFolder("tables");
  EXPECT_EQ(ReadTables(folder).error().code, ErrorCode::kNotFound);
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "/runs.csv") << "run_id,benchmark,system,submitter\na,digits,box,Ada\n";
  std::ofstream(folder + "/mlperf_epochs.csv") << "run_id,cycle_s\na,12\na,10\na,10\n";
  const auto runs = ReadTables(folder);
  ASSERT_TRUE(runs) << Describe(runs.error());
  ASSERT_EQ(runs->size(), 1U);
  EXPECT_EQ(runs->front().units.size(), 3U);
}

TEST(ForecastTraining, WhatWasLearntServesAndComesOutTheSameTwice) {
  if (!std::filesystem::exists(BuiltLibrary()))
    GTEST_SKIP() << "libtorch is not here, so libepochcost_lstm.so was not built";
  const std::string folder = EmptyFolder("trained");
  const std::vector<CompletedRun> runs = MadeUpRuns(48);
  TrainingPlan plan{.folder = folder, .library = BuiltLibrary(), .passes = 2};
  int passes = 0;
  plan.progress = [&](std::size_t, std::size_t, std::int64_t, double) { ++passes; };
  const auto report = TrainOn(runs, plan);
  ASSERT_TRUE(report) << Describe(report.error());
  EXPECT_EQ(report->runs, 48);
  EXPECT_EQ(report->machines, 6);
  EXPECT_EQ(report->workloads, 1);
  EXPECT_EQ(passes, 8);
  const std::string first = Bytes(folder + "/lstm.bin");
  ASSERT_TRUE(TrainOn(runs, plan));
  EXPECT_EQ(Bytes(folder + "/lstm.bin"), first);

  auto learnt = ReadLearnt(folder);
  ASSERT_TRUE(learnt);
  EXPECT_TRUE(learnt->experience.scores.contains({.workload = "lab/digits"}));
  const forecast::Forecaster forecaster(std::move(learnt->experience), learnt->members);
  const std::span<const forecast::Unit> units(runs[0].units);
  const std::vector<forecast::PlannedUnit> ahead(10);
  const auto outlook = forecaster.Forecast({.workload = "lab/digits",
                                            .system = "new",
                                            .unit = "epoch",
                                            .before = 1,
                                            .finished = units.first(2),
                                            .ahead = ahead});
  ASSERT_TRUE(outlook);
  EXPECT_EQ(outlook->blend.of.workload, "lab/digits");
  EXPECT_NEAR(outlook->cost, 101, 8);
}

}  // namespace
}  // namespace epochcost::app
