#include "app/latency.h"

#include <gtest/gtest.h>

namespace epochcost::app {
namespace {

TEST(Latency, AnswersQuantilesOfWhatItKeeps) {
  Latency latency;
  EXPECT_EQ(latency.Quantile(990'000), Nanos{0});
  for (int i = 1; i <= 101; ++i) latency.Add(Nanos{i});
  EXPECT_EQ(latency.Quantile(0), Nanos{1});
  EXPECT_EQ(latency.Quantile(500'000), Nanos{51});
  EXPECT_EQ(latency.Quantile(990'000), Nanos{100});
  EXPECT_EQ(latency.Quantile(1'000'000), Nanos{101});
}

TEST(Latency, ForgetsTheOldestWhenFull) {
  Latency latency;
  latency.Add(Nanos{1'000'000});
  for (int i = 0; i < 4096; ++i) latency.Add(Nanos{1});
  EXPECT_EQ(latency.Quantile(1'000'000), Nanos{1});
  EXPECT_EQ(latency.Count(), 4097);
}

}  // namespace
}  // namespace epochcost::app
