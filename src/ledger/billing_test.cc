#include "ledger/billing.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace epochcost::ledger {
namespace {

constexpr std::int64_t kHour = 3600 * kNanosPerSecond;

PriceSheet Renting(Resource resource, std::int64_t nano, std::int64_t milli) {
  PriceSheet sheet;
  sheet.rates.at(static_cast<std::size_t>(resource)) = Rate{nano, Info(resource).units_per_priced};
  sheet.rented.at(static_cast<std::size_t>(resource)) = Rented{milli};
  return sheet;
}

RunCost Cost(const char* id, std::int64_t t0, std::int64_t t1, Resource resource, Wide used_nano) {
  RunCost cost;
  cost.run.id = RunId{id};
  cost.run.started = UtcTime{t0};
  cost.run.ended = UtcTime{t1};
  cost.sums.at(static_cast<std::size_t>(resource)) = ResourceSum{.amount_nano = used_nano};
  cost.total.nano = used_nano;
  return cost;
}

Tenancy Of(const RunCost& cost) { return {cost.run.id, cost.run.started, *cost.run.ended}; }

Billing BillOf(const RunCost& cost, std::vector<Tenancy> neighbours, const PriceSheet& sheet) {
  const PriceSpan span{cost.run.started, *cost.run.ended, sheet};
  const auto billing = Bill(cost, neighbours, std::vector{span}, UtcTime{0});
  EXPECT_TRUE(billing) << (billing ? "" : Describe(billing.error()));
  return billing.value_or(Billing{});
}

TEST(Bill, WhatIsRentedIsPaidWhetherUsedOrNot) {
  // 8 GPUs at 5 an hour for 2 h, of which 11.5 were used.
  const RunCost cost = Cost("a", 0, 2 * kHour, Resource::kGpuTime, 11'500'000'000);
  const Billing billing = BillOf(cost, {}, Renting(Resource::kGpuTime, 5'000'000'000, 8'000));
  EXPECT_EQ(billing.billed.nano, 80'000'000'000);
  EXPECT_EQ(billing.idle.nano, 68'500'000'000);
}

TEST(Bill, WhatIsNotRentedIsBilledAsUsed) {
  const RunCost cost = Cost("a", 0, kHour, Resource::kNetworkIn, 42);
  const Billing billing = BillOf(cost, {}, PriceSheet{});
  EXPECT_EQ(billing.billed.nano, 42);
  EXPECT_EQ(billing.idle.nano, 0);
}

TEST(Bill, RentedMemoryIsPaidByTheGbHour) {
  const RunCost cost = Cost("a", 0, 3 * kHour, Resource::kMemory, 0);
  // 768 GB × 3 h × 0.01
  EXPECT_EQ(BillOf(cost, {}, Renting(Resource::kMemory, 10'000'000, 768'000)).billed.nano,
            23'040'000'000);
}

TEST(Bill, MemoryPricedPerEpochIsBilledAsUsedThoughRented) {
  PriceSheet sheet = Renting(Resource::kMemory, 50'000'000, 768'000);
  sheet.memory_basis = MemoryBasis::kPerEpoch;
  EXPECT_EQ(BillOf(Cost("a", 0, kHour, Resource::kMemory, 7), {}, sheet).billed.nano, 7);
}

TEST(Bill, IdleIsNegativeWhereMoreWasUsedThanRented) {
  const RunCost cost = Cost("a", 0, kHour, Resource::kCpuTime, 1'000'000'000);
  EXPECT_EQ(BillOf(cost, {}, Renting(Resource::kCpuTime, 200'000'000, 1'000)).idle.nano,
            -800'000'000);
}

TEST(Bill, TwoRunsAtOnceShareTheRentEqually) {
  const PriceSheet sheet = Renting(Resource::kGpuTime, 5'000'000'000, 1'000);
  const RunCost first = Cost("a", 0, 2 * kHour, Resource::kGpuTime, 0);
  const RunCost second = Cost("b", kHour, 2 * kHour, Resource::kGpuTime, 0);
  EXPECT_EQ(BillOf(first, {Of(second)}, sheet).billed.nano, 7'500'000'000);
  EXPECT_EQ(BillOf(second, {Of(first)}, sheet).billed.nano, 2'500'000'000);
}

TEST(Bill, SharesThatWereAskedForDivideTheRent) {
  const PriceSheet sheet = Renting(Resource::kGpuTime, 4'000'000'000, 1'000);
  const RunCost cost = Cost("a", 0, kHour, Resource::kGpuTime, 0);
  const std::vector<Tenancy> both = {{RunId{"a"}, UtcTime{0}, UtcTime{kHour}, 3},
                                     {RunId{"b"}, UtcTime{0}, UtcTime{kHour}, 1}};
  EXPECT_EQ(BillOf(cost, both, sheet).billed.nano, 3'000'000'000);
}

TEST(Bill, AVersionThatRentsNothingBillsItsTimeAsUsed) {
  const RunCost cost = Cost("a", 0, 4 * kHour, Resource::kGpuTime, 1'000);
  PriceSheet free = Renting(Resource::kGpuTime, 1'000'000'000, 1'000);
  free.rented = {};
  const std::vector<PriceSpan> spans = {
      {UtcTime{0}, UtcTime{kHour}, free},
      {UtcTime{kHour}, UtcTime{4 * kHour}, Renting(Resource::kGpuTime, 1'000'000'000, 1'000)}};
  EXPECT_EQ(Bill(cost, {}, spans, UtcTime{0})->billed.nano, 3'000'000'250);
}

TEST(Bill, ARunThatIsStillGoingIsBilledUntilNow) {
  RunCost cost = Cost("a", 0, 0, Resource::kGpuTime, 0);
  cost.run.ended.reset();
  const std::vector<PriceSpan> spans = {
      {UtcTime{0}, UtcTime{kHour}, Renting(Resource::kGpuTime, 5'000'000'000, 1'000)}};
  EXPECT_EQ(Bill(cost, {}, spans, UtcTime{kHour})->billed.nano, 5'000'000'000);
}

TEST(Bill, ARunThatEndsBeforeItBeginsIsAnError) {
  const RunCost cost = Cost("a", 10, 5, Resource::kGpuTime, 0);
  EXPECT_EQ(Bill(cost, {}, {}, UtcTime{0}).error().code, ErrorCode::kInvalidInput);
}

RC_GTEST_PROP(Bill, TheSharesOfAllRunsSumToTheMachinesRentExactly, ()) {
  const auto nano = *rc::gen::inRange<std::int64_t>(0, 10'000'000'000);
  const PriceSheet sheet =
      Renting(Resource::kGpuTime, nano, *rc::gen::inRange<std::int64_t>(1, 10'000));
  const auto count = *rc::gen::inRange(1, 6);
  constexpr std::int64_t kLength = 1'000'000'000'000;
  std::vector<RunCost> runs = {
      Cost("all", 0, kLength, Resource::kGpuTime, 0)};  // the machine is never empty
  for (int i = 0; i < count; ++i) {
    const auto t0 = *rc::gen::inRange<std::int64_t>(0, kLength - 1);
    runs.push_back(Cost(("r" + std::to_string(i)).c_str(), t0,
                        *rc::gen::inRange<std::int64_t>(t0 + 1, kLength + 1), Resource::kGpuTime,
                        0));
  }
  std::vector<Tenancy> tenancies;
  for (const RunCost& run : runs) tenancies.push_back(Of(run));
  Wide sum = 0;
  for (const RunCost& run : runs) sum += BillOf(run, tenancies, sheet).billed.nano;
  const RunCost alone = Cost("alone", 0, kLength, Resource::kGpuTime, 0);
  RC_ASSERT(sum == BillOf(alone, {}, sheet).billed.nano);
}

}  // namespace
}  // namespace epochcost::ledger
