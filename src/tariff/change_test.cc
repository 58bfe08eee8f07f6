#include "tariff/change.h"

#include <gtest/gtest.h>

#include "tariff/reference.h"

namespace epochcost::tariff {
namespace {

constexpr UtcTime kNow{1'800'000'000'000'000'000};

Result<PriceSheet> Set(std::string_view resource, std::string_view amount, std::string_view unit) {
  return WithPrice(ReferenceSheet(), resource, amount, unit, kNow, Effect::kAtNextReading);
}

const Rate& RateOf(const PriceSheet& sheet, Resource resource) {
  return *sheet.rates.at(static_cast<std::size_t>(resource));
}

TEST(WithPrice, GivesTheNextVersionWithOnlyThatPriceChanged) {
  const auto next = Set("gpu", "45.2", "CNY/h");
  ASSERT_TRUE(next);
  EXPECT_EQ(next->version, 2);
  EXPECT_EQ(next->valid_from, kNow);
  EXPECT_EQ(next->effect, Effect::kAtNextReading);
  EXPECT_EQ(RateOf(*next, Resource::kGpuTime).nano, 45'200'000'000);
  EXPECT_EQ(RateOf(*next, Resource::kCpuTime), RateOf(ReferenceSheet(), Resource::kCpuTime));
}

TEST(WithPrice, SetsBothDirectionsOfTheNetworkByOneWord) {
  const auto next = Set("network", "0.5", "CNY/GB");
  ASSERT_TRUE(next);
  EXPECT_EQ(RateOf(*next, Resource::kNetworkIn).nano, 500'000'000);
  EXPECT_EQ(RateOf(*next, Resource::kNetworkOut).nano, 500'000'000);
}

TEST(WithPrice, TheUnitOfMemorySetsItsBasis) {
  const auto by_hour = Set("memory", "0.02", "CNY/GB_h");
  ASSERT_TRUE(by_hour);
  EXPECT_EQ(by_hour->memory_basis, MemoryBasis::kGbHour);
  EXPECT_EQ(RateOf(*by_hour, Resource::kMemory).per, Info(Resource::kMemory).units_per_priced);
  const auto back = WithPrice(*by_hour, "memory", "0.05", "CNY/GB/epoch", kNow, Effect::kAtInstant);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->memory_basis, MemoryBasis::kPerEpoch);
  EXPECT_EQ(RateOf(*back, Resource::kMemory).per, 1'000'000'000);
  EXPECT_EQ(back->version, 3);
}

TEST(WithPrice, RefusesTheUnitOfAnotherResource) {
  const auto next = Set("gpu", "1", "CNY/GB");
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().what, "CNY/GB is no unit for the price of gpu");
  EXPECT_EQ(next.error().hint, "one of: CNY/h, CNY/hour");
}

TEST(WithPrice, RefusesAnotherCurrencyThanTheSheets) {
  const auto next = Set("gpu", "1", "USD/h");
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().why, "the sheet is in CNY");
}

TEST(WithPrice, NamesTheResourceThatWasMeant) {
  EXPECT_EQ(Set("memroy", "1", "CNY/h").error().hint, "did you mean: memory");
}

TEST(WithPrice, RefusesAmountsThatNoPriceCanBe) {
  for (const char* const amount :
       {"-1", "nan", "inf", "1e3", "", "1000000000000000000", "0.0000000001", "x"}) {
    EXPECT_FALSE(Set("gpu", amount, "CNY/h")) << amount;
  }
}

TEST(WithPrice, LoopbackCannotHaveAPrice) { EXPECT_FALSE(Set("loopback", "1", "CNY/GB")); }

}  // namespace
}  // namespace epochcost::tariff
