#include "forecast/arima/arima_member.h"

#include <gtest/gtest.h>

#include <span>
#include <vector>

#include "forecast/arima/made_up_series.h"

namespace epochcost::forecast {
namespace {

TEST(ArimaMember, ASteadyRunGoesOnAndItsFirstUnitIsLeftOut) {
  std::vector<Unit> units{{.cost = 500}};
  for (const double value : arima::MadeUpNoise(40, 3)) units.push_back({.cost = 100 + value});
  const std::vector<PlannedUnit> ahead(50);
  const auto rest = ArimaMember{}.Forecast({.finished = units, .ahead = ahead});
  ASSERT_TRUE(rest.has_value());
  EXPECT_NEAR(rest->cost, 5000, 30);
  // 50 independent units of deviation 1.
  EXPECT_NEAR(rest->deviation, 7, 2);
}

TEST(ArimaMember, UnitsThatEvaluateCostWhatTheyDidBefore) {
  std::vector<Unit> units{{.cost = 100}};
  const std::vector<double> noise = arima::MadeUpNoise(60, 4);
  for (std::size_t i = 0; i < noise.size(); ++i) {
    const bool evaluates = i % 5 == 4;
    units.push_back({.cost = 100 + noise[i] + (evaluates ? 40 : 0), .evaluates = evaluates});
  }
  std::vector<PlannedUnit> ahead(10);
  ahead[4].evaluates = true;
  ahead[9].evaluates = true;
  const auto rest = ArimaMember{}.Forecast({.finished = units, .ahead = ahead});
  ASSERT_TRUE(rest.has_value());
  EXPECT_NEAR(rest->cost, 1080, 10);
}

TEST(ArimaMember, SaysTheSameWhereEarlierMomentsAreAskedAboutToo) {
  std::vector<Unit> units{{.cost = 100}};
  const std::vector<double> noise = arima::MadeUpNoise(80, 5);
  double level = 100;
  for (const double value : noise) units.push_back({.cost = level += value / 10});
  const std::vector<PlannedUnit> ahead(20);
  const std::vector<Known> questions = {
      {.finished = units, .ahead = ahead},
      {.finished = std::span(units).first(60), .ahead = ahead},
      {.finished = std::span(units).first(ArimaMember::kLeast - 1), .ahead = ahead}};
  const auto answers = ArimaMember{}.ForecastEach(questions);
  ASSERT_EQ(answers.size(), 3U);
  ASSERT_TRUE(answers[0].has_value() && answers[1].has_value());
  EXPECT_EQ(answers[0]->cost, ArimaMember{}.Forecast(questions[0])->cost);
  EXPECT_NEAR(answers[1]->cost, 2000, 200);
  EXPECT_FALSE(answers[2].has_value());
}

TEST(ArimaMember, DeclinesWhatIsTooShortOrLeadsBelowZero) {
  std::vector<Unit> units(5, Unit{.cost = 3});
  const std::vector<PlannedUnit> ahead(500);
  EXPECT_FALSE(ArimaMember{}.Forecast({.finished = units, .ahead = ahead}).has_value());
  units.clear();
  for (int i = 0; i < 30; ++i) units.push_back({.cost = 100.0 - 3 * i});
  EXPECT_FALSE(ArimaMember{}.Forecast({.finished = units, .ahead = ahead}).has_value());
}

}  // namespace
}  // namespace epochcost::forecast
