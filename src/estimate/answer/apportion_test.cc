#include "estimate/answer/apportion.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <numeric>

namespace epochcost::estimate {
namespace {

TEST(Apportion, PartsSumToTheWholeWhateverTheWeights) {
  EXPECT_TRUE(rc::check([] {
    const auto whole = *rc::gen::arbitrary<std::int64_t>();
    const auto weights = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::int64_t>>(
        rc::gen::inRange<std::int64_t>(0, 1'000'000'000)));
    const Wide large = Wide{whole} * 1'000'000'007;
    const std::vector<Wide> parts = Apportion(large, weights);
    RC_ASSERT(std::accumulate(parts.begin(), parts.end(), Wide{0}) == large);
  }));
}

TEST(Apportion, APartIsWithinOneOfItsShare) {
  const std::vector<std::int64_t> weights = {1, 1, 1};
  EXPECT_EQ(Apportion(100, weights), (std::vector<Wide>{34, 33, 33}));
  EXPECT_EQ(Apportion(101, weights), (std::vector<Wide>{34, 34, 33}));
  EXPECT_EQ(Apportion(-100, weights), (std::vector<Wide>{-33, -33, -34}));
}

TEST(Apportion, WithoutAnyWeightTheFirstPartIsTheWhole) {
  const std::vector<std::int64_t> weights = {0, 0};
  EXPECT_EQ(Apportion(7, weights), (std::vector<Wide>{7, 0}));
  EXPECT_TRUE(Apportion(7, {}).empty());
}

TEST(Apportion, AWeightOfZeroGetsNothing) {
  const std::vector<std::int64_t> weights = {0, 3, 0, 7};
  EXPECT_EQ(Apportion(1, weights), (std::vector<Wide>{0, 0, 0, 1}));
}

}  // namespace
}  // namespace epochcost::estimate
