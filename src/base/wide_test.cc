#include "base/wide.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

namespace epochcost {
namespace {

TEST(Wide, PrintsAndReadsItsExtremes) {
  const Wide greatest = std::numeric_limits<Wide>::max();
  EXPECT_EQ(ToString(greatest), "170141183460469231731687303715884105727");
  EXPECT_TRUE(ParseWide(ToString(greatest)).value() == greatest);
  EXPECT_TRUE(ParseWide("-170141183460469231731687303715884105728").value() ==
              std::numeric_limits<Wide>::min());
  EXPECT_FALSE(ParseWide("170141183460469231731687303715884105728").has_value());
  EXPECT_FALSE(ParseWide("").has_value());
  EXPECT_FALSE(ParseWide("12a").has_value());
}

RC_GTEST_PROP(FloorDiv, IsTheGreatestWholeNumberBelow, (std::int64_t a)) {
  const std::int64_t d = *rc::gen::inRange<std::int64_t>(1, INT64_MAX);
  const Wide q = FloorDiv(a, d);
  RC_ASSERT(q * d <= a);
  RC_ASSERT((q + 1) * d > a);
}

TEST(MulDivFloor, RefusesAProductBeyond128Bits) {
  EXPECT_FALSE(MulDivFloor(std::numeric_limits<Wide>::max(), 2, 2).has_value());
  EXPECT_TRUE(MulDivFloor(-7, 1, 2).value() == -4);
}

}  // namespace
}  // namespace epochcost
