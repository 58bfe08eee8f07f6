#include "tariff/sheet_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tariff/reference.h"

namespace epochcost::tariff {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kHead = R"([[sheet]]
name = "own"
currency = "CNY"
valid_from = 2026-11-20T00:00:00+08:00
source = "finance, sheet 2026-11"
date = "2026-11-20"
)";

std::string WithPrices(std::string_view prices) {
  return std::string(kHead) + "[sheet.prices]\n" + std::string(prices) + "\n";
}

Error ErrorOf(std::string_view toml) {
  const auto sheets = ParseSheets(toml, "p.toml");
  EXPECT_FALSE(sheets) << toml;
  return sheets ? Error{} : sheets.error();
}

std::int64_t NanoOf(std::string_view literal) {
  const auto sheets = ParseSheets(WithPrices("gpu = " + std::string(literal)), "p.toml");
  EXPECT_TRUE(sheets) << literal << ": " << (sheets ? "" : Describe(sheets.error()));
  if (!sheets) return -1;
  return sheets->front().rates.at(static_cast<std::size_t>(Resource::kGpuTime))->nano;
}

TEST(ParseSheets, ReadsAWholeSheet) {
  const auto sheets = ParseSheets(R"([[sheet]]
name = "my-cluster"
provider = "own"
region = "beijing"
currency = "USD"
valid_from = 2026-11-20T00:00:00+08:00
source = "finance, sheet 2026-11"
date = 2026-11-20
memory_basis = "per_epoch"
headline = "billed"
[sheet.prices]
gpu = "5.0"
cpu = 0.2
memory = "0.05"
network_in = 0
network_out = "0.01"
[sheet.rented]
gpu = 8
cpu = "96"
memory = 767.5
)",
                                  "p.toml");
  ASSERT_TRUE(sheets) << Describe(sheets.error());
  ASSERT_EQ(sheets->size(), 1U);
  const PriceSheet& sheet = sheets->front();
  EXPECT_EQ(sheet.name.Value(), "my-cluster");
  EXPECT_EQ(sheet.version, 1);
  EXPECT_EQ(sheet.region, "beijing");
  EXPECT_EQ(sheet.currency.Code(), "USD");
  EXPECT_EQ(sheet.valid_from, *ParseUtc("2026-11-19T16:00:00Z"));
  EXPECT_EQ(sheet.source_date, "2026-11-20");
  EXPECT_EQ(sheet.headline, Headline::kBilled);
  EXPECT_EQ(sheet.effect, Effect::kAtInstant);
  EXPECT_EQ(sheet.provenance, Quality::kMeasured);
  EXPECT_EQ(*sheet.rates[0], (Rate{5'000'000'000, Info(Resource::kGpuTime).units_per_priced}));
  EXPECT_EQ(*sheet.rates[1], (Rate{200'000'000, Info(Resource::kCpuTime).units_per_priced}));
  EXPECT_EQ(*sheet.rates[2], (Rate{50'000'000, 1'000'000'000}));
  EXPECT_EQ(sheet.rates[3]->nano, 0);
  EXPECT_EQ(sheet.rates[4]->nano, 10'000'000);
  EXPECT_FALSE(sheet.rates[5]);
  EXPECT_EQ(sheet.rented[0]->milli, 8'000);
  EXPECT_EQ(sheet.rented[2]->milli, 767'500);
}

TEST(ParseSheets, TakesFloatsByWhatIsWrittenAndNotByTheNearestBinaryFraction) {
  EXPECT_EQ(NanoOf("0.1"), 100'000'000);
  EXPECT_EQ(NanoOf("0.123456789"), 123'456'789);
  EXPECT_EQ(NanoOf("9007199254.740993"), 9'007'199'254'740'993'000);
  EXPECT_EQ(NanoOf("1_000.5"), 1'000'500'000'000);
  EXPECT_EQ(NanoOf("+2"), 2'000'000'000);
  EXPECT_EQ(NanoOf("\"0.000000001\""), 1);
}

TEST(ParseSheets, ReadsAFloatBehindCharactersOfSeveralBytes) {
  const auto sheets =
      ParseSheets(std::string(kHead) + "prices = { cpu = \"1\", gpu = 2.5 } # 价格\n", "价.toml");
  ASSERT_TRUE(sheets);
  EXPECT_EQ(sheets->front().rates[0]->nano, 2'500'000'000);
}

TEST(ParseSheets, SheetsOfOneNameAreItsVersionsInTheOrderOfTheFile) {
  const std::string second =
      "\n[[sheet]]\nname = \"own\"\ncurrency = \"CNY\"\nvalid_from = 2026-12-01\n"
      "source = \"s\"\ndate = \"2026-11-30\"\nprices.gpu = 6\n";
  const auto sheets = ParseSheets(WithPrices("gpu = 5") + second, "p.toml");
  ASSERT_TRUE(sheets) << Describe(sheets.error());
  ASSERT_EQ(sheets->size(), 2U);
  EXPECT_EQ((*sheets)[1].version, 2);
  EXPECT_EQ((*sheets)[1].valid_from, *ParseUtc("2026-12-01"));
}

TEST(ParseSheets, MalformedTomlIsNamedWithLineAndColumn) {
  const Error error = ErrorOf("[[sheet]]\nname = \n");
  EXPECT_EQ(error.code, ErrorCode::kInvalidInput);
  EXPECT_THAT(error.what, HasSubstr("p.toml:2:8"));
}

TEST(ParseSheets, AnUnknownKeyIsNamedWithTheOneThatWasMeant) {
  const Error error = ErrorOf(std::string(kHead) + "curency = \"CNY\"\nprices.gpu = 1\n");
  EXPECT_THAT(error.what, HasSubstr("p.toml:7:"));
  EXPECT_THAT(error.what, HasSubstr("unknown key 'curency'"));
  EXPECT_EQ(error.hint, "did you mean: currency");
}

TEST(ParseSheets, AnUnknownResourceIsNamed) {
  const Error error = ErrorOf(WithPrices("gpus = 1"));
  EXPECT_THAT(error.what, HasSubstr("p.toml:8:"));
  EXPECT_THAT(error.what, HasSubstr("unknown key 'gpus'"));
  EXPECT_EQ(error.hint, "did you mean: gpu");
  EXPECT_THAT(ErrorOf(WithPrices("loopback = 1")).what, HasSubstr("loopback cannot have a price"));
  EXPECT_THAT(ErrorOf(WithPrices("gpu = 1\n[sheet.rented]\nnetwork = 1")).what,
              HasSubstr("unknown key 'network'"));
}

TEST(ParseSheets, AnUnknownCurrencyIsNamed) {
  std::string toml = WithPrices("gpu = 1");
  toml.replace(toml.find("CNY"), 3, "RMB");
  EXPECT_THAT(ErrorOf(toml).what, HasSubstr("p.toml:3:12: unknown currency 'RMB'"));
}

TEST(ParseSheets, ImpossibleNumbersAreRefusedWithThingValueAndReason) {
  const auto refused = [](const std::string& literal, std::string_view why) {
    const Error error = ErrorOf(WithPrices("gpu = " + literal));
    EXPECT_THAT(error.what, HasSubstr("p.toml:8:7: the price of gpu cannot be '")) << literal;
    EXPECT_THAT(error.why, HasSubstr(std::string(why))) << literal;
  };
  refused("-5", "it is negative");
  refused("-0.5", "it is negative");
  refused("\"-5\"", "it is negative");
  refused("nan", "it is no number");
  refused("inf", "it is no number");
  refused("-inf", "it is no number");
  refused("1000000000000000000", "too large");
  refused("\"1000000000000000000\"", "too large");
  refused("1e18", "exponent");
  refused("0.0000000001", "nine decimals");
  refused("\"\"", "no digit");
  refused("true", "no digit");
  refused("[1]", "no digit");
  refused("0x10", "a character that no decimal number has");
  refused("\"5 CNY\"", "it is no number");
}

TEST(ParseSheets, AnIntegerBeyond64BitsIsMalformedTomlAndSaysSo) {
  EXPECT_THAT(ErrorOf(WithPrices("gpu = 99999999999999999999")).what, HasSubstr("p.toml:8:"));
}

TEST(ParseSheets, EverySheetNamesWhatItMustName) {
  for (const std::string_view key : {"name", "currency", "valid_from", "source", "date"}) {
    std::string toml = WithPrices("gpu = 1");
    const std::size_t at = toml.find("\n" + std::string(key)) + 1;
    toml.erase(at, toml.find('\n', at) + 1 - at);
    EXPECT_EQ(ErrorOf(toml).what, "p.toml:1:1: no " + std::string(key) + " is given");
  }
}

TEST(ParseSheets, AnEmptySourceIsNone) {
  std::string toml = WithPrices("gpu = 1");
  toml.replace(toml.find("finance, sheet 2026-11"), 22, "");
  EXPECT_THAT(ErrorOf(toml).what, HasSubstr("source is empty"));
}

TEST(ParseSheets, TwoVersionsFromOneInstantOverlap) {
  const Error error = ErrorOf(WithPrices("gpu = 1") + WithPrices("gpu = 2"));
  EXPECT_EQ(error.code, ErrorCode::kInvalidInput);
  EXPECT_THAT(error.what,
              HasSubstr("two versions of own overlap: both begin at 2026-11-19T16:00:00.000Z"));
}

TEST(ParseSheets, BothDirectionsAndOneOfThemIsTwoPrices) {
  EXPECT_THAT(ErrorOf(WithPrices("network = 1\nnetwork_in = 2")).what,
              HasSubstr("network_in has two prices"));
}

TEST(ParseSheets, AFileWithoutASheetOrASheetWithoutAPriceIsRefused) {
  EXPECT_THAT(ErrorOf("").what, HasSubstr("there is no [[sheet]]"));
  EXPECT_THAT(ErrorOf("sheet = 5").what, HasSubstr("sheet is not a list of tables"));
  EXPECT_THAT(ErrorOf("[sheet]\nname = \"a\"").hint, HasSubstr("[[sheet]]"));
  EXPECT_THAT(ErrorOf(kHead).what, HasSubstr("the sheet has no price"));
  EXPECT_THAT(ErrorOf(WithPrices("")).what, HasSubstr("the sheet has no price"));
}

TEST(ParseSheets, DatesThatCannotBeAreRefused) {
  std::string toml = WithPrices("gpu = 1");
  toml.replace(toml.find("\"2026-11-20\""), 12, "\"2026-02-30\"");
  EXPECT_THAT(ErrorOf(toml).what, HasSubstr("not a date: '2026-02-30'"));
  toml = WithPrices("gpu = 1");
  toml.replace(toml.find("+08:00"), 6, "");
  EXPECT_THAT(ErrorOf(toml).what, HasSubstr("not a time"));  // without a zone it could be any
}

TEST(ParseSheets, ABeginningBefore1970InUtcIsRefused) {
  std::string toml = WithPrices("gpu = 1");
  toml.replace(toml.find("2026-11-20T"), 10, "1970-01-01");
  EXPECT_THAT(ErrorOf(toml).what, HasSubstr("not a beginning: '1970-01-01T00:00:00+08:00'"));
}

TEST(ParseSheets, AVersionThatNoOtherCouldFollowIsRefused) {
  EXPECT_THAT(
      ErrorOf("[[sheet]]\nversion = 9223372036854775807\n" + WithPrices("gpu = 1").substr(10)).what,
      HasSubstr("not a version"));
}

TEST(ParseSheets, RentedQuantitiesHaveThreeDecimals) {
  EXPECT_THAT(ErrorOf(WithPrices("gpu = 1\n[sheet.rented]\ngpu = 0.0005")).what,
              HasSubstr("the rented quantity of gpu has more than three decimals"));
}

TEST(ParseSheets, AFileLargerThanAnySheetIsRefusedUnread) {
  EXPECT_EQ(ErrorOf(std::string(5'000'000, ' ')).code, ErrorCode::kOverflow);
}

TEST(ReferenceSheet, IsTheFirstWorkedExamplesPricesAndSaysThatTheyAreAssumed) {
  const PriceSheet sheet = ReferenceSheet();
  EXPECT_EQ(sheet.name.Value(), "reference");
  EXPECT_EQ(sheet.currency.Code(), "CNY");
  EXPECT_EQ(sheet.valid_from, UtcTime{0});
  EXPECT_EQ(sheet.memory_basis, MemoryBasis::kPerEpoch);
  EXPECT_EQ(sheet.provenance, Quality::kAssumed);
  EXPECT_EQ(sheet.rates[0]->nano, 5'000'000'000);
  EXPECT_EQ(sheet.rates[1]->nano, 200'000'000);
  EXPECT_EQ(sheet.rates[2]->nano, 50'000'000);
  EXPECT_EQ(sheet.rates[3]->nano, 10'000'000);
  EXPECT_EQ(sheet.rates[4]->nano, 10'000'000);
}

TEST(Warnings, TellOfAFutureBeginAndOfWhatHasNoPrice) {
  const auto sheets = ParseSheets(WithPrices("gpu = 1\ncpu = 1\nmemory = 1"), "p.toml");
  ASSERT_TRUE(sheets);
  const auto warnings = Warnings(sheets->front(), UtcTime{0});
  ASSERT_EQ(warnings.size(), 3U);
  EXPECT_THAT(warnings[0], HasSubstr("begins in the future"));
  EXPECT_THAT(warnings[1], HasSubstr("no price for network_in"));
  EXPECT_TRUE(Warnings(ReferenceSheet(), UtcTime{1}).empty());
}

std::string AnyText() {
  return *rc::gen::container<std::string>(rc::gen::inRange<char>(' ', '~')) + "价";
}

RC_GTEST_PROP(ToToml, ReadsBackAsTheSameSheet, ()) {
  PriceSheet sheet;
  sheet.name = SheetName{"n" + std::to_string(*rc::gen::arbitrary<int>())};
  sheet.version = *rc::gen::inRange<std::int64_t>(1, 1'000'000);
  sheet.provider = AnyText();
  sheet.region = *rc::gen::element<std::string>("", "北京", "a\"b\\c");
  sheet.currency = *Currency::Parse(*rc::gen::element<std::string>("CNY", "USD", "EUR"));
  sheet.valid_from = UtcTime{*rc::gen::inRange<std::int64_t>(0, 9'000'000'000'000'000'000)};
  sheet.effect = *rc::gen::element(Effect::kAtInstant, Effect::kAtNextReading);
  sheet.source = AnyText();
  sheet.source_date = "2026-11-20";
  sheet.memory_basis = *rc::gen::element(MemoryBasis::kGbHour, MemoryBasis::kPerEpoch);
  sheet.headline = *rc::gen::element(Headline::kUsed, Headline::kBilled);
  sheet.provenance = *rc::gen::element(Quality::kMeasured, Quality::kModelled, Quality::kAssumed);
  for (const ResourceInfo& info : Resources()) {
    const auto index = static_cast<std::size_t>(info.resource);
    const bool is_rentable = info.is_charged && info.term != Term::kNetwork;
    if (info.is_charged && (info.resource == Resource::kGpuTime || *rc::gen::arbitrary<bool>())) {
      sheet.rates.at(index) = Rate{*rc::gen::inRange<std::int64_t>(0, INT64_MAX),
                                   RatePer(info.resource, sheet.memory_basis)};
    }
    if (is_rentable && *rc::gen::arbitrary<bool>()) {
      sheet.rented.at(index) = Rented{*rc::gen::inRange<std::int64_t>(0, 9'000'000'000'000)};
    }
  }
  const auto read = ParseSheets(ToToml(sheet), "p.toml");
  if (!read) RC_FAIL(Describe(read.error()));
  RC_ASSERT(read->size() == 1U);
  RC_ASSERT(read->front() == sheet);
}

}  // namespace
}  // namespace epochcost::tariff
