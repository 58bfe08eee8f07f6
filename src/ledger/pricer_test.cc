#include "ledger/pricer.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>

namespace epochcost::ledger {
namespace {

constexpr Wide kNsPerHour = Wide{3600} * kNanosPerSecond;
constexpr std::int64_t kHour = 3600 * kNanosPerSecond;
const SheetName kSheet{"s"};

PriceSheet Sheet(std::int64_t version, UtcTime from, Resource resource, Rate rate) {
  PriceSheet sheet;
  sheet.name = kSheet;
  sheet.version = version;
  sheet.valid_from = from;
  sheet.rates.at(static_cast<std::size_t>(resource)) = rate;
  return sheet;
}

// Versions by time: what a price book says of sheets none of which overrules a later one.
PriceLookup Book(std::vector<PriceSheet> sheets) {
  return [sheets](const SheetName&, UtcTime t0, UtcTime t1) -> Result<std::vector<PriceSpan>> {
    std::vector<PriceSpan> spans;
    for (const PriceSheet& sheet : sheets) {
      if (sheet.valid_from <= t0) spans = {{t0, t1, sheet}};
      if (sheet.valid_from <= t0 || sheet.valid_from >= t1) continue;
      spans.back().t1 = sheet.valid_from;
      spans.push_back({sheet.valid_from, t1, sheet});
    }
    return spans;
  };
}

UsageLine Line(Resource resource, std::int64_t t0, std::int64_t t1, Wide u0, Wide u1) {
  UsageLine line;
  line.id.resource = resource;
  line.id.seq = 1;
  line.t0 = UtcTime{t0};
  line.t1 = UtcTime{t1};
  line.u0 = u0;
  line.u1 = u1;
  return line;
}

UsageLine Close(Wide byte_ms, std::vector<Piece> pieces) {
  UsageLine line = Line(Resource::kMemory, pieces.front().t0.ns, pieces.back().t1.ns, 0, byte_ms);
  line.kind = LineKind::kMemoryClose;
  line.pieces = std::move(pieces);
  return line;
}

PriceSheet PerEpoch(std::int64_t version, UtcTime from, std::int64_t nano) {
  PriceSheet sheet = Sheet(version, from, Resource::kMemory, {nano, 1'000'000'000});
  sheet.memory_basis = MemoryBasis::kPerEpoch;
  return sheet;
}

std::int64_t Sum(const Priced& priced) {
  return std::accumulate(
      priced.lines.begin(), priced.lines.end(), std::int64_t{0},
      [](std::int64_t sum, const LedgerLine& line) { return sum + line.amount.Count(); });
}

TEST(Pricer, AnHourOfCpuCostsItsHourlyPrice) {
  const auto book = Book({Sheet(1, UtcTime{0}, Resource::kCpuTime, {200'000'000, kNsPerHour})});
  const auto priced = Price(Line(Resource::kCpuTime, 0, kHour, 0, kNsPerHour), kSheet, book);
  ASSERT_TRUE(priced);
  ASSERT_EQ(priced->lines.size(), 1U);
  EXPECT_EQ(priced->lines[0].amount, NanoMoney{200'000'000});
  EXPECT_EQ(priced->lines[0].sheet_version, 1);
  EXPECT_EQ(priced->lines[0].usage.quality, Quality::kMeasured);
}

TEST(Pricer, CuttingAnHourIntoSecondsDoesNotChangeItsPrice) {
  const auto book = Book({Sheet(1, UtcTime{0}, Resource::kCpuTime, {2'000'000'007, kNsPerHour})});
  std::int64_t total = 0;
  for (int second = 0; second < 3600; ++second) {
    const UsageLine line =
        Line(Resource::kCpuTime, second * kNanosPerSecond, (second + 1) * kNanosPerSecond,
             Wide{second} * kNanosPerSecond, Wide{second + 1} * kNanosPerSecond);
    total += Sum(*Price(line, kSheet, book));
  }
  EXPECT_EQ(total, 2'000'000'007);
}

RC_GTEST_PROP(Pricer, AnyCutInAnyOrderGivesTheSameSum, ()) {
  const auto nano = *rc::gen::inRange<std::int64_t>(0, 10'000'000'000);
  auto readings = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::int64_t>>(
      rc::gen::inRange<std::int64_t>(0, std::numeric_limits<std::int64_t>::max())));
  std::ranges::sort(readings);
  const auto book = Book({Sheet(1, UtcTime{0}, Resource::kCpuTime, {nano, kNsPerHour})});
  std::vector<UsageLine> lines;
  Wide from = 0;
  for (std::size_t i = 0; i < readings.size(); ++i) {
    const auto at = static_cast<std::int64_t>(i);
    lines.push_back(Line(Resource::kCpuTime, at, at + 1, from, readings[i]));
    from = readings[i];
  }
  const auto order = *rc::gen::arbitrary<std::uint32_t>();
  std::ranges::rotate(lines, lines.begin() + static_cast<std::ptrdiff_t>(order % lines.size()));
  Wide total = 0;
  for (const UsageLine& line : lines) total += Sum(*Price(line, kSheet, book));
  RC_ASSERT(total == *Owed({nano, kNsPerHour}, from));
}

RC_GTEST_PROP(Pricer, SplittingAtVersionsOfEqualPriceNeverChangesThePrice, ()) {
  const auto nano = *rc::gen::inRange<std::int64_t>(0, 10'000'000'000);
  const auto length = *rc::gen::inRange<std::int64_t>(1, 1'000'000);
  const auto u0 = *rc::gen::inRange<std::int64_t>(0, std::numeric_limits<std::int64_t>::max() / 2);
  const auto used =
      *rc::gen::inRange<std::int64_t>(0, std::numeric_limits<std::int64_t>::max() / 2);
  std::vector<PriceSheet> sheets;
  for (std::int64_t version = 1; version <= 8; ++version) {
    const std::int64_t from = version == 1 ? 0 : *rc::gen::inRange<std::int64_t>(1, 1'000'000);
    sheets.push_back(Sheet(version, UtcTime{from}, Resource::kCpuTime, {nano, kNsPerHour}));
  }
  std::ranges::stable_sort(sheets, {}, &PriceSheet::valid_from);
  const auto priced =
      Price(Line(Resource::kCpuTime, 0, length, u0, Wide{u0} + used), kSheet, Book(sheets));
  const auto whole =
      Price(Line(Resource::kCpuTime, 0, length, u0, Wide{u0} + used), kSheet, Book({sheets[0]}));
  RC_ASSERT(Sum(*priced) == Sum(*whole));
  Wide from = u0;
  for (const LedgerLine& line : priced->lines) {
    RC_ASSERT(line.usage.u0 == from);
    from = line.usage.u1;
  }
  RC_ASSERT(from == Wide{u0} + used);
}

TEST(Pricer, APriceChangeInTheMiddleGivesTwoHandComputedHalves) {
  // 3 h of CPU in [0, 2 h); 0.2 an hour at first, 0.5 from the end of the first hour on.
  const auto book = Book({Sheet(1, UtcTime{0}, Resource::kCpuTime, {200'000'000, kNsPerHour}),
                          Sheet(2, UtcTime{kHour}, Resource::kCpuTime, {500'000'000, kNsPerHour})});
  const auto priced =
      Price(Line(Resource::kCpuTime, 0, 2 * kHour, 0, 3 * kNsPerHour), kSheet, book);
  ASSERT_TRUE(priced);
  ASSERT_EQ(priced->lines.size(), 2U);
  EXPECT_EQ(priced->lines[0].amount, NanoMoney{300'000'000});  // 1.5 h × 0.2
  EXPECT_EQ(priced->lines[1].amount, NanoMoney{750'000'000});  // 1.5 h × 0.5
  EXPECT_EQ(priced->lines[0].sheet_version, 1);
  EXPECT_EQ(priced->lines[1].sheet_version, 2);
  EXPECT_EQ(priced->lines[1].usage.t0, UtcTime{kHour});
  EXPECT_EQ(priced->lines[1].usage.id, priced->lines[0].usage.id);
  EXPECT_EQ(priced->lines[0].usage.quality, Quality::kModelled);
}

TEST(Pricer, AVersionThatWaitsForTheNextReadingDoesNotSplitALine) {
  PriceSheet second = Sheet(2, UtcTime{kHour}, Resource::kCpuTime, {500'000'000, kNsPerHour});
  second.effect = Effect::kAtNextReading;
  const auto book =
      Book({Sheet(1, UtcTime{0}, Resource::kCpuTime, {200'000'000, kNsPerHour}), second});
  const auto across = Price(Line(Resource::kCpuTime, 0, 2 * kHour, 0, kNsPerHour), kSheet, book);
  ASSERT_TRUE(across);
  ASSERT_EQ(across->lines.size(), 1U);
  EXPECT_EQ(across->lines[0].amount, NanoMoney{200'000'000});
  EXPECT_EQ(across->lines[0].usage.t1, UtcTime{2 * kHour});
  EXPECT_EQ(across->lines[0].usage.quality, Quality::kMeasured);
  const auto after = Price(Line(Resource::kCpuTime, kHour, 2 * kHour, 0, kNsPerHour), kSheet, book);
  EXPECT_EQ(after->lines[0].amount, NanoMoney{500'000'000});
}

TEST(Pricer, AResourceWithoutAPriceKeepsItsLineAndIsReported) {
  const auto book = Book({Sheet(1, UtcTime{0}, Resource::kGpuTime, {5, 1})});
  const auto priced = Price(Line(Resource::kCpuTime, 0, 1, 0, 7), kSheet, book);
  ASSERT_TRUE(priced);
  ASSERT_EQ(priced->lines.size(), 1U);
  EXPECT_EQ(priced->lines[0].amount, NanoMoney{0});
  EXPECT_EQ(priced->unpriced, std::vector{Resource::kCpuTime});
}

TEST(Pricer, NoUseWithoutAPriceIsNotReported) {
  const auto book = Book({Sheet(1, UtcTime{0}, Resource::kGpuTime, {5, 1})});
  EXPECT_TRUE(Price(Line(Resource::kCpuTime, 0, 1, 7, 7), kSheet, book)->unpriced.empty());
}

TEST(Pricer, LoopbackIsNeverCharged) {
  const auto book = Book({Sheet(1, UtcTime{0}, Resource::kLoopback, {5, 1})});
  const auto priced = Price(Line(Resource::kLoopback, 0, 1, 0, 1000), kSheet, book);
  ASSERT_TRUE(priced);
  EXPECT_EQ(priced->lines[0].amount, NanoMoney{0});
  EXPECT_TRUE(priced->unpriced.empty());
}

TEST(Pricer, MemoryByTheGbHourIsPricedLikeEverythingElse) {
  const Rate rate{50'000'000, Info(Resource::kMemory).units_per_priced};
  const auto book = Book({Sheet(1, UtcTime{0}, Resource::kMemory, rate)});
  const Wide two_gb_hours = Wide{2'000'000'000} * 3'600'000;
  EXPECT_EQ(Sum(*Price(Line(Resource::kMemory, 0, kHour, 0, two_gb_hours), kSheet, book)),
            100'000'000);
  EXPECT_TRUE(Price(Close(two_gb_hours, {{UtcTime{0}, UtcTime{kHour}, Nanos{kHour}}}), kSheet, book)
                  ->lines.empty());
}

TEST(Pricer, MemoryPerEpochCostsNothingUntilTheEpochCloses) {
  const auto book = Book({PerEpoch(1, UtcTime{0}, 50'000'000)});
  const Wide byte_ms = Wide{48'000'000'000} * 3'600'000;  // 48 GB for an hour
  const auto usage = Price(Line(Resource::kMemory, 0, kHour, 0, byte_ms), kSheet, book);
  EXPECT_EQ(Sum(*usage), 0);
  EXPECT_TRUE(usage->unpriced.empty());
  const auto close =
      Price(Close(byte_ms, {{UtcTime{0}, UtcTime{kHour}, Nanos{kHour}}}), kSheet, book);
  ASSERT_EQ(close->lines.size(), 1U);
  EXPECT_EQ(close->lines[0].amount, NanoMoney{2'400'000'000});  // 48 GB × 0.05
}

TEST(Pricer, AnEpochOfOtherLengthWithTheSameAverageCostsTheSamePerEpoch) {
  const auto book = Book({PerEpoch(1, UtcTime{0}, 50'000'000)});
  const std::int64_t length = 7'777'777'000'000;  // ns
  const Wide byte_ms = Wide{48'000'000'000} * (length / 1'000'000);
  const auto close =
      Price(Close(byte_ms, {{UtcTime{0}, UtcTime{length}, Nanos{length}}}), kSheet, book);
  EXPECT_EQ(Sum(*close), 2'400'000'000);
}

TEST(Pricer, AChangeDuringAnEpochWeightsEachPriceByItsTime) {
  // Average 10 GB over 4 h; 0.05 in the first hour, 0.09 in the other three: 0.08 on average.
  PriceSheet second = PerEpoch(2, UtcTime{kHour}, 90'000'000);
  second.effect = Effect::kAtNextReading;
  const auto book = Book({PerEpoch(1, UtcTime{0}, 50'000'000), second});
  const Wide byte_ms = Wide{10'000'000'000} * 4 * 3'600'000;
  const auto close =
      Price(Close(byte_ms, {{UtcTime{0}, UtcTime{4 * kHour}, Nanos{4 * kHour}}}), kSheet, book);
  ASSERT_EQ(close->lines.size(), 1U);
  EXPECT_EQ(close->lines[0].amount, NanoMoney{800'000'000});
  EXPECT_EQ(close->lines[0].sheet_version, 2);
}

TEST(Pricer, AHoleInAnEpochHasNoWeight) {
  // Held for the first and the last of three hours; the middle one belonged to an evaluation.
  const auto book =
      Book({PerEpoch(1, UtcTime{0}, 50'000'000), PerEpoch(2, UtcTime{2 * kHour}, 90'000'000)});
  const Wide byte_ms = Wide{10'000'000'000} * 2 * 3'600'000;
  const std::vector<Piece> pieces = {{UtcTime{0}, UtcTime{kHour}, Nanos{kHour}},
                                     {UtcTime{2 * kHour}, UtcTime{3 * kHour}, Nanos{kHour}}};
  EXPECT_EQ(Sum(*Price(Close(byte_ms, pieces), kSheet, book)),
            700'000'000);  // 10 × (0.05 + 0.09) / 2
}

TEST(Pricer, AChangeOfBasisDuringAnEpochChargesNothingTwice) {
  // Per epoch for the first half; by the GB-hour, as usage lines, for the second.
  PriceSheet by_hour = Sheet(2, UtcTime{kHour}, Resource::kMemory,
                             {70'000'000, Info(Resource::kMemory).units_per_priced});
  const auto book = Book({PerEpoch(1, UtcTime{0}, 50'000'000), by_hour});
  const Wide gb_hour = Wide{1'000'000'000} * 3'600'000;
  const auto close = Price(
      Close(20 * gb_hour, {{UtcTime{0}, UtcTime{2 * kHour}, Nanos{2 * kHour}}}), kSheet, book);
  EXPECT_EQ(Sum(*close), 250'000'000);  // 10 GB × 0.05 × half of the time
  const auto usage = Price(Line(Resource::kMemory, 0, 2 * kHour, 0, 20 * gb_hour), kSheet, book);
  EXPECT_EQ(Sum(*usage), 700'000'000);  // 10 GB-hours × 0.07
}

TEST(Pricer, AScopeThatWasNeverHeldClosesWithoutALine) {
  const auto book = Book({PerEpoch(1, UtcTime{0}, 50'000'000)});
  EXPECT_TRUE(Price(Close(0, {{UtcTime{5}, UtcTime{5}, Nanos{0}}}), kSheet, book)->lines.empty());
}

TEST(Pricer, AnAmountBeyond64BitsIsAnErrorAndNotClamped) {
  const auto book = Book({Sheet(1, UtcTime{0}, Resource::kCpuTime, {INT64_MAX, 1})});
  const auto priced = Price(Line(Resource::kCpuTime, 0, 1, 0, 2), kSheet, book);
  ASSERT_FALSE(priced);
  EXPECT_EQ(priced.error().code, ErrorCode::kOverflow);
}

TEST(Pricer, AReadingBeyond128BitsOfProductIsStillExactWhereTheAmountFits) {
  // A terabyte for thirty years, byte·ms by byte·ms, at the dearest price that exists.
  const Rate rate{INT64_MAX, Info(Resource::kMemory).units_per_priced};
  const Wide u1 = Wide{1'000'000'000'000} * 1'000'000'000'000;
  const auto book = Book({Sheet(1, UtcTime{0}, Resource::kMemory, rate)});
  const auto priced = Price(Line(Resource::kMemory, 0, 1, u1, u1 + 1), kSheet, book);
  ASSERT_TRUE(priced);
  EXPECT_EQ(Sum(*priced), 2562);  // 9223372036.854775807 / 3.6e15 byte·ms, in nano: 2562.04…
}

TEST(Pricer, AReadingThatFallsIsRefused) {
  const auto book = Book({Sheet(1, UtcTime{0}, Resource::kCpuTime, {1, 1})});
  EXPECT_EQ(Price(Line(Resource::kCpuTime, 0, 1, 5, 4), kSheet, book).error().code,
            ErrorCode::kInvalidInput);
}

TEST(Pricer, AMissingPriceIsTheLookupsError) {
  const PriceLookup none = [](const SheetName&, UtcTime,
                              UtcTime) -> Result<std::vector<PriceSpan>> {
    return Fail(ErrorCode::kNotFound, "no sheet");
  };
  EXPECT_EQ(Price(Line(Resource::kCpuTime, 0, 1, 0, 1), kSheet, none).error().code,
            ErrorCode::kNotFound);
}

}  // namespace
}  // namespace epochcost::ledger
