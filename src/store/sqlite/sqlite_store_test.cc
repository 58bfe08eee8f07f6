#include "store/sqlite/sqlite_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "store/sqlite/made_up_store.h"

namespace epochcost::store::sqlite {
namespace {

using namespace made_up;  // NOLINT: the test's own words
using testing::HasSubstr;

class Ledger : public OpenedLedger {};

TEST_F(Ledger, KeepsEveryFieldOfALine) {
  Commit commit = ACommit();
  LedgerLine line = ALine(5, commit, {ScopeKind::kEval, 3}, Resource::kMemory, 2);
  line.usage.kind = LineKind::kMemoryClose;
  line.usage.u0 = 0;
  line.usage.u1 = (Wide{1} << 100) + 17;
  line.usage.quality = Quality::kModelled;
  line.usage.source = SourceKind::kProcMemory;
  line.usage.pieces = {{UtcTime{5'000}, UtcTime{5'400}, Nanos{400}},
                       {UtcTime{5'500}, UtcTime{6'000}, Nanos{450}}};
  line.amount = NanoMoney{std::numeric_limits<std::int64_t>::max()};
  commit.sealed = {line};
  Append(commit);
  EXPECT_EQ(AllLines(), std::vector{line});
}

TEST_F(Ledger, ARepeatedCommitChangesNothing) {
  Commit commit = Lines(1, 10);
  commit.open = {ALine(11, commit)};
  commit.provisional.nano = 5;
  commit.notices = {{NoticeKind::kGap, UtcTime{3}, "a gap", "", Nanos{2}}};
  commit.metrics = {{0, "loss", 0.5, UtcTime{4}}};
  commit.progress.steps = 40;
  const Receipt first = Append(commit);
  EXPECT_EQ(first.inserted, 10);
  EXPECT_EQ(first.run_total.nano, 10 * 7 + 7 + 5);
  const Receipt again = Append(commit);
  EXPECT_EQ(again.inserted, 0);
  EXPECT_EQ(again.duplicates, 10);
  EXPECT_EQ(again.run_total, first.run_total);
  EXPECT_EQ(again.project_total, first.project_total);
  const RunCost cost = Cost();
  EXPECT_EQ(cost.notices, commit.notices);
  EXPECT_EQ(cost.metrics.size(), 1U);
  EXPECT_EQ(cost.epochs.at(0).sums.at(1)->lines, 11);
}

TEST_F(Ledger, ALateCommitAddsItsLinesAndReplacesNothing) {
  Commit late = Lines(1, 5);
  late.open = {ALine(6, late)};
  late.progress.steps = 5;
  Commit newer = Lines(6, 10);
  newer.open = {ALine(11, newer)};
  newer.progress.steps = 10;
  newer.mark_offsets = {{"1-1.marks", 512}};
  Append(newer);
  EXPECT_EQ(Append(late).run_total.nano, 11 * 7);
  const auto resume = store_->Resume(ARun().id);
  ASSERT_TRUE(resume && *resume);
  EXPECT_EQ((*resume)->steps, 10);
  EXPECT_EQ((*resume)->mark_offsets.at(0).offset, 512);
}

TEST_F(Ledger, RefusesALineWithAKnownIdentityAndOtherContentAndKeepsBothAside) {
  Append(Lines(1, 3));
  Commit other = Lines(3, 5);
  other.sealed[0].amount = NanoMoney{8};
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto refused = store_->Append(other);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
    EXPECT_THAT(refused.error().what, HasSubstr("line 3 of node-1"));
  }
  EXPECT_EQ(AllLines().size(), 3U);
  EXPECT_EQ(Cost().total.nano, 3 * 7);
}

TEST_F(Ledger, RefusesTheSameUseCutOtherwise) {
  Append(Lines(1, 3));
  Commit moved = ACommit();
  moved.sealed = {ALine(2, moved)};
  moved.sealed[0].usage.t0 = UtcTime{2'500};
  const auto refused = store_->Append(moved);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
}

TEST_F(Ledger, TakesThePartsOfAUsageLineAcrossAPriceChangeInAnyOrder) {
  Commit commit = ACommit();
  LedgerLine first = ALine(1, commit);
  LedgerLine second = first;
  first.usage.t1 = second.usage.t0 = UtcTime{1'400};
  first.usage.u1 = second.usage.u0 = 140;
  second.sheet_version = 2;
  Commit later = commit;
  commit.sealed = {second};
  commit.contiguous_seq = 1;
  later.sealed = {first, second};
  Append(commit);
  EXPECT_EQ(Append(later).inserted, 1);
  EXPECT_EQ(AllLines(), (std::vector{first, second}));
}

TEST_F(Ledger, SumsOfMoneyAndReadingsPassSixtyFourBits) {
  Commit commit = ACommit();
  for (std::int64_t seq = 1; seq <= 4; ++seq) {
    LedgerLine line = ALine(seq, commit, {}, Resource::kMemory);
    line.usage.u0 = 0;
    line.usage.u1 = Wide{std::numeric_limits<std::int64_t>::max()} * 8;
    line.amount = NanoMoney{std::numeric_limits<std::int64_t>::max()};
    commit.sealed.push_back(line);
  }
  const Wide most = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(Append(commit).project_total.nano, most * 4);
  const RunCost cost = Cost();
  EXPECT_EQ(cost.total.nano, most * 4);
  EXPECT_EQ(cost.sums.at(2)->quantity, most * 32);
  EXPECT_EQ(store_->ProjectTotal(ARun().project)->nano, most * 4);
}

TEST_F(Ledger, NegativeAmountsAreKeptExactly) {
  Commit commit = Lines(1, 1);
  commit.sealed[0].amount = NanoMoney{-1'500'000'001};
  EXPECT_EQ(Append(commit).run_total.nano, -1'500'000'001);
  EXPECT_EQ(Cost().total.nano, -1'500'000'001);
}

TEST_F(Ledger, TheProjectsTotalIsThatOfAllItsRuns) {
  const epochcost::Run other = ARun("ffff00000000");
  const epochcost::Run elsewhere = ARun("eeee00000000", "another");
  ASSERT_TRUE(store_->BeginRun(other));
  ASSERT_TRUE(store_->BeginRun(elsewhere));
  Commit commit = Lines(1, 2, ACommit(other, "b2"));
  commit.open = {ALine(3, commit)};
  commit.provisional.nano = 1'000;
  Append(commit);
  Append(Lines(1, 2, ACommit(elsewhere, "b3")));
  const Receipt receipt = Append(Lines(1, 10));
  EXPECT_EQ(receipt.run_total.nano, 70);
  EXPECT_EQ(receipt.project_total.nano, 70 + 14 + 7 + 1'000);
  EXPECT_EQ(*store_->ProjectTotal(ARun().project), receipt.project_total);
}

TEST_F(Ledger, WhatAMeterLeftOpenIsSealedByTheNextOnesFirstCommit) {
  Commit dying = Lines(1, 2);
  dying.open = {ALine(3, dying)};
  Append(dying);
  EXPECT_EQ(AllLines().size(), 2U);
  const Commit next = Lines(1, 1, ACommit(ARun(), "b2"));
  const Receipt receipt = Append(next);
  EXPECT_EQ(receipt.inserted, 1);
  EXPECT_EQ(receipt.run_total.nano, 4 * 7);
  EXPECT_EQ(AllLines().size(), 4U);
  EXPECT_EQ(Append(dying).duplicates, 2);  // sent again by somebody who does not know
  EXPECT_EQ(Cost().total.nano, 4 * 7);
}

TEST_F(Ledger, TheEndOfARunSealsWhatIsOpen) {
  Commit commit = Lines(1, 2);
  commit.open = {ALine(3, commit)};
  const Money total = Append(commit).project_total;
  ASSERT_TRUE(store_->EndRun(ARun().id, UtcTime{9'000}, RunState::kInterrupted, 137));
  EXPECT_EQ(AllLines().size(), 3U);
  EXPECT_EQ(*store_->ProjectTotal(ARun().project), total);
  const RunCost cost = Cost();
  EXPECT_EQ(cost.run.state, RunState::kInterrupted);
  EXPECT_EQ(cost.run.exit_code, 137);
  EXPECT_EQ(cost.run.ended, UtcTime{9'000});
  EXPECT_FALSE(cost.epochs.at(0).is_open);
  EXPECT_FALSE(cost.epochs.at(0).is_complete);
}

TEST_F(Ledger, AMeterContinuesWhereTheCommitsEnded) {
  EXPECT_EQ(*store_->Resume(ARun().id), std::nullopt);
  Commit commit = ACommit();
  const Scope epoch{ScopeKind::kEpoch, 4};
  commit.sealed = {ALine(1, commit, {ScopeKind::kEpoch, 3}, Resource::kMemory),
                   ALine(2, commit, epoch, Resource::kMemory), ALine(3, commit, epoch),
                   ALine(5, commit, epoch, Resource::kMemory)};
  commit.open = {ALine(6, commit, epoch, Resource::kMemory)};
  commit.progress = {.scope = epoch, .steps = 12, .samples = 99};
  commit.readings = {{{Signal::kCpuNs, SourceKind::kBpfSwitch, 1, BootTime{77}, Wide{1} << 70,
                       Quality::kModelled}}};
  commit.mark_offsets = {{"7-1.marks", 640}, {"7-2.marks", 128}};
  Append(commit);
  const auto resume = store_->Resume(ARun().id);
  ASSERT_TRUE(resume && *resume);
  const ResumePoint& point = **resume;
  EXPECT_EQ(point.readings, commit.readings);
  EXPECT_EQ(point.readings.at(0).sample.quality, Quality::kModelled);
  EXPECT_EQ(point.mark_offsets.size(), 2U);
  EXPECT_EQ(point.scope, epoch);
  EXPECT_EQ(point.steps, 12);
  EXPECT_EQ(point.samples, 99);
  EXPECT_EQ(point.scope_byte_ms, 300);
  EXPECT_EQ(point.scope_pieces,
            (std::vector<Piece>{{UtcTime{2'000}, UtcTime{3'000}, Nanos{1'000}},
                                {UtcTime{5'000}, UtcTime{7'000}, Nanos{2'000}}}));
  EXPECT_EQ(point.last_t1, UtcTime{7'000});
}

TEST_F(Ledger, CostIsConservedOverEpochsPhasesReplicasAndResources) {
  Commit commit = ACommit();
  std::int64_t seq = 0;
  for (const Scope scope : {Scope{ScopeKind::kSetup, 0}, Scope{ScopeKind::kEpoch, 0},
                            Scope{ScopeKind::kEval, 0}, Scope{ScopeKind::kEpoch, 1}}) {
    for (const std::int32_t replica : {0, 1}) {
      if (scope.kind == ScopeKind::kSetup && replica == 1) continue;
      for (const Resource resource : {Resource::kCpuTime, Resource::kMemory}) {
        commit.sealed.push_back(ALine(++seq, commit, scope, resource, replica));
      }
    }
  }
  commit.open = {ALine(++seq, commit, {ScopeKind::kEpoch, 1})};
  commit.provisional.nano = 11;
  commit.progress = {.scope = {ScopeKind::kEpoch, 1},
                     .steps = 30,
                     .planned_epochs = 10,
                     .epochs_from = "sdk",
                     .closed = {{ScopeKind::kEpoch, 0}}};
  Append(commit);
  const RunCost cost = Cost();
  ASSERT_EQ(cost.epochs.size(), 2U);
  ASSERT_EQ(cost.phases.size(), 2U);
  ASSERT_EQ(cost.replicas.size(), 2U);
  EXPECT_EQ(cost.total.nano, 15 * 7);
  Wide scopes = 0;
  for (const auto& list : {cost.epochs, cost.phases}) {
    for (const EpochCost& each : list) scopes += each.total.nano;
  }
  EXPECT_EQ(scopes, cost.total.nano);
  EXPECT_EQ(cost.replicas[0].total.nano + cost.replicas[1].total.nano, cost.total.nano);
  EXPECT_EQ(cost.sums.at(1)->amount_nano + cost.sums.at(2)->amount_nano, cost.total.nano);
  EXPECT_FALSE(cost.sums.at(0));
  EXPECT_EQ(cost.epochs[0].replicas, 2);
  EXPECT_FALSE(cost.epochs[0].is_open);
  EXPECT_TRUE(cost.epochs[0].is_complete);
  EXPECT_EQ(cost.epochs[0].t0, UtcTime{3'000});
  EXPECT_EQ(cost.epochs[0].t1, UtcTime{7'000});
  EXPECT_EQ(cost.epochs[0].held, Nanos{1'000});
  EXPECT_TRUE(cost.epochs[1].is_open);
  EXPECT_EQ(cost.epochs[1].provisional.nano, 11);
  EXPECT_EQ(cost.provisional.nano, 11);
  EXPECT_EQ(cost.run.planned_epochs, 10);
  EXPECT_EQ(cost.run.epochs_from, "sdk");
}

TEST_F(Ledger, StepsBelongToTheEpochThatWasOpen) {
  Commit commit = Lines(1, 1);
  commit.progress = {.scope = {ScopeKind::kEpoch, 0}, .steps = 10};
  Append(commit);
  commit = Lines(2, 2);
  commit.progress = {
      .scope = {ScopeKind::kEpoch, 1}, .steps = 25, .closed = {{ScopeKind::kEpoch, 0}}};
  Append(commit);
  EXPECT_EQ(Cost().epochs.at(0).steps, 25);
}

TEST_F(Ledger, RefusesLinesThatCannotBe) {
  const auto refuse = [this](auto spoil) {
    Commit commit = Lines(1, 2);
    spoil(commit.sealed[1].usage);
    const auto receipt = store_->Append(commit);
    return !receipt && receipt.error().code == ErrorCode::kInvalidInput;
  };
  EXPECT_TRUE(refuse([](UsageLine& line) { line.t1 = line.t0 - Nanos{1}; }));
  EXPECT_TRUE(refuse([](UsageLine& line) { line.u1 = line.u0 - 1; }));
  EXPECT_TRUE(refuse([](UsageLine& line) { line.u0 = -1; }));
  EXPECT_TRUE(refuse([](UsageLine& line) { line.id.seq = 0; }));
  EXPECT_TRUE(refuse([](UsageLine& line) { line.t0 = UtcTime{-1}; }));
  EXPECT_TRUE(refuse([](UsageLine& line) { line.run = RunId{"other"}; }));
  EXPECT_TRUE(refuse([](UsageLine& line) { line.id.boot = BootId{"other"}; }));
  EXPECT_TRUE(refuse([](UsageLine& line) { line.id.resource = static_cast<Resource>(99); }));
  EXPECT_TRUE(AllLines().empty());
}

TEST_F(Ledger, ACommitForAnUnknownRunOrAForeignProjectIsRefused) {
  EXPECT_EQ(store_->Append(Lines(1, 1, ACommit(ARun("999999999999")))).error().code,
            ErrorCode::kNotFound);
  EXPECT_EQ(store_->Append(Lines(1, 1, ACommit(ARun("0123456789ab", "foreign")))).error().code,
            ErrorCode::kConflict);
  EXPECT_EQ(store_->BeginRun(ARun("0123456789ab", "foreign")).error().code, ErrorCode::kConflict);
}

TEST_F(Ledger, KeepsARunAsItWasBegun) {
  const auto found = store_->FindRun("0123456789ab");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->command, ARun().command);
  EXPECT_EQ(found->working_directory, ARun().working_directory);
  EXPECT_EQ(found->sheet, ARun().sheet);
  EXPECT_EQ(found->ended, std::nullopt);
  EXPECT_EQ(found->hz, 10);
}

TEST_F(Ledger, FindsRunsByIdPrefixNameAndAge) {
  epochcost::Run second = ARun("0199999999ab");
  second.started = UtcTime{2'000};
  second.name = "50%_off";
  ASSERT_TRUE(store_->BeginRun(second));
  EXPECT_EQ(store_->FindRun("")->id, second.id);
  EXPECT_EQ(store_->FindRun("012")->id, ARun().id);
  EXPECT_EQ(store_->FindRun("50%_off")->id, second.id);
  const auto several = store_->FindRun("01");
  ASSERT_FALSE(several);
  EXPECT_EQ(several.error().code, ErrorCode::kConflict);
  EXPECT_THAT(several.error().why, HasSubstr("0123456789ab (train.py)"));
  EXPECT_EQ(store_->FindRun("%").error().code, ErrorCode::kNotFound);
  second.id = RunId{"aaaaaaaaaaaa"};
  second.name = "01";
  ASSERT_TRUE(store_->BeginRun(second));
  EXPECT_EQ(store_->FindRun("01")->id, second.id);
}

TEST_F(Ledger, ListsTheNewestRunsOfAProjectFirst) {
  for (int i = 0; i < 200; ++i) {
    epochcost::Run run = ARun("f" + std::to_string(100'000 + i), i % 2 == 0 ? "even" : "odd");
    run.started = UtcTime{10'000 + i};
    ASSERT_TRUE(store_->BeginRun(run));
  }
  const auto runs = store_->Runs({.project = ProjectId{"even"}, .limit = 3});
  ASSERT_TRUE(runs);
  ASSERT_EQ(runs->size(), 3U);
  EXPECT_EQ((*runs)[0].id.Value(), "f100198");
  EXPECT_EQ((*runs)[2].id.Value(), "f100194");
  EXPECT_EQ(store_->Runs({.limit = 1'000})->size(), 201U);
  EXPECT_TRUE(store_->Runs({.project = ProjectId{"none"}})->empty());
}

TEST_F(Ledger, ListsWhoWasOnAMachineDuringATime) {
  const auto add = [this](const char* id, const char* agent, std::int64_t t0, std::int64_t t1) {
    epochcost::Run run = ARun(id);
    run.agent = AgentId{agent};
    run.started = UtcTime{t0};
    ASSERT_TRUE(store_->BeginRun(run));
    if (t1 > 0) {
      ASSERT_TRUE(store_->EndRun(run.id, UtcTime{t1}, RunState::kFinished, 0));
    }
  };
  add("c00000000001", "node-9", 100, 200);  // gone before
  add("c00000000002", "node-9", 150, 201);
  add("c00000000003", "node-9", 250, 0);    // goes on
  add("c00000000004", "node-9", 300, 400);  // comes after
  add("c00000000005", "node-8", 200, 300);  // elsewhere
  const store::RunQuery during{.during =
                                   store::Stay{AgentId{"node-9"}, UtcTime{200}, UtcTime{300}}};
  const auto there = store_->Runs(during);
  ASSERT_TRUE(there);
  ASSERT_EQ(there->size(), 2U);
  EXPECT_EQ((*there)[0].id.Value(), "c00000000003");
  EXPECT_EQ((*there)[1].id.Value(), "c00000000002");
  store::RunQuery of_another = during;
  of_another.project = ProjectId{"another"};
  EXPECT_TRUE(store_->Runs(of_another)->empty());
}

PriceSheet ASheet(std::int64_t version) {
  PriceSheet sheet;
  sheet.name = SheetName{"reference"};
  sheet.version = version;
  sheet.provider = "供应商";
  sheet.source = "a page";
  sheet.source_date = "2026-11-20";
  sheet.memory_basis = MemoryBasis::kPerEpoch;
  sheet.effect = Effect::kAtNextReading;
  sheet.provenance = Quality::kAssumed;
  sheet.rates.at(1) = Rate{200'000'000, Wide{3'600} * 1'000'000'000};
  sheet.rates.at(2) = Rate{1, Wide{1} << 80};
  sheet.rented.at(0) = Rented{1'500};
  return sheet;
}

TEST_F(Ledger, KeepsPriceSheetsAndNeverEditsOne) {
  EXPECT_EQ(*store_->SheetsRevision(), 0);
  ASSERT_TRUE(store_->AddSheet(ASheet(1)));
  const std::int64_t revision = *store_->SheetsRevision();
  ASSERT_TRUE(store_->AddSheet(ASheet(1)));
  EXPECT_EQ(*store_->SheetsRevision(), revision);
  PriceSheet edited = ASheet(1);
  edited.rates.at(1)->nano += 1;
  EXPECT_EQ(store_->AddSheet(edited).error().code, ErrorCode::kConflict);
  PriceSheet foreign = ASheet(2);
  foreign.currency = *Currency::Parse("USD");
  EXPECT_EQ(store_->AddSheet(foreign).error().code, ErrorCode::kConflict);
  ASSERT_TRUE(store_->AddSheet(ASheet(2)));
  EXPECT_GT(*store_->SheetsRevision(), revision);
  EXPECT_EQ(*store_->Sheets(), (std::vector{ASheet(1), ASheet(2)}));
  Append(Lines(1, 1));
  EXPECT_EQ(Cost().sheets, std::vector{ASheet(1)});
}

TEST_F(Ledger, NeverAddsTwoCurrencies) {
  PriceSheet dollars = ASheet(1);
  dollars.name = SheetName{"dollars"};
  dollars.currency = *Currency::Parse("USD");
  ASSERT_TRUE(store_->AddSheet(dollars));
  Commit commit = Lines(1, 1);
  commit.sealed[0].sheet = dollars.name;
  EXPECT_EQ(store_->Append(commit).error().code, ErrorCode::kInvalidInput);
}

TEST_F(Ledger, KeepsAProjectsBudget) {
  EXPECT_EQ(store_->GetProject(ProjectId{"nobody"}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store_->GetProject(ARun().project)->budget, std::nullopt);
  const Money budget{Wide{5'000} * kNanoPerUnit, {}};
  ASSERT_TRUE(store_->PutProject({ARun().project, budget, 750'000}));
  EXPECT_EQ(store_->GetProject(ARun().project)->budget, budget);
  EXPECT_EQ(store_->GetProject(ARun().project)->threshold_ppm, 750'000);
}

TEST_F(Ledger, AMetricThatIsNoNumberStaysNone) {
  Commit commit = ACommit();
  commit.metrics = {{0, "loss", std::numeric_limits<double>::quiet_NaN(), UtcTime{1}},
                    {0, "loss", std::numeric_limits<double>::infinity(), UtcTime{2}}};
  Append(commit);
  const RunCost cost = Cost();
  EXPECT_TRUE(std::isnan(cost.metrics.at(0).value));
  EXPECT_TRUE(std::isinf(cost.metrics.at(1).value));
}

TEST_F(Ledger, LinesComeInTheOrderOfTimeAndStopAtTheFirstError) {
  Append(Lines(3, 4));
  Append(Lines(1, 2));
  int seen = 0;
  const auto stopped = store_->ForEachLine(ARun().id, [&](const LedgerLine& line) -> Result<void> {
    EXPECT_EQ(line.usage.id.seq, ++seen);
    if (seen == 3) return Fail(ErrorCode::kIo, "enough");
    return {};
  });
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().what, "enough");
  EXPECT_EQ(seen, 3);
}

}  // namespace
}  // namespace epochcost::store::sqlite
