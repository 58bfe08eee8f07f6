// What cannot be, and what is odd: an answer with its true uncertainty, or a clear statement that
// none can be given and when it can. A damaged or foreign weights file: lstm_test.cc; a missing
// libtorch: trainer_test.cc.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "forecast/arima/arima_member.h"
#include "forecast/blend/shipped.h"
#include "forecast/lstm/lstm_member.h"
#include "forecast/run/ordered_test.h"
#include "forecast/run/run_forecast.h"

namespace epochcost::forecast {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kEndless = std::numeric_limits<double>::infinity();

// All members and the experience that the program brings along.
const Forecaster& Whole() {
  static const Forecaster forecaster(
      ShippedExperience().value(), {std::make_shared<ArimaMember>(), lstm::ShippedLstm().value()});
  return forecaster;
}

RunCost RunOf(const std::vector<double>& seconds, std::optional<std::int64_t> planned,
              Wide nano_per_second = 1'000'000'000) {
  RunCost cost;
  cost.run.planned_epochs = planned;
  std::int64_t index = 0;
  for (const double length : seconds) {
    EpochCost epoch;
    epoch.scope = {ScopeKind::kEpoch, index++};
    epoch.held = Nanos{static_cast<std::int64_t>(length * 1e9)};
    epoch.total.nano = static_cast<Wide>(length * 1e3) * nano_per_second / 1000;
    cost.total += epoch.total;
    cost.epochs.push_back(epoch);
  }
  return cost;
}

Result<epochcost::Forecast> Ask(const RunCost& cost) {
  return ForecastRun(Whole(), {.cost = cost,
                               .earlier = {},
                               .project = std::nullopt,
                               .project_spent = cost.total,
                               .now = UtcTime{1}});
}

void ExpectSound(const Result<epochcost::Forecast>& forecast, double seconds, double share) {
  ASSERT_TRUE(forecast) << Describe(forecast.error());
  ExpectOrdered(forecast->duration);
  ExpectOrdered(forecast->cost_nano);
  EXPECT_GE(forecast->cost_nano.low95, forecast->spent.nano);
  const double expected = static_cast<double>(forecast->duration.expected.Count()) / 1e9;
  EXPECT_NEAR(expected, seconds, share * seconds);
}

Result<Outlook> AskOf(const std::vector<Unit>& units, std::size_t ahead) {
  const std::vector<PlannedUnit> plan(ahead);
  return Whole().Forecast({.unit = "epoch", .finished = units, .ahead = plan});
}

TEST(BadInput, OnePointHasAnAnswerAndAWideRange) {
  const auto one = Ask(RunOf({10}, 20));
  ExpectSound(one, 200, 0.4);
  const auto many = Ask(RunOf(std::vector<double>(15, 10.0), 20));
  EXPECT_GT((one->duration.high80 - one->duration.low80).Count(),
            5 * (many->duration.high80 - many->duration.low80).Count());
  EXPECT_NE(one->confidence, Confidence::kHigh);
}

TEST(BadInput, TwoPointsHaveAnAnswer) { ExpectSound(Ask(RunOf({12, 10}, 20)), 202, 0.1); }

TEST(BadInput, ConstantsGoOnAsTheyWere) {
  ExpectSound(Ask(RunOf(std::vector<double>(50, 10.0), 100)), 1000, 0.01);
}

TEST(BadInput, AnEpochOfNoTimeTellsNoPace) {
  ExpectSound(Ask(RunOf({10, 0, 10, 10, 0, 10, 10}, 20)), 170, 0.2);
  const auto nothing = Ask(RunOf({0, 0, 0}, 20));
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, ErrorCode::kUnsupported);
  EXPECT_FALSE(nothing.error().hint.empty());
}

TEST(BadInput, AMissingEpochIsNoTrouble) {
  RunCost cost = RunOf(std::vector<double>(30, 10.0), 100);
  cost.epochs.erase(cost.epochs.begin() + 7, cost.epochs.begin() + 12);
  ASSERT_TRUE(Ask(cost));
  ExpectOrdered(Ask(cost)->duration);
}

