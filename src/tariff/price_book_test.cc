#include "tariff/price_book.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace epochcost::tariff {
namespace {

const SheetName kName{"own"};

PriceSheet Version(std::int64_t version, std::int64_t from) {
  PriceSheet sheet;
  sheet.name = kName;
  sheet.version = version;
  sheet.valid_from = UtcTime{from};
  return sheet;
}

std::int64_t VersionAt(const PriceBook& book, std::int64_t time) {
  return (*book.At(kName, UtcTime{time}))->version;
}

TEST(PriceBook, AVersionHoldsFromItsInstantOn) {
  const auto book = PriceBook::Make({Version(1, 10), Version(2, 20)});
  ASSERT_TRUE(book);
  EXPECT_EQ(VersionAt(*book, 10), 1);
  EXPECT_EQ(VersionAt(*book, 19), 1);
  EXPECT_EQ(VersionAt(*book, 20), 2);
}

TEST(PriceBook, AVersionRecordedLaterOverrulesFromItsValidFromOn) {
  const auto book = PriceBook::Make({Version(1, 0), Version(2, 50), Version(3, 30)});
  ASSERT_TRUE(book);
  EXPECT_EQ(VersionAt(*book, 29), 1);
  EXPECT_EQ(VersionAt(*book, 30), 3);
  EXPECT_EQ(VersionAt(*book, 60), 3);
}

TEST(PriceBook, SpansCoverTheTimeWithoutAHole) {
  const auto book = PriceBook::Make({Version(1, 0), Version(2, 50), Version(3, 80)});
  const auto spans = book->Spans(kName, UtcTime{10}, UtcTime{80});
  ASSERT_TRUE(spans);
  ASSERT_EQ(spans->size(), 2U);
  EXPECT_EQ((*spans)[0], (PriceSpan{UtcTime{10}, UtcTime{50}, Version(1, 0)}));
  EXPECT_EQ((*spans)[1], (PriceSpan{UtcTime{50}, UtcTime{80}, Version(2, 50)}));
}

TEST(PriceBook, AnInstantHasOneSpan) {
  const auto book = PriceBook::Make({Version(1, 0), Version(2, 50)});
  const auto spans = book->Spans(kName, UtcTime{50}, UtcTime{50});
  ASSERT_TRUE(spans);
  ASSERT_EQ(spans->size(), 1U);
  EXPECT_EQ(spans->front().sheet.version, 2);
}

TEST(PriceBook, BeforeTheFirstVersionThereIsNoPriceAndTheErrorSaysWhenThereIs) {
  const auto book = PriceBook::Make({Version(1, kNanosPerSecond)});
  const auto spans = book->Spans(kName, UtcTime{0}, UtcTime{2 * kNanosPerSecond});
  ASSERT_FALSE(spans);
  EXPECT_EQ(spans.error().code, ErrorCode::kNotFound);
  EXPECT_NE(spans.error().why.find("1970-01-01T00:00:01.000Z"), std::string::npos)
      << spans.error().why;
}

TEST(PriceBook, AnUnknownSheetIsNamedWithThoseThatThereAre) {
  const auto book = PriceBook::Make({Version(1, 0)});
  const auto sheet = book->At(SheetName{"onw"}, UtcTime{0});
  ASSERT_FALSE(sheet);
  EXPECT_EQ(sheet.error().what, "there is no price sheet 'onw'");
  EXPECT_EQ(sheet.error().why, "there are: own");
}

TEST(PriceBook, TheSameVersionTwiceIsOne) {
  EXPECT_TRUE(PriceBook::Make({Version(1, 0), Version(1, 0)}));
  EXPECT_EQ(PriceBook::Make({Version(1, 0), Version(1, 5)}).error().code, ErrorCode::kConflict);
}

TEST(PriceBook, ASheetKeepsItsCurrency) {
  PriceSheet dollars = Version(2, 10);
  dollars.currency = *Currency::Parse("USD");
  EXPECT_EQ(PriceBook::Make({Version(1, 0), dollars}).error().code, ErrorCode::kConflict);
}

RC_GTEST_PROP(PriceBook, TheLatestRecordedOfThoseThatHaveBegunIsInForce, ()) {
  const auto starts =
      *rc::gen::nonEmpty(rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 30)));
  std::vector<PriceSheet> sheets;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    sheets.push_back(Version(static_cast<std::int64_t>(i) + 1, i == 0 ? 0 : starts[i]));
  }
  const auto by_rule = [&](std::int64_t time) {
    std::int64_t version = 0;
    for (const PriceSheet& sheet : sheets)
      version = sheet.valid_from.ns <= time ? sheet.version : version;
    return version;
  };
  auto shuffled = sheets;
  std::ranges::reverse(shuffled);
  const auto book = PriceBook::Make(shuffled);
  const auto spans = book->Spans(kName, UtcTime{0}, UtcTime{31});
  std::int64_t at = 0;
  for (const PriceSpan& span : *spans) {
    RC_ASSERT(span.t0.ns == at);
    for (; at < span.t1.ns; ++at) {
      RC_ASSERT(span.sheet.version == by_rule(at));
      RC_ASSERT(VersionAt(*book, at) == by_rule(at));
    }
  }
  RC_ASSERT(at == 31);
}

}  // namespace
}  // namespace epochcost::tariff
