// What a follower reads agrees with what the ledger says.

#include <gtest/gtest.h>

#include "store/sqlite/made_up_ledger.h"

namespace epochcost::store::sqlite {
namespace {

using namespace made_up;  // NOLINT: the test's own words

std::unique_ptr<Store> OpenIn(const Folder& folder, OpenMode mode = OpenMode::kReadWriteCreate) {
  return Open(folder.File("ledger.db"), mode, kPatience).value();
}

TEST(Standings, AgreeWithTheRunsCost) {
  const Folder folder;
  const auto store = OpenIn(folder);
  ASSERT_TRUE(store->BeginRun(ARun()));
  Commit commit = Lines(1, 20);
  commit.open.push_back(ALine(21, commit));
  ASSERT_TRUE(store->Append(commit));
  const RunCost cost = store->Cost(ARun().id).value();
  const auto standings = store->Standings(0).value();
  ASSERT_EQ(standings.size(), 1U);
  EXPECT_EQ(standings[0].total, cost.total);
  EXPECT_EQ(standings[0].provisional, cost.provisional);
  EXPECT_EQ(standings[0].as_of, UtcTime{22'000});
  EXPECT_EQ(standings[0].sums.at(1)->amount_nano, cost.sums.at(1)->amount_nano);
  EXPECT_EQ(store->StandingOf(ARun().id).value().total, cost.total);
}

TEST(Standings, AreOfRunsThatGoOnAndOfNewOnes) {
  const Folder folder;
  const auto store = OpenIn(folder);
  for (const char* id : {"a0", "b0", "c0"}) ASSERT_TRUE(store->BeginRun(ARun(id)));
  ASSERT_TRUE(store->EndRun(RunId{"a0"}, UtcTime{9'000}, RunState::kFinished, 0));
  ASSERT_TRUE(store->EndRun(RunId{"c0"}, UtcTime{9'000}, RunState::kFinished, 0));
  const auto all = store->Standings(0).value();
  ASSERT_EQ(all.size(), 3U);
  const auto since = store->Standings(all[1].order).value();
  ASSERT_EQ(since.size(), 2U);
  EXPECT_EQ(since[0].run.id.Value(), "b0");
  EXPECT_EQ(since[1].run.id.Value(), "c0");
}

TEST(DataVersion, ChangesWhenAnotherConnectionCommits) {
  const Folder folder;
  const auto writer = OpenIn(folder);
  ASSERT_TRUE(writer->BeginRun(ARun()));
  const auto reader = OpenIn(folder, OpenMode::kReadOnly);
  const auto before = reader->DataVersion().value();
  EXPECT_EQ(reader->DataVersion().value(), before);
  ASSERT_TRUE(writer->Append(Lines(1, 2)));
  EXPECT_NE(reader->DataVersion().value(), before);
}

TEST(Amounts, AreReadOnceEach) {
  const Folder folder;
  const auto store = OpenIn(folder);
  ASSERT_TRUE(store->BeginRun(ARun()));
  ASSERT_TRUE(store->Append(Lines(1, 5)));
  AmountCursor cursor;
  std::int64_t sum = 0;
  const auto add = [&sum](const PostedAmount& posted) { sum += posted.amount.Count(); };
  ASSERT_TRUE(store->ForEachAmount(ARun().id, cursor, add));
  EXPECT_EQ(sum, 5 * 7);
  ASSERT_TRUE(store->Append(Lines(6, 7)));
  ASSERT_TRUE(store->ForEachAmount(ARun().id, cursor, add));
  EXPECT_EQ(sum, 7 * 7);
}

TEST(Amounts, OfAMeterOfTwoRunsAreTheRunsOwn) {
  const Folder folder;
  const auto store = OpenIn(folder);
  ASSERT_TRUE(store->BeginRun(ARun("a0")));
  ASSERT_TRUE(store->BeginRun(ARun("b0")));
  ASSERT_TRUE(store->Append(Lines(1, 4, ACommit(ARun("a0")))));
  Commit other = Lines(5, 6, ACommit(ARun("b0")));
  ASSERT_TRUE(store->Append(other));
  AmountCursor cursor;
  int lines = 0;
  ASSERT_TRUE(store->ForEachAmount(RunId{"b0"}, cursor, [&](const PostedAmount&) { ++lines; }));
  EXPECT_EQ(lines, 2);
}

}  // namespace
}  // namespace epochcost::store::sqlite
