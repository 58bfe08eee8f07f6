#include "forecast/run/run_forecast.h"

#include <gtest/gtest.h>

#include "forecast/blend/made_up_runs.h"
#include "forecast/run/budget.h"
#include "forecast/run/length.h"
#include "forecast/run/ordered_test.h"

namespace epochcost::forecast {
namespace {

constexpr Wide kYuan = 1'000'000'000;

// A run whose finished epochs took these seconds, at one yuan per second.
RunCost RunOf(const std::vector<double>& seconds, std::optional<std::int64_t> planned,
              double open = 0, std::int64_t open_steps = 0) {
  RunCost cost;
  cost.run.planned_epochs = planned;
  cost.run.name = "train.py";
  std::int64_t index = 0;
  const auto add = [&](double length, bool is_open, std::int64_t steps) {
    EpochCost epoch;
    epoch.scope = {ScopeKind::kEpoch, index++};
    epoch.held = Nanos{static_cast<std::int64_t>(length * 1e9)};
    epoch.is_open = is_open;
    epoch.steps = steps;
    epoch.total.nano = static_cast<Wide>(length * 1e9);
    cost.total += epoch.total;
    cost.epochs.push_back(epoch);
  };
  for (const double length : seconds) add(length, false, 100);
  if (open > 0) add(open, true, open_steps);
  return cost;
}

const Forecaster& Learned() {
  static const Forecaster forecaster(Learn(MadeUpRuns(30)));
  return forecaster;
}

Result<epochcost::Forecast> Ask(const RunCost& cost, std::span<const RunCost> earlier = {},
                                std::optional<Project> project = std::nullopt) {
  return ForecastRun(Learned(), {.cost = cost,
                                 .earlier = earlier,
                                 .project = std::move(project),
                                 .project_spent = cost.total,
                                 .now = UtcTime{1'000}});
}

void ExpectSound(const epochcost::Forecast& forecast) {
  ExpectOrdered(forecast.epochs);
  ExpectOrdered(forecast.duration);
  ExpectOrdered(forecast.cost_nano);
  EXPECT_GE(forecast.cost_nano.low95, forecast.spent.nano);
}

TEST(RunForecast, MultipliesWhatTheEpochsTakeAndCost) {
  const auto forecast = Ask(RunOf({12, 10, 10, 10, 10}, 20));
  ASSERT_TRUE(forecast);
  ExpectSound(*forecast);
  EXPECT_NEAR(static_cast<double>(forecast->duration.expected.Count()) / 1e9, 202, 4);
  EXPECT_NEAR(static_cast<double>(forecast->cost_nano.expected / kYuan), 202, 4);
  EXPECT_EQ(forecast->epochs_done, 5);
  EXPECT_FALSE(forecast->members.empty());
  EXPECT_EQ(forecast->quality, Quality::kModelled);
}

TEST(RunForecast, TheOpenEpochIsNotPaidForTwice) {
  const auto closed = Ask(RunOf({12, 10, 10, 10, 10}, 20));
  const auto open = Ask(RunOf({12, 10, 10, 10, 10}, 20, 5, 50));
  ASSERT_TRUE(closed);
  ASSERT_TRUE(open);
  EXPECT_NEAR(static_cast<double>(open->duration.expected.Count()),
              static_cast<double>(closed->duration.expected.Count()), 1e9);
}

// Epochs that took these seconds at a yuan a second, and cost three of memory each.
RunCost WithMemory(const std::vector<double>& seconds, MemoryBasis basis) {
  RunCost cost = RunOf(seconds, 20);
  for (EpochCost& epoch : cost.epochs) {
    epoch.sums.at(static_cast<std::size_t>(Resource::kMemory)) =
        ResourceSum{.amount_nano = 3 * kYuan};
    epoch.total.nano += 3 * kYuan;
    cost.total.nano += 3 * kYuan;
  }
  cost.sheets.emplace_back().memory_basis = basis;
  cost.run.epochs_from = "sdk";
  return cost;
}

TEST(RunForecast, MemoryPricedPerEpochIsPaidOnceMoreAfterTheLastEpoch) {
  const std::vector<double> seconds = {12, 10, 10, 10, 10};
  const auto timed = Ask(RunOf(seconds, 20));
  RunCost cost = WithMemory(seconds, MemoryBasis::kPerEpoch);
  EXPECT_EQ(Ask(cost)->cost_nano.expected, timed->cost_nano.expected + 21 * 3 * kYuan);
  RunCost printed = cost;
  printed.run.epochs_from = "printed: keras";  // its last epoch ends with the program
  EXPECT_EQ(Ask(printed)->cost_nano.expected, timed->cost_nano.expected + 20 * 3 * kYuan);
  cost.phases.emplace_back().scope = {ScopeKind::kIdle, 19};  // it has begun: it was paid for
  EXPECT_EQ(Ask(cost)->cost_nano.expected, timed->cost_nano.expected + 20 * 3 * kYuan);
}

TEST(RunForecast, MemoryPricedPerEpochDoesNotFollowTheClock) {
  const std::vector<double> uneven = {12, 6, 14, 5, 15};
  const auto width = [](const epochcost::Forecast& forecast) {
    return forecast.cost_nano.high80 - forecast.cost_nano.low80;
  };
  const auto per_epoch = Ask(WithMemory(uneven, MemoryBasis::kPerEpoch));
  const auto per_hour = Ask(WithMemory(uneven, MemoryBasis::kGbHour));
  ASSERT_TRUE(per_epoch && per_hour);
  ExpectSound(*per_epoch);
  EXPECT_LT(width(*per_epoch), width(*per_hour));
  RunCost memory_alone = WithMemory(uneven, MemoryBasis::kPerEpoch);
  for (EpochCost& epoch : memory_alone.epochs) epoch.total.nano = 3 * kYuan;
  memory_alone.total.nano = 15 * kYuan;
  const auto alone = Ask(memory_alone);
  EXPECT_EQ(alone->cost_nano.expected, 21 * 3 * kYuan);
  EXPECT_EQ(alone->duration_ppm, 0);
  // Five epochs that were alike leave a hundredth of doubt: 1.28 σ on each side.
  EXPECT_NEAR(static_cast<double>(width(*alone)), 2 * 1.2816 * 0.01 * 45 * 1e9, 1e6);
}

TEST(RunForecast, MemoryOfTheFirstEpochIsNotMultipliedByItsAge) {
  RunCost cost = RunOf({}, 20, 3);
  cost.epochs.back().provisional.nano = 3 * kYuan;
  cost.provisional.nano = 3 * kYuan;
  cost.sheets.emplace_back().memory_basis = MemoryBasis::kPerEpoch;
  const auto timed = Ask(RunOf({}, 20, 3));
  const auto forecast = Ask(cost);
  ASSERT_TRUE(forecast && timed);
  ExpectSound(*forecast);
  EXPECT_EQ(forecast->cost_nano.expected, timed->cost_nano.expected + 20 * 3 * kYuan);
}

TEST(RunForecast, AnOpenEpochThatIsLateAlreadyCountsAsLate) {
  const auto forecast = Ask(RunOf({12, 10, 10, 10, 10}, 6, 40, 0));
  ASSERT_TRUE(forecast);
  ExpectSound(*forecast);
  EXPECT_GE(forecast->duration.expected.Count(), 92'000'000'000);
}

TEST(RunForecast, TheFirstEpochsAgeAloneGivesAWideRangeTaggedLow) {
  const auto forecast = Ask(RunOf({}, 10, 3));
  ASSERT_TRUE(forecast);
  ExpectSound(*forecast);
  EXPECT_EQ(forecast->confidence, Confidence::kLow);
  EXPECT_GT(forecast->cost_nano.high80, 5 * forecast->cost_nano.expected / 2);
}

TEST(RunForecast, BeforeTheFirstEpochItSaysWhenItCan) {
  const auto forecast = Ask(RunOf({}, 10));
  ASSERT_FALSE(forecast);
  EXPECT_EQ(forecast.error().code, ErrorCode::kUnsupported);
  EXPECT_FALSE(forecast.error().hint.empty());
}

TEST(RunForecast, EarlierRunsTellTheFirstEpochs) {
  const std::vector<RunCost> earlier = {RunOf({14, 10, 10, 10}, 4), RunOf({14, 10, 10, 10}, 4)};
  const auto forecast = Ask(RunOf({}, 4, 1), earlier);
  ASSERT_TRUE(forecast);
  EXPECT_NEAR(static_cast<double>(forecast->duration.expected.Count()) / 1e9, 44, 1);
}

TEST(RunForecast, AnUnknownLengthIsADistributionOverEpochs) {
  const auto alone = Ask(RunOf({12, 10, 10, 10, 10}, std::nullopt));
  ASSERT_TRUE(alone);
  ExpectSound(*alone);
  EXPECT_EQ(alone->confidence, Confidence::kLow);
  EXPECT_EQ(alone->epochs.expected, 10);
  EXPECT_EQ(alone->epochs.high80, 50);
  const std::vector<RunCost> earlier(9, RunOf(std::vector<double>(20, 10), std::nullopt));
  const auto warm = Ask(RunOf({12, 10, 10, 10, 10}, std::nullopt), earlier);
  ASSERT_TRUE(warm);
  EXPECT_EQ(warm->epochs.expected, 20);
}

TEST(RunForecast, APlanThatIsPassedAlreadyIsNotBelieved) {
  const auto forecast = Ask(RunOf({12, 10, 10, 10, 10}, 3, 2, 10));
  ASSERT_TRUE(forecast);
  ExpectSound(*forecast);
  EXPECT_EQ(forecast->epochs.expected, 6);
}

TEST(RunForecast, EnormousAmountsStayExactAndFinite) {
  RunCost cost = RunOf({12, 10, 10, 10, 10}, 1'000'000);
  for (EpochCost& epoch : cost.epochs) epoch.total.nano *= Wide{1'000'000'000'000};
  cost.total.nano *= Wide{1'000'000'000'000};
  const auto forecast = Ask(cost);
  ASSERT_TRUE(forecast);
  ExpectSound(*forecast);
  EXPECT_GT(forecast->cost_nano.expected, Wide{1'000'000'000'000} * kYuan * 9'000'000);
}

TEST(RunForecast, NegativeCostsAreRefusedByName) {
  RunCost cost = RunOf({12, 10, 10}, 10);
  cost.epochs[1].total.nano = -1;
  const auto forecast = Ask(cost);
  ASSERT_FALSE(forecast);
  EXPECT_NE(forecast.error().what.find("epoch 2"), std::string::npos);
}

TEST(RunForecast, ARunThatCostsNothingIsForecastToCostNothing) {
  RunCost cost = RunOf({12, 10, 10}, 10);
  for (EpochCost& epoch : cost.epochs) epoch.total.nano = 0;
  cost.total.nano = 0;
  const auto forecast = Ask(cost);
  ASSERT_TRUE(forecast);
  EXPECT_EQ(forecast->cost_nano.high95, 0);
}

TEST(RunForecast, SaysWhenTheBudgetBreaksAndWhichWouldDo) {
  const Project project{.budget = Money{100 * kYuan, {}}};
  const auto forecast = Ask(RunOf({12, 10, 10, 10, 10}, 20), {}, project);
  ASSERT_TRUE(forecast);
  ASSERT_TRUE(forecast->budget);
  EXPECT_GE(forecast->budget->break_ppm, 990'000);
  EXPECT_EQ(forecast->budget->suffices.nano, forecast->cost_nano.high80);
  ASSERT_TRUE(forecast->budget->breaks);
  // 52 are spent, 48 are left, at one a second.
  EXPECT_NEAR(static_cast<double>(forecast->budget->breaks->expected.ns) / 1e9, 48, 2);
  ExpectOrdered(*forecast->budget->breaks);
}

TEST(RunForecast, ARunThatIsOverHasNothingLeft) {
  RunCost cost = RunOf({12, 10}, 2);
  cost.run.state = RunState::kFinished;
  EXPECT_FALSE(Ask(cost));
}

TEST(PlanAhead, AnEvaluationEverySecondEpochGoesOn) {
  std::vector<RunUnit> finished(5);
  finished[1].evaluates = finished[3].evaluates = true;
  const auto plan = PlanAhead(finished, 4);
  EXPECT_TRUE(plan[0].evaluates);
  EXPECT_FALSE(plan[1].evaluates);
  EXPECT_TRUE(plan[2].evaluates);
}

TEST(PlanAhead, AnIrregularEvaluationIsPlannedNowhere) {
  std::vector<RunUnit> finished(6);
  finished[1].evaluates = finished[2].evaluates = finished[5].evaluates = true;
  const auto plan = PlanAhead(finished, 4);
  for (const PlannedUnit& unit : plan) EXPECT_FALSE(unit.evaluates);
  for (const RunUnit& unit : finished) EXPECT_FALSE(unit.evaluates);
}

TEST(LastsLikeSoFar, TheMedianIsTwiceWhatHasPassed) {
  const auto quantiles = LastsLikeSoFar(10);
  EXPECT_DOUBLE_EQ(quantiles[2], 20);
  EXPECT_NEAR(quantiles[3], 100, 1e-9);
}

TEST(ChanceAbove, IsOneHalfAtTheExpectedAndNeverQuiteSure) {
  const Range<Wide> cost{100, 80, 90, 120, 150};
  EXPECT_EQ(ChanceAbovePpm(cost, 100), 500'000);
  EXPECT_EQ(ChanceAbovePpm(cost, 120), 100'000);
  EXPECT_EQ(ChanceAbovePpm(cost, 79), 990'000);
  EXPECT_EQ(ChanceAbovePpm(cost, 10), 1'000'000);
  EXPECT_EQ(ChanceAbovePpm(cost, 1'000), 0);
}

}  // namespace
}  // namespace epochcost::forecast
