#include "forecast/lstm/trainer.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace epochcost::forecast::lstm {
namespace {

// Runs of two owners whose first unit is slow and whose pace doubles after a third.
std::vector<CompletedRun> MadeUpRuns(int count) {
  std::vector<CompletedRun> runs;
  for (int i = 0; i < count; ++i) {
    CompletedRun run{.workload = "made up",
                     .system = "s" + std::to_string(i),
                     .owner = i % 2 == 0 ? "Ada" : "Bob",
                     .unit = "epoch"};
    const double pace = 1 + 0.1 * (i % 7);
    for (int t = 0; t < 12; ++t) run.units.push_back({.cost = pace * (t == 0 ? 3 : t < 4 ? 2 : 1)});
    runs.push_back(run);
  }
  return runs;
}

std::string BuiltLibrary() { return EPOCHCOST_BUILD_DIR "/bin/libepochcost_lstm.so"; }

#define SKIP_WITHOUT_LIBRARY()                                                     \
  if (!std::filesystem::exists(BuiltLibrary())) {                                  \
    GTEST_SKIP() << "libtorch is not here, so libepochcost_lstm.so was not built"; \
  }

TEST(Train, SaysWhatIsMissingWhereTheLibraryIsNot) {
  const auto network = Train(MadeUpRuns(30), "/nowhere/libepochcost_lstm.so");
  ASSERT_FALSE(network.has_value());
  EXPECT_EQ(network.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(network.error().hint.find("libtorch"), std::string::npos);
}

TEST(Train, RefusesToLearnFromTooFewRuns) {
  const auto network = Train(MadeUpRuns(5), BuiltLibrary());
  ASSERT_FALSE(network.has_value());
  EXPECT_EQ(network.error().code, ErrorCode::kInvalidInput);
}

TEST(Train, LearnsAShiftThatEveryRunHasAndTheSameTwice) {
  SKIP_WITHOUT_LIBRARY();
  const std::vector<CompletedRun> runs = MadeUpRuns(64);
  const TrainingOptions options{.hidden = 8, .networks = 1, .passes = 250};
  const auto network = Train(runs, BuiltLibrary(), options);
  ASSERT_TRUE(network.has_value()) << network.error().what << network.error().why;
  const Sequence sequence =
      InputsOf("epoch", 0, std::span(runs[0].units).first(3), PlanOf(runs[0]));
  // One more unit at 2 and eight at 1, by a level of 2.
  const auto answer = network->Ahead("made up", sequence.inputs);
  ASSERT_TRUE(answer.has_value());
  EXPECT_LT((*answer)[2], -0.1);  // log(10 / 9 / 2) is −0.59; 0 is where training begins
  const auto again = Train(runs, BuiltLibrary(), options);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(network->Write(), again->Write());
}

TEST(Train, EndsWhenTheReportSaysSo) {
  SKIP_WITHOUT_LIBRARY();
  TrainingOptions options{.hidden = 4, .networks = 1};
  int passes = 0;
  options.report = [&passes](std::size_t, std::int64_t, double) { return ++passes < 2; };
  EXPECT_FALSE(Train(MadeUpRuns(24), BuiltLibrary(), options).has_value());
  EXPECT_EQ(passes, 2);
}

}  // namespace
}  // namespace epochcost::forecast::lstm
