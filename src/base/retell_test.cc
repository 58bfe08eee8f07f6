#include "base/retell.h"

#include <gtest/gtest.h>

namespace epochcost {
namespace {

TEST(Retell, SaysARecordedSentenceInChinese) {
  EXPECT_EQ(Retell("no such program: train.py", Language::kChinese), "没有这个程序：train.py");
}

TEST(Retell, SaysAChineseSentenceInEnglish) {
  EXPECT_EQ(Retell("没有这个程序：train.py", Language::kEnglish), "no such program: train.py");
}

TEST(Retell, LeavesWhatNobodySaidAsItIs) {
  EXPECT_EQ(Retell("colourless green ideas: sleep", Language::kChinese),
            "colourless green ideas: sleep");
  EXPECT_EQ(Retell("", Language::kChinese), "");
}

TEST(Retell, LeavesASentenceOfTheLanguageAskedForAsItIs) {
  EXPECT_EQ(Retell("no such program: train.py", Language::kEnglish), "no such program: train.py");
}

TEST(Retell, TakesOverWhatWasFilledInEvenWhereItLooksLikeAPlaceholder) {
  EXPECT_EQ(Retell("no such program: {}{0}{{", Language::kChinese), "没有这个程序：{}{0}{{");
}

TEST(Retell, RetellsAReasonBehindASentence) {
  EXPECT_EQ(Retell("no such program: a: cannot execute b", Language::kChinese),
            "没有这个程序：a：无法执行 b");
}

TEST(Retell, DoesNotTranslateANameThatIsAWordOfTheCatalogue) {
  EXPECT_EQ(Retell("cannot execute evaluation", Language::kChinese), "无法执行 evaluation");
}

}  // namespace
}  // namespace epochcost
