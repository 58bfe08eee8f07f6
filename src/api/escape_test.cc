#include "api/escape.h"

#include <gtest/gtest.h>

#include <string>

#include "base/text.h"

namespace epochcost::api {
namespace {

TEST(Escape, MarkupBecomesTextInHtml) {
  EXPECT_EQ(ForHtml("<script>alert(\"x\")</script>&'"),
            "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;&#39;");
}

TEST(Escape, DirectionMarksAndControlCharactersDoNotReachTheReader) {
  EXPECT_EQ(ForHtml("a\u202Egpj.exe\u2066b\x01"), "agpj.exeb ");
  EXPECT_EQ(ForTerminal("a\u202Eb\x1b[31mc\nd", 40), "ab [31mc d");
}

TEST(Escape, BytesThatAreNotUtf8BecomeTheReplacementCharacter) {
  EXPECT_EQ(ValidUtf8("a\xFFz"), "a\uFFFDz");
  EXPECT_EQ(ValidUtf8("\xC0\xAF"), "\uFFFD\uFFFD");            // overlong
  EXPECT_EQ(ValidUtf8("\xE4\xBD"), "\uFFFD\uFFFD");            // cut short
  EXPECT_EQ(ValidUtf8("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");  // a surrogate
  EXPECT_EQ(ValidUtf8("中文 ¥ 🚀"), "中文 ¥ 🚀");
}

TEST(Escape, LongNamesAreCutByCellsAndNeverInTheMiddleOfACharacter) {
  EXPECT_EQ(ForTerminal("训练模型", 8), "训练模型");
  EXPECT_EQ(ForTerminal("训练模型", 6), "训练…");
  EXPECT_EQ(DisplayWidth(ForTerminal(std::string(10'240, 'x'), 40)), 40);
  EXPECT_EQ(ForTerminal("abcdefgh", 6, true), "abc...");
}

TEST(Escape, FormulasAreDefusedInCsv) {
  EXPECT_EQ(ForCsv("=cmd|' /C calc'!A0"), "'=cmd|' /C calc'!A0");
  EXPECT_EQ(ForCsv("@SUM(A1)"), "'@SUM(A1)");
  EXPECT_EQ(ForCsv("-1+2"), "'-1+2");
  EXPECT_EQ(ForCsv("\tx"), "\"'\tx\"");
}

TEST(Escape, CommasQuotesAndLineEndsAreQuotedInCsv) {
  EXPECT_EQ(ForCsv("a,b"), "\"a,b\"");
  EXPECT_EQ(ForCsv("say \"hi\"\n"), "\"say \"\"hi\"\"\n\"");
  EXPECT_EQ(ForCsv("plain"), "plain");
}

}  // namespace
}  // namespace epochcost::api
