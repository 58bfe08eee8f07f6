#include "base/text.h"

#include <gtest/gtest.h>

#include "base/result.h"

namespace epochcost {
namespace {

class ChineseText : public testing::Test {
 protected:
  void SetUp() override { SetLanguage(Language::kChinese); }
  void TearDown() override { SetLanguage(Language::kEnglish); }
};

TEST_F(ChineseText, DescribesAnErrorInChinese) {
  const Error error{.code = ErrorCode::kNotFound, .what = "x", .why = "y", .hint = "z"};
  EXPECT_EQ(Describe(error), "错误：x\n  原因：y\n  提示：z");
}

TEST(Text, DescribesAnErrorInEnglish) {
  const Error error{.code = ErrorCode::kNotFound, .what = "x", .why = {}, .hint = "z"};
  EXPECT_EQ(Describe(error), "error: x\n  hint: z");
}

TEST(ChooseLanguage, TakesTheFirstVariableThatIsSet) {
  EXPECT_EQ(ChooseLanguage("", "", "", "zh_CN.UTF-8"), Language::kChinese);
  EXPECT_EQ(ChooseLanguage("", "C.UTF-8", "", "zh_CN.UTF-8"), Language::kEnglish);
  EXPECT_EQ(ChooseLanguage("zh", "C.UTF-8", "", ""), Language::kChinese);
  EXPECT_EQ(ChooseLanguage("", "", "", ""), Language::kEnglish);
}

TEST(DisplayWidth, CountsChineseAsTwoCells) {
  EXPECT_EQ(DisplayWidth("成本"), 4);
  EXPECT_EQ(DisplayWidth("¥1.00"), 5);
  EXPECT_EQ(PadLeft("元", 4), "  元");
  EXPECT_EQ(PadRight("GPU", 5), "GPU  ");
}

}  // namespace
}  // namespace epochcost
