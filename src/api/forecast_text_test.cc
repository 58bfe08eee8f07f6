#include "api/forecast_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/forecast_json.h"

namespace epochcost::api {
namespace {

using testing::HasSubstr;

constexpr Wide kYuan = kNanoPerUnit;

Forecast AForecast() {
  Forecast forecast;
  forecast.epochs_done = 3;
  forecast.planned_epochs = 10;
  forecast.epochs = {10, 10, 10, 10, 10};
  forecast.spent = {30 * kYuan, {}};
  forecast.cost_nano = {100 * kYuan, 90 * kYuan, 97 * kYuan, 103 * kYuan, 112 * kYuan};
  forecast.duration = {Nanos{100}, Nanos{90}, Nanos{97}, Nanos{103}, Nanos{112}};
  forecast.members = {{"median cycle", 1'000'000, "0.50 % off on such runs"}};
  forecast.of_class = "no earlier run";
  return forecast;
}

TEST(ForecastText, APhraseSaysTheWholeAndHowSure) {
  EXPECT_EQ(ForecastPhrase(AForecast(), Style{}), "≈ ¥100.00 in all, ±3.0 %");
}

TEST(ForecastText, NamesRangesMembersAndTheBudget) {
  Forecast forecast = AForecast();
  forecast.budget = BudgetOutlook{.budget = {101 * kYuan, {}},
                                  .spent = {30 * kYuan, {}},
                                  .break_ppm = 400'000,
                                  .suffices = {103 * kYuan, {}}};
  const std::string text = ForecastText(epochcost::Run{}, forecast, Style{});
  EXPECT_THAT(text, HasSubstr("¥97.00 to ¥103.00"));
  EXPECT_THAT(text, HasSubstr("median cycle"));
  EXPECT_THAT(text, HasSubstr("with a chance of 40.0 %"));
  EXPECT_THAT(text, HasSubstr("¥103.00 would suffice with a chance of 90 %"));
}

TEST(ForecastText, AScoreCountsWhatWasOffAndWhatWasWithin) {
  const std::vector<ForecastScore> scores = {{AForecast(), Nanos{100}, {102 * kYuan, {}}},
                                             {AForecast(), Nanos{100}, {110 * kYuan, {}}}};
  const std::string text = ScoreText(scores, Style{});
  EXPECT_THAT(text, HasSubstr("no earlier run"));
  EXPECT_THAT(text, HasSubstr("50.0 %"));
}

TEST(ForecastJson, IsOneLineWithItsVersionAndIntegers) {
  const std::string json = ForecastJson(AForecast());
  EXPECT_THAT(json, HasSubstr("\"schema_version\":1,\"type\":\"forecast\""));
  EXPECT_THAT(json, HasSubstr("\"cost_nano\":{\"expected\":100000000000,"));
  EXPECT_THAT(json, HasSubstr("\"budget\":null"));
  EXPECT_EQ(json.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace epochcost::api
