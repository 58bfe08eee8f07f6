#include "forecast/run/stopping.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

namespace epochcost::forecast {
namespace {

Curve CurveOf(int count, const std::function<double(int)>& value) {
  Curve curve;
  for (int i = 0; i < count; ++i) curve.Add(value(i));
  return curve;
}

std::vector<MetricPoint> Points(const std::string& name, int count,
                                const std::function<double(int)>& value) {
  std::vector<MetricPoint> points;
  for (int i = 0; i < count; ++i) points.push_back({.epoch = i, .name = name, .value = value(i)});
  return points;
}

double Flat(int i) { return i < 10 ? 2 - i * 0.1 : 1 + 0.001 * (i % 3 + 1); }

epochcost::Forecast Halfway() {
  epochcost::Forecast forecast;
  forecast.epochs_done = 40;
  forecast.epochs = {100, 100, 100, 100, 100};
  forecast.spent.nano = 40'000;
  forecast.cost_nano = {100'000, 90'000, 95'000, 105'000, 110'000};
  return forecast;
}

// What the SDK's Curve says of the same values.
TEST(Curve, SaysWhatTheSdkSays) {
  EXPECT_NEAR(CurveOf(40, Flat).Chance().value(), 0.10272739017224161, 1e-9);
  EXPECT_NEAR(
      CurveOf(60, [](int i) { return 2 + 1.0 / (1 + i) + 0.002 * (i * 17 % 11); }).Chance().value(),
      0.5871600372184995, 1e-9);
  EXPECT_NEAR(CurveOf(20, [](int i) { return i < 12 ? 2 - i * 0.1 : 0.95; }).Chance().value(),
              0.9027033507530837, 1e-9);
  EXPECT_NEAR(CurveOf(50, [](int i) { return -(i < 20 ? 0.5 + 0.02 * i : 0.9 - 0.002 * (i % 4)); })
                  .Chance()
                  .value(),
              0.16569771804896047, 1e-9);
}

TEST(Curve, SaysNothingOfACurveThatIsShortOrFlatOrJumps) {
  EXPECT_FALSE(CurveOf(16, Flat).Chance());
  EXPECT_FALSE(CurveOf(40, [](int) { return 1.0; }).Chance());
  EXPECT_FALSE(CurveOf(40, [](int i) { return i % 2 == 0 ? 1.0 : 2.0; }).Chance());
}

TEST(Curve, AValueThatIsNoNumberIsNoImprovement) {
  Curve curve = CurveOf(40, Flat);
  const double before = curve.Chance().value();
  curve.Add(std::numeric_limits<double>::quiet_NaN());
  curve.Add(-std::numeric_limits<double>::infinity());
  EXPECT_LT(curve.Chance().value(), before);
}

TEST(StopOutlook, SaysWhatTheRestCostsAndHowLikelyItImproves) {
  const auto outlook = StopOutlookOf(Points("val_loss", 40, Flat), Halfway());
  ASSERT_TRUE(outlook);
  EXPECT_EQ(outlook->epochs, 60);
  EXPECT_EQ(outlook->cost_nano.expected, 60'000);
  EXPECT_EQ(outlook->cost_nano.low80, 55'000);
  EXPECT_EQ(outlook->improves_ppm, 102'727);
  EXPECT_TRUE(outlook->is_advised);
}

TEST(StopOutlook, KnowsWhereHigherIsBetter) {
  const auto rising = Points("val_acc", 40, [](int i) { return 0.1 + 0.02 * i; });
  const auto outlook = StopOutlookOf(rising, Halfway());
  ASSERT_TRUE(outlook);
  EXPECT_FALSE(outlook->lower_is_better);
  EXPECT_FALSE(outlook->is_advised);
}

TEST(StopOutlook, SaysWhatIsMissingWhereNothingCanBeTold) {
  const auto outlook = StopOutlookOf(Points("eval/loss", 5, Flat), Halfway());
  ASSERT_TRUE(outlook);
  EXPECT_FALSE(outlook->improves_ppm);
  EXPECT_FALSE(outlook->is_advised);
  EXPECT_EQ(outlook->why, "needs 17 values of eval/loss, has 5");
}

TEST(StopOutlook, TheTrainingsOwnLossSaysNothingOfIt) {
  EXPECT_FALSE(StopOutlookOf(Points("loss", 40, Flat), Halfway()));
  epochcost::Forecast done = Halfway();
  done.epochs_done = 100;
  EXPECT_FALSE(StopOutlookOf(Points("val_loss", 40, Flat), done));
}

}  // namespace
}  // namespace epochcost::forecast
