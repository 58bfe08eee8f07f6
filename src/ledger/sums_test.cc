#include "ledger/sums.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <random>

namespace epochcost::ledger {
namespace {

LedgerLine Line(std::int32_t replica, Scope scope, Resource resource, std::int64_t t0,
                std::int64_t t1, std::int64_t used, std::int64_t nano) {
  LedgerLine line;
  line.usage.id.resource = resource;
  line.usage.replica = replica;
  line.usage.scope = scope;
  line.usage.t0 = UtcTime{t0};
  line.usage.t1 = UtcTime{t1};
  line.usage.u0 = 100;
  line.usage.u1 = 100 + used;
  line.usage.source = SourceKind::kReplay;
  line.amount = NanoMoney{nano};
  return line;
}

constexpr Scope kEpoch0{ScopeKind::kEpoch, 0};
constexpr Scope kEpoch1{ScopeKind::kEpoch, 1};
constexpr Scope kEval0{ScopeKind::kEval, 0};

RunCost CostOf(const std::vector<LedgerLine>& lines) {
  Sums sums;
  for (const LedgerLine& line : lines) sums.Add(line);
  return AddUp(Run{}, sums.Rows());
}

std::vector<LedgerLine> SomeLines() {
  return {Line(0, kEpoch0, Resource::kCpuTime, 0, 10, 7, 70),
          Line(1, kEpoch0, Resource::kCpuTime, 0, 20, 5, 50),
          Line(0, kEpoch1, Resource::kCpuTime, 10, 15, 1, 10),
          Line(0, kEval0, Resource::kNetworkIn, 15, 18, 9, 3)};
}

TEST(Sums, AddUpByEpochPhaseReplicaAndResource) {
  const RunCost cost = CostOf(SomeLines());
  ASSERT_EQ(cost.epochs.size(), 2U);
  ASSERT_EQ(cost.phases.size(), 1U);
  EXPECT_EQ(cost.epochs[0].total.nano, 120);
  EXPECT_EQ(cost.epochs[0].replicas, 2);
  EXPECT_EQ(cost.epochs[0].held, Nanos{15});  // the mean of 10 and 20
  EXPECT_EQ(cost.epochs[0].t1, UtcTime{20});
  EXPECT_EQ(cost.phases[0].total.nano, 3);
  EXPECT_EQ(cost.replicas[0].total.nano, 83);
  EXPECT_EQ(cost.replicas[1].total.nano, 50);
  EXPECT_EQ(cost.sums[1]->quantity, 13);
  EXPECT_EQ(cost.total.nano, 133);
  EXPECT_FALSE(cost.sums[0]) << "what was not metered is absent, not 0";
  EXPECT_TRUE(CheckConservation(cost));
}

TEST(Sums, AClosingLineAddsMoneyAndNoUse) {
  LedgerLine close = Line(0, kEpoch0, Resource::kMemory, 0, 10, 500, 42);
  close.usage.kind = LineKind::kMemoryClose;
  const RunCost cost = CostOf({Line(0, kEpoch0, Resource::kMemory, 0, 10, 500, 0), close});
  EXPECT_EQ(cost.sums[2]->quantity, 500);
  EXPECT_EQ(cost.sums[2]->amount_nano, 42);
  EXPECT_EQ(cost.epochs[0].held, Nanos{10});
}

TEST(Sums, TheWorstQualityIsTheSums) {
  auto lines = SomeLines();
  lines[1].usage.quality = Quality::kModelled;
  EXPECT_EQ(CostOf(lines).epochs[0].sums[1]->quality, Quality::kModelled);
}

TEST(CheckConservation, NamesTheFirstTwoThatDiffer) {
  RunCost cost = CostOf(SomeLines());
  cost.total.nano += 1;
  EXPECT_EQ(CheckConservation(cost).error().what,
            "the sums disagree: resources is 133 and total is 134");
  cost = CostOf(SomeLines());
  cost.epochs[1].total.nano -= 1;
  EXPECT_THAT(CheckConservation(cost).error().what,
              testing::HasSubstr("epoch 1 resources is 10 and epoch 1 total is 9"));
  cost = CostOf(SomeLines());
  cost.replicas.pop_back();
  EXPECT_THAT(CheckConservation(cost).error().what,
              testing::HasSubstr("replicas cpu amount_nano is 80"));
}

TEST(CheckConservation, SeesUseThatIsLostWithoutMoney) {
  RunCost cost = CostOf(SomeLines());
  cost.phases[0].sums[3]->quantity -= 1;
  EXPECT_THAT(CheckConservation(cost).error().what, testing::HasSubstr("network_in_bytes is 8"));
}

RC_GTEST_PROP(Sums, HoldForAnyLinesInAnyOrder, ()) {
  const auto count = *rc::gen::inRange(0, 60);
  std::vector<LedgerLine> lines;
  Wide total = 0;
  for (int i = 0; i < count; ++i) {
    const auto kind = static_cast<ScopeKind>(*rc::gen::inRange(0, 5));
    const auto resource = static_cast<Resource>(*rc::gen::inRange(0, 6));
    const auto nano = *rc::gen::arbitrary<std::int64_t>();
    lines.push_back(Line(*rc::gen::inRange(0, 3), {kind, *rc::gen::inRange<std::int64_t>(0, 4)},
                         resource, i, i + 1,
                         *rc::gen::inRange<std::int64_t>(0, 1'000'000'000'000'000), nano));
    total += nano;
  }
  const RunCost cost = CostOf(lines);
  RC_ASSERT(CheckConservation(cost).has_value());
  RC_ASSERT(cost.total.nano == total);
  std::shuffle(lines.begin(), lines.end(), std::mt19937(*rc::gen::arbitrary<std::uint32_t>()));
  const RunCost again = CostOf(lines);
  RC_ASSERT(again.epochs.size() == cost.epochs.size());
  for (std::size_t i = 0; i < cost.epochs.size(); ++i) {
    RC_ASSERT(again.epochs[i].total == cost.epochs[i].total);
    RC_ASSERT(again.epochs[i].held == cost.epochs[i].held);
  }
}

}  // namespace
}  // namespace epochcost::ledger
