#include "forecast/run/price_doubt.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace epochcost::forecast {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr auto kGpu = static_cast<std::size_t>(Resource::kGpuTime);

PriceSheet Sheet(std::int64_t from_seconds, std::int64_t nano) {
  PriceSheet sheet;
  sheet.valid_from = UtcTime{from_seconds * kSecond};
  sheet.rates[kGpu] = Rate{.nano = nano};
  return sheet;
}

ResourceSums PaidForGpu() {
  ResourceSums paid;
  paid[kGpu] = ResourceSum{.amount_nano = 1000};
  return paid;
}

TEST(PriceDoubt, IsNoneWhereThePriceIsFixed) {
  const std::vector<PriceSheet> versions = {Sheet(0, 100)};
  const PriceDoubt doubt = PriceDoubtOf(versions, PaidForGpu(), UtcTime{1000 * kSecond});
  EXPECT_EQ(doubt.per_root_second, 0);
  EXPECT_EQ(doubt.changes, 0);
  EXPECT_EQ(MeanPriceDeviation(doubt, 3600), 0);
}

TEST(PriceDoubt, IsNoneAfterTwoCorrections) {
  const std::vector<PriceSheet> versions = {Sheet(0, 100), Sheet(10, 500), Sheet(20, 200)};
  const PriceDoubt doubt = PriceDoubtOf(versions, PaidForGpu(), UtcTime{1000 * kSecond});
  EXPECT_EQ(doubt.changes, 2);
  EXPECT_EQ(doubt.per_root_second, 0);
}

TEST(PriceDoubt, FollowsFromWhatASpotPriceDidSoFar) {
  // Up and down by a tenth every 100 s: 10 steps in 1,000 s.
  std::vector<PriceSheet> versions;
  for (int i = 0; i <= 10; ++i) versions.push_back(Sheet(100 * i, i % 2 == 0 ? 1000 : 1100));
  const PriceDoubt doubt = PriceDoubtOf(versions, PaidForGpu(), UtcTime{1000 * kSecond});
  EXPECT_EQ(doubt.changes, 10);
  EXPECT_NEAR(doubt.per_root_second, std::log(1.1) * std::sqrt(10.0 / 1000), 1e-12);
  EXPECT_NEAR(MeanPriceDeviation(doubt, 300), std::log(1.1), 1e-12);
}

TEST(PriceDoubt, LooksAtWhatTheRunPaysForAlone) {
  constexpr auto kCpu = static_cast<std::size_t>(Resource::kCpuTime);
  std::vector<PriceSheet> versions;
  for (int i = 0; i < 6; ++i) {
    versions.push_back(Sheet(100 * i, 1000));
    versions.back().rates[kCpu] = Rate{.nano = 100 + i};
  }
  EXPECT_EQ(PriceDoubtOf(versions, PaidForGpu(), UtcTime{1000 * kSecond}).changes, 0);
}

TEST(PriceDoubt, DoesNotLookAtPricesThatAreNotInForceYet) {
  std::vector<PriceSheet> versions;
  for (int i = 0; i < 6; ++i) versions.push_back(Sheet(100 * i, 1000 + i));
  EXPECT_EQ(PriceDoubtOf(versions, PaidForGpu(), UtcTime{250 * kSecond}).changes, 2);
}

}  // namespace
}  // namespace epochcost::forecast
