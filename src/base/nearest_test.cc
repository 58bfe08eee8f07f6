#include "base/nearest.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace epochcost {
namespace {

constexpr std::array<std::string_view, 3> kWords = {"currency", "source", "memory_basis"};

TEST(Nearest, FindsAWordWithTwoLettersChanged) {
  EXPECT_EQ(Nearest("curency", kWords), "currency");
}

TEST(Nearest, FindsNothingWhereAllAreFar) { EXPECT_EQ(Nearest("budget", kWords), ""); }

TEST(Nearest, DoesNotCompareWhatIsNoWord) {
  EXPECT_EQ(Nearest(std::string(100'000, 'x'), kWords), "");
}

}  // namespace
}  // namespace epochcost
