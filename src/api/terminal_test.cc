#include "api/terminal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "api/made_up_run.h"
#include "base/text.h"

namespace epochcost::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t from = 0;
  for (std::size_t to = 0; (to = text.find('\n', from)) != std::string::npos; from = to + 1) {
    lines.push_back(text.substr(from, to - from));
  }
  lines.push_back(text.substr(from));
  return lines;
}

// Chinese for one test, English again after it.
class InChinese : public ::testing::Test {
 protected:
  void SetUp() override { SetLanguage(Language::kChinese); }
  void TearDown() override { SetLanguage(Language::kEnglish); }
};

TEST(EpochLine, TellsCostCompositionDurationAndRunningTotal) {
  const RunCost cost = testing::MadeUpRun();
  EXPECT_EQ(EpochLine(cost.run, cost.epochs.front(), Money{Wide{2'000'000}}, {}),
            "epoch 1/2  ¥0.00130  GPU –  CPU ¥0.00100 ●  memory ¥0.000250 ◐  network ¥0.0000500 ●"
            "  20.0 s  total ¥0.00200");
}

TEST(EpochLine, WithoutAPlanNamesTheEpochAlone) {
  RunCost cost = testing::MadeUpRun();
  cost.run.planned_epochs.reset();
  cost.epochs.front().is_complete = false;
  const std::string line = EpochLine(cost.run, cost.epochs.front(), cost.total, {});
  EXPECT_THAT(line, ::testing::StartsWith("epoch 1  ¥"));
  EXPECT_THAT(line, ::testing::EndsWith("incomplete"));
}

TEST(EpochLine, InAsciiHasOnlyAscii) {
  const RunCost cost = testing::MadeUpRun();
  const std::string line = EpochLine(cost.run, cost.epochs.front(), cost.total, {.ascii = true});
  EXPECT_TRUE(std::ranges::all_of(line, [](char c) { return c >= 0x20 && c < 0x7F; })) << line;
  EXPECT_THAT(line, HasSubstr("CPU CNY 0.00100 *"));
}

TEST(Header, IsTwoLinesAndNamesSourcesAndPrices) {
  const RunCost cost = testing::MadeUpRun();
  const auto lines =
      Lines(HeaderLines(cost.run, cost.sheets.front(), {"CPU cgroup-cpu-stat ●"}, {}));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0], "● metering train.py 7f3a00c0ffee · CPU cgroup-cpu-stat ●");
  EXPECT_EQ(lines[1],
            "  prices reference: GPU time ¥5.00/hour · CPU time ¥0.20/hour · memory ¥0.05/GB per "
            "epoch · network ¥0.01/GB · ○ assumed; your own: epochcost price set");
}

TEST(Header, ColoursComeOnlyWhereAskedFor) {
  const RunCost cost = testing::MadeUpRun();
  EXPECT_THAT(HeaderLines(cost.run, cost.sheets.front(), {}, {}), Not(HasSubstr("\x1b")));
  EXPECT_THAT(HeaderLines(cost.run, cost.sheets.front(), {}, {.colour = true}), HasSubstr("\x1b["));
}

TEST(FinalBlock, SaysHowItEndedWhatItCostAndWhereTheReportLies) {
  const std::string block = FinalBlock(testing::MadeUpRun(), {.report = "/r/report.html"}, {});
  EXPECT_THAT(block, HasSubstr("run finished  exit 0 · 2/2 epochs · 50.0 s · train.py"));
  EXPECT_THAT(block, HasSubstr("● 80.8 % measured · ◐ 19.2 % modelled"));
  EXPECT_THAT(block, HasSubstr("GPU       – not metered"));
  EXPECT_THAT(block, HasSubstr("setup ¥0.000520 (5.0 s) · eval ¥0.000390 (5.0 s)"));
  EXPECT_THAT(block, HasSubstr("! no GPU: /dev/nvidiactl does not exist"));
  EXPECT_THAT(block, HasSubstr("epochcost price set reference cpu 0.3 CNY/h"));
  EXPECT_THAT(block, HasSubstr("report    /r/report.html"));
  EXPECT_THAT(block, Not(HasSubstr("billed")));  // nothing is rented
}

