#pragma once
// For tests.

#include <gtest/gtest.h>

#include "model/forecast.h"

namespace epochcost::forecast {

template <class T>
void ExpectOrdered(const Range<T>& range) {
  EXPECT_LE(range.low95, range.low80);
  EXPECT_LE(range.low80, range.expected);
  EXPECT_LE(range.expected, range.high80);
  EXPECT_LE(range.high80, range.high95);
}

}  // namespace epochcost::forecast
