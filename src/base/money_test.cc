#include "base/money.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace epochcost {
namespace {

std::int64_t Nano(std::string_view text) { return ParseDecimal(text).value().Count(); }

TEST(ParseDecimal, ReadsPlainDecimalsExactly) {
  EXPECT_EQ(Nano("5.0"), 5'000'000'000);
  EXPECT_EQ(Nano("0.05"), 50'000'000);
  EXPECT_EQ(Nano("-1.5"), -1'500'000'000);
  EXPECT_EQ(Nano(".5"), 500'000'000);
  EXPECT_EQ(Nano("1_000"), 1'000'000'000'000);
  EXPECT_EQ(Nano("0.0000000010"), 1);
  EXPECT_EQ(Nano("9223372036.854775807"), INT64_MAX);
}

TEST(ParseDecimal, RefusesWhatIsNoAmount) {
  for (const char* bad :
       {"", "-", ".", "NaN", "inf", "1e9", "1,000", "0x10", "1.2.3", " 1", "1 ", "_1",
        "0.0000000001", "9223372036.854775808", "1000000000000000000000000000000000000000"}) {
    EXPECT_FALSE(ParseDecimal(bad).has_value()) << bad;
  }
}

RC_GTEST_PROP(ParseDecimal, IsTheInverseOfToDecimal, (std::int64_t nano)) {
  RC_ASSERT(Nano(ToDecimal(nano)) == nano);
}

TEST(Format, ShowsTwoDecimalsAndThousands) {
  EXPECT_EQ(Format(Money{.nano = 4'515'840'000'000}), "¥4,515.84");
  EXPECT_EQ(Format(Money{.nano = 0}), "¥0.00");
  EXPECT_EQ(Format(Money{.nano = -12'480'000'000'000}), "−¥12,480.00");
}

TEST(Format, ShowsThreeSignificantDigitsBelowOneUnit) {
  EXPECT_EQ(Format(Money{.nano = 123'456}), "¥0.000123");
  EXPECT_EQ(Format(Money{.nano = 123'456'789}), "¥0.123");
  EXPECT_EQ(Format(Money{.nano = 1}), "¥0.000000001");
}

TEST(ToGrouped, RoundsHalfAwayFromZero) {
  EXPECT_EQ(ToGrouped(5'000'000, 2), "0.01");
  EXPECT_EQ(ToGrouped(4'999'999, 2), "0.00");
  EXPECT_EQ(ToGrouped(-5'000'000, 2), "-0.01");
  EXPECT_EQ(ToGrouped(-4'999'999, 2), "0.00");
}

TEST(Currency, KnowsItsCodesAndRefusesOthers) {
  EXPECT_EQ(Currency::Parse("USD").value().Symbol(), "$");
  EXPECT_FALSE(Currency::Parse("usd").has_value());
  EXPECT_FALSE(Currency::Parse("XXX").has_value());
  EXPECT_NE(Currency::Parse("JPY").value().Symbol(), Currency::Parse("CNY").value().Symbol());
}

}  // namespace
}  // namespace epochcost