TEST(BadInput, CostsThatAreNoNumbersAreRefusedAndNamed) {
  for (const double cost : {kNan, kEndless, -kEndless, -1.0, 0.0}) {
    const auto outlook = AskOf({{.cost = 10}, {.cost = cost}, {.cost = 10}}, 5);
    ASSERT_FALSE(outlook) << cost;
    EXPECT_EQ(outlook.error().code, ErrorCode::kInvalidInput);
    EXPECT_NE(outlook.error().what.find("unit 2"), std::string::npos) << outlook.error().what;
  }
}

TEST(BadInput, NegativeMoneyIsRefusedAndNamed) {
  RunCost cost = RunOf({10, 10, 10}, 20);
  cost.epochs[1].total.nano = -5;
  const auto forecast = Ask(cost);
  ASSERT_FALSE(forecast);
  EXPECT_EQ(forecast.error().code, ErrorCode::kInvalidInput);
  EXPECT_NE(forecast.error().what.find("epoch 2"), std::string::npos);
}

TEST(BadInput, TimeThatGoesBackwardsIsRefusedAndNamed) {
  RunCost cost = RunOf({10, 10, 10}, 20);
  cost.epochs[2].held = Nanos{-1};
  EXPECT_EQ(Ask(cost).error().code, ErrorCode::kInvalidInput);
  cost.epochs[2].held = Nanos{1'000'000'000};
  cost.phases.push_back({.scope = {ScopeKind::kEval, 1}, .held = Nanos{-1}});
  ASSERT_FALSE(Ask(cost));
  EXPECT_NE(Ask(cost).error().what.find("epoch 2"), std::string::npos);
}

TEST(BadInput, EnormousAndTinyCostsKeepTheirRanges) {
  for (const double scale : {1e-200, 1e-6, 1e12, 1e200}) {
    std::vector<Unit> units;
    for (int i = 0; i < 40; ++i) units.push_back({.cost = scale * (10 + i % 3)});
    const auto outlook = AskOf(units, 60);
    ASSERT_TRUE(outlook) << scale;
    EXPECT_NEAR(outlook->cost / scale, 660, 20) << scale;
    for (const double quantile : outlook->quantiles) EXPECT_TRUE(std::isfinite(quantile));
  }
  const auto dear = Ask(RunOf({12, 10, 10, 10}, 20, Wide{1'000'000'000} * 1'000'000'000'000));
  ExpectSound(dear, 202, 0.1);
}

TEST(BadInput, AMillionFinishedEpochsAreNoTrouble) {
  std::vector<Unit> units(1'000'000, Unit{.cost = 10});
  units[0].cost = 20;
  const auto outlook = AskOf(units, 1'000'000);
  ASSERT_TRUE(outlook);
  EXPECT_NEAR(outlook->cost, 1e7, 1e5);
}

TEST(BadInput, APlanOfATrillionEpochsIsNoTrouble) {
  const auto forecast = Ask(RunOf({12, 10, 10, 10}, 1'000'000'000'000));
  ASSERT_TRUE(forecast) << Describe(forecast.error());
  ExpectOrdered(forecast->cost_nano);
}

TEST(BadInput, AScheduleThatContradictsWhatIsSeenDoesNotCarryTheForecast) {
  // Declared to evaluate in every unit ahead, and where it did so it cost nothing.
  std::vector<Unit> units(30, Unit{.cost = 10});
  for (std::size_t i = 0; i < units.size(); i += 3) units[i].evaluates = true;
  const std::vector<PlannedUnit> ahead(30, PlannedUnit{.evaluates = true});
  const auto outlook = Whole().Forecast({.unit = "epoch", .finished = units, .ahead = ahead});
  ASSERT_TRUE(outlook);
  EXPECT_NEAR(outlook->cost, 300, 10);
  // More epochs are finished than were planned.
  const auto passed = Ask(RunOf(std::vector<double>(12, 10.0), 5));
  ASSERT_TRUE(passed);
  ExpectOrdered(passed->duration);
  EXPECT_GE(passed->duration.expected, Nanos{120'000'000'000});
}

}  // namespace
}  // namespace epochcost::forecast
