#include "api/http/target.h"

#include <gtest/gtest.h>

namespace epochcost::api::http {
namespace {

TEST(Target, IsTakenApartAndDecoded) {
  const auto target = ParseTarget("/api/v1/runs?text=a%20b+c&limit=20").value();
  EXPECT_EQ(target.segments, (std::vector<std::string>{"api", "v1", "runs"}));
  EXPECT_EQ(target.query.Get("text"), "a b c");
  EXPECT_EQ(target.query.Integer("limit", 1, 100, 5).value(), 20);
  EXPECT_EQ(target.query.Integer("cursor", 0, 9, 5).value(), 5);
}

TEST(Target, OfTheRootHasNoSegments) { EXPECT_TRUE(ParseTarget("/").value().segments.empty()); }

class HostileTarget : public ::testing::TestWithParam<const char*> {};

TEST_P(HostileTarget, IsRefused) {
  const auto target = ParseTarget(GetParam());
  ASSERT_FALSE(target);
  EXPECT_EQ(target.error().code, ErrorCode::kInvalidInput);
}

INSTANTIATE_TEST_SUITE_P(Paths, HostileTarget,
                         ::testing::Values("", "api", "http://other/", "/..", "/a/../b", "/a/./b",
                                           "/a//b", "/%2e%2e/etc/passwd", "/a%2fb", "/a%5cb",
                                           "/a%00b", "/%ff", "/%", "/%4", "/%zz", "/a%0d%0ab",
                                           "/a?b=1&b=2", "/a?%0a=1", "/a?b=%ff"));

TEST(Target, LongerThanFourKibibytesIsRefused) {
  EXPECT_FALSE(ParseTarget("/" + std::string(kLongestTarget, 'a')));
}

TEST(Query, RefusesWhatIsNoNumberOrOutOfRange) {
  for (const char* const value : {"", "x", "1x", "0", "101", "-1", "99999999999999999999", "1.5"}) {
    const Query query{std::vector<std::pair<std::string, std::string>>{{"limit", value}}};
    EXPECT_FALSE(query.Integer("limit", 1, 100, 5)) << value;
  }
}

TEST(Query, NamesTheNearestOfWhatItKnows) {
  const Query query{std::vector<std::pair<std::string, std::string>>{{"limti", "5"}}};
  const auto known = query.Only({"limit", "cursor"});
  ASSERT_FALSE(known);
  EXPECT_EQ(known.error().hint, "did you mean: limit");
}

TEST(Cookie, IsFoundByItsWholeName) {
  EXPECT_EQ(CookieOf("a=1; session=x; b=2", "session"), "x");
  EXPECT_EQ(CookieOf("xsession=x", "session"), std::nullopt);
  EXPECT_EQ(CookieOf("", "session"), std::nullopt);
}

TEST(Cookie, ThatIsThereTwiceIsNone) {
  EXPECT_EQ(CookieOf("session=x; session=y", "session"), std::nullopt);
}

TEST(Encoding, IsTakenUnlessItsWeightIsZero) {
  EXPECT_TRUE(AcceptsGzip("deflate, gzip;q=0.5"));
  EXPECT_TRUE(AcceptsGzip("gzip"));
  EXPECT_FALSE(AcceptsGzip("gzip;q=0"));
  EXPECT_FALSE(AcceptsGzip("gzip;q=0.000"));
  EXPECT_FALSE(AcceptsGzip("xgzip, br"));
}

TEST(AcceptLanguage, IsTheFirstThatIsSpoken) {
  EXPECT_EQ(LanguageOf("fr, zh-CN;q=0.9, en;q=0.8"), Language::kChinese);
  EXPECT_EQ(LanguageOf("en-GB"), Language::kEnglish);
  EXPECT_EQ(LanguageOf("fr"), CurrentLanguage());
  EXPECT_EQ(LanguageOf(""), CurrentLanguage());
}

TEST(EntityTag, IsComparedWeakly) {
  EXPECT_TRUE(NamesEtag("\"a\", W/\"b\"", "\"b\""));
  EXPECT_TRUE(NamesEtag("*", "\"b\""));
  EXPECT_FALSE(NamesEtag("\"a\"", "\"b\""));
  EXPECT_FALSE(NamesEtag("*", ""));
}

}  // namespace
}  // namespace epochcost::api::http
