// A run goes to the project that its program names after its meter had begun.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/sqlite/made_up_store.h"

namespace epochcost::store::sqlite {
namespace {

using namespace made_up;  // NOLINT: the test's own words

class Move : public OpenedLedger {
 protected:
  // What a project has cost, as the next commit of a run of its own is told.
  Wide CostOf(const std::string& project, const std::string& run) {
    const epochcost::Run other = ARun(run, project);
    EXPECT_TRUE(store_->BeginRun(other));
    return Append(ACommit(other)).project_total.nano;
  }
};

TEST_F(Move, TakesWhatTheRunHasCostAlongAndLeavesNothing) {
  Commit commit = Lines(1, 10);
  commit.open = {ALine(11, commit)};
  commit.provisional.nano = 5;
  Append(commit);
  ASSERT_TRUE(store_->MoveRun(ARun().id, ProjectId{"named"}));
  EXPECT_EQ(CostOf("proj_123", "00000000000a"), 0);
  EXPECT_EQ(CostOf("named", "00000000000b"), 10 * 7 + 7 + 5);
  EXPECT_EQ(store_->FindRun(ARun().id.Value())->project, ProjectId{"named"});
}

TEST_F(Move, AddsToWhatTheOtherProjectHasCostAlready) {
  const epochcost::Run other = ARun("00000000000c", "named");
  ASSERT_TRUE(store_->BeginRun(other));
  Append(Lines(1, 3, ACommit(other, "b9")));
  Append(Lines(1, 10));
  ASSERT_TRUE(store_->MoveRun(ARun().id, ProjectId{"named"}));
  EXPECT_EQ(CostOf("named", "00000000000d"), 13 * 7);
}

TEST_F(Move, LetsTheMeterGoOnUnderTheNewName) {
  Append(Lines(1, 4));
  ASSERT_TRUE(store_->MoveRun(ARun().id, ProjectId{"named"}));
  const Receipt next = Append(Lines(5, 6, ACommit(ARun(ARun().id.Value(), "named"))));
  EXPECT_EQ(next.inserted, 2);
  EXPECT_EQ(next.project_total.nano, 6 * 7);
  EXPECT_EQ(store_->Cost(ARun().id)->total.nano, 6 * 7);
}

TEST_F(Move, KeepsARepeatedCommitARepetition) {
  Append(Lines(1, 4));
  ASSERT_TRUE(store_->MoveRun(ARun().id, ProjectId{"named"}));
  const Receipt again = Append(Lines(1, 4, ACommit(ARun(ARun().id.Value(), "named"))));
  EXPECT_EQ(again.inserted, 0);
  EXPECT_EQ(again.duplicates, 4);
  EXPECT_EQ(again.project_total.nano, 4 * 7);
}

TEST_F(Move, RefusesACommitThatStillNamesTheOldProject) {
  ASSERT_TRUE(store_->MoveRun(ARun().id, ProjectId{"named"}));
  const auto refused = store_->Append(Lines(1, 2));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
}

TEST_F(Move, ThereAndBackIsWhereItWas) {
  Append(Lines(1, 10));
  ASSERT_TRUE(store_->MoveRun(ARun().id, ProjectId{"named"}));
  ASSERT_TRUE(store_->MoveRun(ARun().id, ARun().project));
  ASSERT_TRUE(store_->MoveRun(ARun().id, ARun().project));
  EXPECT_EQ(CostOf("named", "00000000000e"), 0);
  EXPECT_EQ(CostOf("proj_123", "00000000000f"), 10 * 7);
}

TEST_F(Move, OfARunThatIsNotThereIsAnError) {
  const auto refused = store_->MoveRun(RunId{"ffffffffffff"}, ProjectId{"named"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace epochcost::store::sqlite
