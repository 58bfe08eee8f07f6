#include "forecast/series.h"

#include <gtest/gtest.h>

#include <limits>

namespace epochcost::forecast {
namespace {

TEST(Series, RateIsCostPerWork) {
  const std::vector<Unit> units = {{.cost = 6, .work = 2}, {.cost = 5, .work = 1}};
  EXPECT_EQ(Rates(units), (std::vector<double>{3, 5}));
}

TEST(Series, MedianOfAnEvenNumberIsTheMeanOfTheMiddleTwo) {
  EXPECT_DOUBLE_EQ(Median({4, 1, 3, 100}), 3.5);
  EXPECT_DOUBLE_EQ(Median({7}), 7);
}

TEST(Series, QuantileLiesBetweenNeighbours) {
  EXPECT_DOUBLE_EQ(Quantile({0, 10}, 0.25), 2.5);
  EXPECT_DOUBLE_EQ(Quantile({3, 1, 2}, 1.0), 3);
  EXPECT_DOUBLE_EQ(Quantile({3, 1, 2}, 7.0), 3);
}

TEST(Series, CheckNamesTheUnitThatCannotBe) {
  const std::vector<PlannedUnit> ahead(3);
  for (const double bad : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN(),
                           std::numeric_limits<double>::infinity()}) {
    const std::vector<Unit> finished = {{.cost = 1}, {.cost = bad}};
    const auto checked = Check({.finished = finished, .ahead = ahead});
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, ErrorCode::kInvalidInput);
    EXPECT_NE(checked.error().what.find("unit 2"), std::string::npos) << checked.error().what;
  }
}

TEST(Series, CheckRefusesAQuestionWithoutARest) {
  const std::vector<Unit> finished = {{.cost = 1}};
  EXPECT_FALSE(Check({.finished = finished}));
}

}  // namespace
}  // namespace epochcost::forecast
