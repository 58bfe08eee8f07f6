#include "probe/marks/mark_format.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>
#include <string>

namespace epochcost::probe::marks {
namespace {

Mark Example() {
  return {.kind = MarkKind::kMetric,
          .replica = 3,
          .index = 7,
          .at = {1'000'000'007},
          .steps = 40,
          .samples = 1'280,
          .value = 0.75,
          .name = "损失"};
}

void ExpectSame(const Mark& a, const Mark& b) {
  EXPECT_EQ(a.kind, b.kind);
  EXPECT_EQ(a.origin, b.origin);
  EXPECT_EQ(a.replica, b.replica);
  EXPECT_EQ(a.index, b.index);
  EXPECT_EQ(a.at, b.at);
  EXPECT_EQ(a.steps, b.steps);
  EXPECT_EQ(a.samples, b.samples);
  EXPECT_EQ(a.value, b.value);
  EXPECT_EQ(a.name, b.name);
}

TEST(MarkFormat, DecodesWhatItEncoded) {
  const auto mark = DecodeMark(EncodeMark(Example()), 3);
  ASSERT_TRUE(mark) << mark.error().what;
  ExpectSame(*mark, Example());
}

TEST(MarkFormat, KeepsProjectAndCurrencyOfABudgetApart) {
  Mark budget = Example();
  budget.kind = MarkKind::kBudget;
  budget.name = std::string("项目\0CNY", 10);
  const auto mark = DecodeMark(EncodeMark(budget), 3);
  ASSERT_TRUE(mark) << mark.error().what;
  EXPECT_EQ(mark->name, budget.name);
}

TEST(MarkFormat, CutsALongNameAtACharacter) {
  Mark mark = Example();
  mark.name = "a";
  for (int i = 0; i < 40; ++i) mark.name += "元";
  const auto read = DecodeMark(EncodeMark(mark), 3);
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->name, mark.name.substr(0, 76));
  EXPECT_EQ(read->name.size(), 76U);  // 1 + 25 × 3
}

TEST(MarkFormat, RecognisesAnyFlippedBit) {
  const Block whole = EncodeMark(Example());
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    Block damaged = whole;
    damaged[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    const auto read = DecodeMark(damaged, 3);
    ASSERT_FALSE(read) << bit;
    ASSERT_EQ(read.error().code, ErrorCode::kCorrupt);
  }
}

TEST(MarkFormat, RefusesMarksThatCannotBe) {
  const auto refused = [](auto change) {
    Mark mark = Example();
    change(mark);
    const auto read = DecodeMark(EncodeMark(mark), 0);
    return !read && read.error().code != ErrorCode::kCorrupt;
  };
  EXPECT_TRUE(refused([](Mark& m) { m.kind = static_cast<MarkKind>(9); }));
  EXPECT_TRUE(refused([](Mark& m) { m.kind = static_cast<MarkKind>(0); }));
  EXPECT_TRUE(refused([](Mark& m) { m.origin = static_cast<MarkOrigin>(2); }));
  EXPECT_TRUE(refused([](Mark& m) { m.index = -1; }));
  EXPECT_TRUE(refused([](Mark& m) { m.at.ns = 0; }));
  EXPECT_TRUE(refused([](Mark& m) { m.steps = -1; }));
  EXPECT_TRUE(refused([](Mark& m) { m.samples = -1; }));
  EXPECT_TRUE(refused([](Mark& m) { m.value = std::nan(""); }));
  EXPECT_TRUE(refused([](Mark& m) { m.value = std::numeric_limits<double>::infinity(); }));
  EXPECT_TRUE(refused([](Mark& m) { m.name = ""; }));
  EXPECT_TRUE(refused([](Mark& m) { m.name = "a\033[2J"; }));
  EXPECT_TRUE(refused([](Mark& m) { m.name = "\xC0\xAF"; }));
  EXPECT_TRUE(refused([](Mark& m) { m.name = "\xED\xA0\x80"; }));
  EXPECT_TRUE(refused([](Mark& m) { m.name = "\xE5\x85"; }));
}

TEST(MarkFormat, KeepsTheHeader) {
  const MarkFileHeader header{.pid = 4'711,
                              .start_ticks = 90'210,
                              .replica = 2,
                              .world_size = 8,
                              .steps = 5,
                              .samples = 160,
                              .last_step = {77}};
  EXPECT_EQ(*DecodeHeader(EncodeHeader(header)), header);
}

TEST(MarkFormat, RefusesTheHeaderOfAnotherFileOrVersion) {
  Block block = EncodeHeader({});
  block[8] = 2;
  EXPECT_EQ(DecodeHeader(block).error().code, ErrorCode::kUnsupported);
  block[0] = 'X';
  EXPECT_EQ(DecodeHeader(block).error().code, ErrorCode::kCorrupt);
}

TEST(MarkFormat, NamesFilesAfterTheirWriter) {
  EXPECT_EQ(MarkFileName(4'711, 90'210), "4711-90210.marks");
  const auto writer = ParseMarkFileName("4711-90210.marks");
  ASSERT_TRUE(writer);
  EXPECT_EQ(writer->pid, 4'711U);
  EXPECT_EQ(writer->start_ticks, 90'210);
  for (const char* name :
       {"", ".marks", "-.marks", "1.marks", "1-.marks", "-1.marks", "1--2.marks", "01-2.marks",
        "1-2.marks.new", "1-2", "x-2.marks", "1-2x.marks", "99999999999-1.marks"}) {
    EXPECT_FALSE(ParseMarkFileName(name)) << name;
  }
}

RC_GTEST_PROP(MarkFormat, NeverAcceptsArbitraryBytesUnlessTheChecksumHolds, ()) {
  Block block{};
  for (auto& byte : block) byte = *rc::gen::arbitrary<std::uint8_t>();
  const auto mark = DecodeMark(block, 0);
  RC_ASSERT(mark || !mark.error().what.empty());
  (void)DecodeHeader(block);
}

}  // namespace
}  // namespace epochcost::probe::marks
