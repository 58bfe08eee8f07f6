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

TEST(ForecastText, TheFinalLineNamesAForecastOnce) {
  RunCost cost;
  cost.epochs.resize(10);
  std::vector<ForecastScore> scores;
  for (const std::int64_t done : {1, 5, 8}) {
    scores.push_back({AForecast(), Nanos{100}, {102 * kYuan, {}}});
    scores.back().forecast.epochs_done = done;
  }
  // After a quarter and after a half, the one made after five epochs was the first.
  const std::string text = FinalScoreLine(cost, scores, Style{});
  for (const char* share : {"at 10 %", "at 50 %", "at 80 %"}) {
    const std::size_t at = text.find(share);
    ASSERT_NE(at, std::string::npos) << text;
    EXPECT_EQ(text.find(share, at + 1), std::string::npos) << text;
  }
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
