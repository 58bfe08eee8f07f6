#include "store/sqlite/forecast_store.h"

#include <gtest/gtest.h>

#include "store/sqlite/made_up_ledger.h"
#include "store/sqlite/sqlite_store.h"

namespace epochcost::store::sqlite {
namespace {

using namespace made_up;  // NOLINT: the test's own words

Forecast AForecast(std::int64_t made) {
  return {.run = ARun().id,
          .made = UtcTime{made},
          .epochs_done = 3,
          .planned_epochs = 10,
          .epochs = {10, 10, 10, 10, 10},
          .spent = {Wide{7} * kNanoPerUnit + 1, {}},
          .duration = {Nanos{5}, Nanos{1}, Nanos{2}, Nanos{8}, Nanos{9}},
          .cost_nano = {Wide{1} << 80, 1, 2, (Wide{1} << 80) + 1, (Wide{1} << 80) + 2},
          .duration_ppm = 11,
          .power_ppm = 12,
          .price_ppm = 13,
          .confidence = Confidence::kMedium,
          .confidence_why = "why",
          .of_class = "class",
          .members = {{"median cycle", 900'000, "0.5 % off"}, {"last unit", 0, "left out"}}};
}

class Forecasts : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = Open(folder_.File("ledger.db"), OpenMode::kReadWriteCreate, kPatience);
    ASSERT_TRUE(opened) << Describe(opened.error());
    ASSERT_TRUE((*opened)->BeginRun(ARun()));
    auto forecasts =
        OpenForecasts(folder_.File("ledger.db"), OpenMode::kReadWriteCreate, kPatience);
    ASSERT_TRUE(forecasts) << Describe(forecasts.error());
    store_ = std::move(*forecasts);
  }
  Folder folder_;
  std::unique_ptr<ForecastStore> store_;
};

TEST_F(Forecasts, AreReadAsTheyWereMadeInTheirOrder) {
  ASSERT_TRUE(store_->AddForecast(AForecast(200)));
  ASSERT_TRUE(store_->AddForecast(AForecast(100)));
  const auto read = store_->Forecasts(ARun().id);
  ASSERT_TRUE(read) << Describe(read.error());
  ASSERT_EQ(read->size(), 2U);
  EXPECT_EQ((*read)[0].made, UtcTime{100});
  const Forecast& one = (*read)[1];
  const Forecast kept = AForecast(200);
  EXPECT_EQ(one.spent, kept.spent);
  EXPECT_EQ(one.cost_nano.expected, kept.cost_nano.expected);
  EXPECT_EQ(one.cost_nano.high95, kept.cost_nano.high95);
  EXPECT_EQ(one.duration.low80, kept.duration.low80);
  EXPECT_EQ(one.planned_epochs, kept.planned_epochs);
  EXPECT_EQ(one.price_ppm, 13);
  EXPECT_EQ(one.confidence, Confidence::kMedium);
  ASSERT_EQ(one.members.size(), 2U);
  EXPECT_EQ(one.members[1].why, "left out");
}

TEST_F(Forecasts, TheSameForecastTwiceIsOne) {
  ASSERT_TRUE(store_->AddForecast(AForecast(200)));
  ASSERT_TRUE(store_->AddForecast(AForecast(200)));
  EXPECT_EQ(store_->Forecasts(ARun().id)->size(), 1U);
  EXPECT_EQ(store_->Forecasts(ARun().id)->at(0).members.size(), 2U);
}

TEST_F(Forecasts, OfAnUnknownRunAreRefused) {
  Forecast forecast = AForecast(1);
  forecast.run = RunId{"ffffffffffff"};
  const auto added = store_->AddForecast(forecast);
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace epochcost::store::sqlite
