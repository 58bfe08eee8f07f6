#include "api/figures.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "api/made_up_run.h"

namespace epochcost::api {
namespace {

TEST(Figures, WhatWasNotMeteredIsAbsentAndNotZero) {
  const RunCost cost = testing::MadeUpRun();
  EXPECT_FALSE(SumOf(cost.sums, Term::kGpu, {}));
  EXPECT_EQ(NetworkBytes(cost.sums), Wide{6'000});  // out alone
  EXPECT_FALSE(NetworkBytes(ResourceSums{}));
  EXPECT_FALSE(AverageMemory(ResourceSums{}, Nanos{1}));
}

TEST(Figures, LoopbackIsInNoTerm) {
  ResourceSums sums;
  testing::Put(sums, Resource::kLoopback, 99, 0, Quality::kMeasured, SourceKind::kBpfCgroupSkb);
  EXPECT_FALSE(SumOf(sums, Term::kNetwork, {}));
}

TEST(Figures, AverageMemoryIsByteMillisecondsOverTime) {
  const RunCost cost = testing::MadeUpRun();
  EXPECT_EQ(AverageMemory(cost.epochs.front().sums, cost.epochs.front().held), Wide{500'000'000});
}

TEST(Figures, PricesAreToldPerUnitThatAPersonKnows) {
  const PriceSheet sheet = testing::MadeUpSheet();
  EXPECT_EQ(PriceOf(sheet, Resource::kCpuTime)->nano, Wide{200'000'000});
  EXPECT_EQ(PriceOf(sheet, Resource::kCpuTime)->unit, "hour");
  EXPECT_EQ(PriceOf(sheet, Resource::kMemory)->nano, Wide{50'000'000});
  EXPECT_EQ(PriceOf(sheet, Resource::kMemory)->unit, "GB_epoch");
  EXPECT_FALSE(PriceOf(sheet, Resource::kLoopback));
}

TEST(Figures, ExactTimesKeepEveryNanosecond) {
  EXPECT_EQ(ExactUtc(UtcTime{testing::kStart + 123'456'789}), "2026-11-18T11:06:40.123456789Z");
  EXPECT_EQ(ExactUtc(UtcTime{-1}), "1969-12-31T23:59:59.999999999Z");
}

TEST(Figures, QuotientsAreExactDecimals) {
  EXPECT_EQ(DecimalQuotient(1, 8, 12), "0.125");
  EXPECT_EQ(DecimalQuotient(-1, 3, 4), "-0.3333");
  EXPECT_EQ(DecimalQuotient(-1, 100'000, 3), "0");
  EXPECT_EQ(DecimalQuotient(7, 1, 0), "7");
}

TEST(Figures, AModelledEpochDoesNotMakeTheWholeRunModelled) {
  RunCost cost;
  cost.epochs.resize(2);
  testing::Put(cost.epochs[0].sums, Resource::kMemory, 1, 750, Quality::kMeasured,
               SourceKind::kReplay);
  testing::Put(cost.epochs[1].sums, Resource::kMemory, 1, 250, Quality::kModelled,
               SourceKind::kReplay);
  testing::Put(cost.sums, Resource::kMemory, 2, 1000, Quality::kModelled, SourceKind::kReplay);
  EXPECT_EQ(ProvenanceOf(cost).permille[static_cast<std::size_t>(Quality::kMeasured)], 750);
  EXPECT_EQ(ProvenanceOf(cost).permille[static_cast<std::size_t>(Quality::kModelled)], 250);
}

RC_GTEST_PROP(Figures, ProvenanceAddsUpToAThousandWhateverTheParts, ()) {
  ResourceSums sums;
  bool any = false;
  for (const ResourceInfo& info : Resources()) {
    const auto nano = *rc::gen::inRange<std::int64_t>(0, 1'000'000);
    any = any || nano != 0;
    testing::Put(sums, info.resource, 1, nano, static_cast<Quality>(*rc::gen::inRange(0, 3)),
                 SourceKind::kReplay);
  }
  const Provenance provenance = ProvenanceOf(sums);
  const auto sum = provenance.permille[0] + provenance.permille[1] + provenance.permille[2];
  RC_ASSERT(sum == (any ? 1000 : 0));
}

}  // namespace
}  // namespace epochcost::api