TEST(FinalBlock, ShowsIdleWhereSomethingIsRentedAndWarnsWhereItIsNegative) {
  RunCost cost = testing::MadeUpRun();
  cost.sheets.front().rented.at(1) = Rented{1000};
  cost.billed.nano = 2 * cost.total.nano;
  cost.idle = cost.total;
  EXPECT_THAT(FinalBlock(cost, {}, {}), HasSubstr("of which idle ¥0.00352 (50.0 %)"));
  cost.idle.nano = -1;
  EXPECT_THAT(FinalBlock(cost, {}, {}), HasSubstr("more was used than is rented"));
}

TEST(FinalBlock, ASignalIsNamed) {
  RunCost cost = testing::MadeUpRun();
  cost.run.exit_code = 137;
  EXPECT_THAT(FinalBlock(cost, {}, {}), HasSubstr("run failed  exit 137 (signal 9)"));
}

TEST(Show, TenThousandEpochsAreShownFromBothEndsWithTheRestAddedUp) {
  const RunCost cost = testing::MadeUpRun(10'000);
  const std::string text = ShowText(cost, 20, {});
  EXPECT_THAT(text, HasSubstr("… 9980 more"));
  EXPECT_THAT(text, HasSubstr("\nepoch 10 "));
  EXPECT_THAT(text, Not(HasSubstr("\nepoch 11 ")));
  EXPECT_THAT(text, HasSubstr("\nepoch 9991 "));
  EXPECT_LT(Lines(text).size(), 70U);
  EXPECT_GT(Lines(ShowText(cost, std::nullopt, {})).size(), 10'000U);
}

TEST(Show, FillsTheFormulaWithItsNumbers) {
  const RunCost cost = testing::MadeUpRun();
  EXPECT_EQ(
      Formula(cost, cost.epochs.front(), {}),
      "epoch 1: 0.2 × 0.011111111 h + 0.05 × 0.5 GB + 0.01 × 0.0000015 GB = 0.0013 CNY over 2 "
      "replicas\nmean per replica 0.00065 × 2 replicas");
}

TEST(Show, InAsciiHasOnlyAscii) {
  RunCost cost = testing::MadeUpRun(30);
  cost.sheets.front().memory_basis = MemoryBasis::kGbHour;
  const std::string text = ShowText(cost, 10, {.ascii = true});
  EXPECT_TRUE(std::ranges::all_of(text, [](char c) {
    return c == '\n' || (c >= 0x20 && c < 0x7F);
  })) << text;
}

TEST_F(InChinese, ColumnsStandStraight) {
  const auto lines = Lines(RunsTable({Summarise(testing::MadeUpRun())}, {}));
  ASSERT_GE(lines.size(), 2U);
  EXPECT_THAT(lines[0], HasSubstr("运行"));
  EXPECT_EQ(DisplayWidth(lines[0]), DisplayWidth(lines[1]));
  const std::string show = ShowText(testing::MadeUpRun(3), std::nullopt, {});
  EXPECT_THAT(show, HasSubstr("第 1 轮"));
  EXPECT_THAT(show, Not(HasSubstr("COST")));
}

TEST(Runs, AHostileNameCannotWriteToTheTerminal) {
  RunSummary one = Summarise(testing::MadeUpRun());
  one.run.name = "\x1b]0;owned\a\u202E" + std::string(10'240, 'x');
  const auto lines = Lines(RunsTable({one}, {}));
  EXPECT_THAT(lines[1], Not(HasSubstr("\x1b")));
  EXPECT_LT(DisplayWidth(lines[1]), 170);
}

}  // namespace
}  // namespace epochcost::api
