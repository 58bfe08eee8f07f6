#include "meter/replica_split.h"
#include "model/replica.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>

namespace epochcost::meter {
namespace {

BootTime At(std::int64_t ms) { return BootTime{ms * kNanosPerMilli}; }

Wide Of(const std::vector<ReplicaUse>& uses, std::int32_t replica) {
  for (const ReplicaUse& use : uses) {
    if (use.replica == replica) return use.value;
  }
  return -1;
}

Wide SumOf(const std::vector<ReplicaUse>& uses) {
  Wide sum = 0;
  for (const ReplicaUse& use : uses) sum += use.value;
  return sum;
}

std::int64_t Int(Wide value) { return static_cast<std::int64_t>(value); }

CounterSplit Exact(std::int32_t home) { return {home, CounterSplit::Claims::kExact}; }

TEST(CounterSplit, GivesEverythingHomeWhereThereIsNoRank) {
  CounterSplit split = Exact(0);
  EXPECT_EQ(split.Divide(At(100), 500, {}, false), (std::vector<ReplicaUse>{{0, 500}}));
}

TEST(CounterSplit, GivesEachRankItsOwnAndTheRestToNobodyAfterASecond) {
  CounterSplit split = Exact(kSharedReplica);
  const std::vector<ReplicaUse> ranks = {{0, 300}, {1, 100}};
  const auto first = split.Divide(At(0), 450, ranks, false);
  EXPECT_EQ(Int(Of(first, 0)), 300);
  EXPECT_EQ(Int(Of(first, 1)), 100);
  EXPECT_EQ(Int(SumOf(first)), 400) << "50 are held back";
  const auto later = split.Divide(At(1000), 450, ranks, false);
  EXPECT_EQ(Int(Of(later, kSharedReplica)), 50);
  EXPECT_EQ(Int(SumOf(later)), 450);
}

TEST(CounterSplit, LetsARankThatIsFoundLateClaimWhatItUsedBefore) {
  CounterSplit split = Exact(kSharedReplica);
  (void)split.Divide(At(0), 100, std::vector<ReplicaUse>{{0, 100}}, false);
  (void)split.Divide(At(100), 300, std::vector<ReplicaUse>{{0, 200}}, false);
  const auto found = split.Divide(At(200), 500, std::vector<ReplicaUse>{{0, 300}, {1, 200}}, true);
  EXPECT_EQ(Int(Of(found, 0)), 300);
  EXPECT_EQ(Int(Of(found, 1)), 200);
  EXPECT_EQ(Int(SumOf(found)), 500);
}

TEST(CounterSplit, MeetsClaimsThatAreAheadOfTheWholeAtTheNextReading) {
  CounterSplit split = Exact(kSharedReplica);
  const std::vector<ReplicaUse> ranks = {{0, 600}, {1, 600}};
  EXPECT_EQ(Int(SumOf(split.Divide(At(0), 1000, ranks, false))), 1000);
  const auto next = split.Divide(At(100), 1200, ranks, false);
  EXPECT_EQ(Int(Of(next, 0)), 600);
  EXPECT_EQ(Int(Of(next, 1)), 600);
}

TEST(CounterSplit, CountsARankThatDiedAndCameAgainTogether) {
  CounterSplit split = Exact(kSharedReplica);
  (void)split.Divide(At(0), 400, std::vector<ReplicaUse>{{0, 400}}, false);
  const auto again = split.Divide(At(100), 450, std::vector<ReplicaUse>{{0, 50}}, true);
  EXPECT_EQ(Int(Of(again, 0)), 450);
}

TEST(CounterSplit, ContinuesWhereAnEarlierMeterStopped) {
  CounterSplit split = Exact(kSharedReplica);
  split.Resume({0, 700});
  split.Resume({kSharedReplica, 100});
  const auto resumed = split.Divide(At(0), 1000, std::vector<ReplicaUse>{{0, 900}}, true);
  EXPECT_EQ(Int(Of(resumed, 0)), 900);
  EXPECT_EQ(Int(Of(resumed, kSharedReplica)), 100);
}

TEST(CounterSplit, DoesNotTakeAwayWhatACounterThatBeganAnewHasForgotten) {
  CounterSplit split = Exact(kSharedReplica);
  split.Resume({0, 700});
  const auto resumed = split.Divide(At(0), 750, std::vector<ReplicaUse>{{0, 10}}, false);
  EXPECT_EQ(Int(Of(resumed, 0)), 700);
  const auto next = split.Divide(At(100), 800, std::vector<ReplicaUse>{{0, 60}}, false);
  EXPECT_EQ(Int(Of(next, 0)), 750);
}

TEST(CounterSplit, DividesPacketsByPayload) {
  CounterSplit split(kSharedReplica, CounterSplit::Claims::kRelative);
  const auto divided = split.Divide(At(0), 1040, std::vector<ReplicaUse>{{0, 750}, {1, 250}}, true);
  EXPECT_EQ(Int(Of(divided, 0)), 780);
  EXPECT_EQ(Int(Of(divided, 1)), 260);
}

TEST(DivideGauge, NeverGivesMoreThanTheWhole) {
  const auto parts = DivideGauge(900, std::vector<ReplicaUse>{{0, 600}, {1, 600}}, 0);
  EXPECT_EQ(Int(Of(parts, 0)), 450);
  EXPECT_EQ(Int(Of(parts, 1)), 450);
  EXPECT_EQ(Int(Of(parts, kSharedReplica)), 0);
}

RC_GTEST_PROP(CounterSplit, IsTheWholeAtTheEndAndNeverFallsNorExceedsItBefore,
              (std::vector<std::array<std::uint16_t, 4>> steps)) {
  CounterSplit split = Exact(kSharedReplica);
  Wide whole = 0;
  std::array<Wide, 3> ranks{};
  std::map<std::int32_t, Wide> last;
  steps.push_back({});
  for (std::size_t i = 0; i < steps.size(); ++i) {
    for (std::size_t k = 0; k < 3; ++k) ranks.at(k) += steps[i].at(k);
    whole += steps[i][3];  // the ranks' counters may say anything
    const std::vector<ReplicaUse> uses = {{0, ranks[0]}, {1, ranks[1]}, {7, ranks[2]}};
    const bool final = i + 1 == steps.size();
    const auto parts = split.Divide(At(static_cast<std::int64_t>(i) * 100), whole, uses, final);
    for (const ReplicaUse& part : parts) {
      RC_ASSERT(part.value >= last[part.replica]);
      last[part.replica] = part.value;
    }
    RC_ASSERT(SumOf(parts) <= whole);
    if (final) RC_ASSERT(SumOf(parts) == whole);
  }
}

TEST(CounterSplit, AddsToWhatWasCommittedWhereTheWholeBeginsAnew) {
  CounterSplit split = Exact(0);
  split.Resume({0, 700}, true);
  split.Resume({1, 300}, true);
  const auto resumed = split.Divide(At(0), 0, std::vector<ReplicaUse>{{0, 0}, {1, 0}}, true);
  EXPECT_EQ(Int(Of(resumed, 0)), 700);
  const auto next = split.Divide(At(100), 90, std::vector<ReplicaUse>{{0, 60}, {1, 20}}, true);
  EXPECT_EQ(Int(Of(next, 0)), 760);
  EXPECT_EQ(Int(Of(next, 1)), 320);
  EXPECT_EQ(Int(Of(next, kSharedReplica)), 10);
}

Sample Gpu(Signal signal, std::int32_t replica, std::int64_t ms, Wide value,
           Quality quality = Quality::kMeasured) {
  return {signal, SourceKind::kNvml, replica, At(ms), value, quality};
}

Sample Cpu(std::int32_t replica, std::int64_t ms, Wide value) {
  return {Signal::kCpuNs, SourceKind::kBpfSwitch, replica, At(ms), value};
}

Wide Part(const std::vector<Sample>& samples, Signal signal, std::int32_t replica) {
  for (const Sample& sample : samples) {
    if (sample.signal == signal && sample.replica == replica) return sample.value;
  }
  return -1;
}

TEST(ReplicaSplit, GivesTheTimeOfAGpuToTheRankThatUsedItNotToTheOneThatComputes) {
  ReplicaSplit split(kSharedReplica);
  const std::vector<Sample> whole = {Gpu(Signal::kGpuBusyNs, 0, 5, 1000, Quality::kModelled)};
  const std::vector<Sample> ranks = {Cpu(0, 5, 900), Cpu(1, 5, 100),
                                     Gpu(Signal::kGpuBusyNs, 0, 5, 200, Quality::kModelled),
                                     Gpu(Signal::kGpuBusyNs, 1, 5, 700)};
  const auto out = split.Divide(whole, ranks, false);
  EXPECT_EQ(Int(Part(out, Signal::kGpuBusyNs, 0)), 200);
  EXPECT_EQ(Int(Part(out, Signal::kGpuBusyNs, 1)), 700);
  EXPECT_EQ(Int(Part(out, Signal::kGpuBusyNs, kSharedReplica)), 100) << "at once, not after 1 s";
  for (const Sample& part : out) {
    EXPECT_EQ(part.quality, part.replica == 1 ? Quality::kMeasured : Quality::kModelled);
  }
}

TEST(ReplicaSplit, DividesGpusByCpuTimeWhereNobodyShowsWhoIsOnThem) {
  ReplicaSplit split(kSharedReplica);
  const auto divide = [&](std::int64_t ms, Wide busy, Quality quality, std::vector<Sample> ranks) {
    return split.Divide(std::vector<Sample>{Gpu(Signal::kGpuBusyNs, 0, ms, busy, quality),
                                            Gpu(Signal::kGpuHeldNs, 0, ms, 2 * busy)},
                        ranks, false);
  };
  const auto hidden = divide(0, 1000, Quality::kAssumed, {Cpu(0, 0, 750), Cpu(1, 0, 250)});
  EXPECT_EQ(Int(Part(hidden, Signal::kGpuBusyNs, 0)), 750);
  EXPECT_EQ(Int(Part(hidden, Signal::kGpuHeldNs, 1)), 500);
  // Now they are shown: what was given stays, what comes is theirs.
  const auto shown = divide(100, 1500, Quality::kMeasured,
                            {Cpu(0, 100, 990), Cpu(1, 100, 260), Gpu(Signal::kGpuBusyNs, 0, 100, 0),
                             Gpu(Signal::kGpuBusyNs, 1, 100, 0)});
  EXPECT_EQ(Int(Part(shown, Signal::kGpuBusyNs, kSharedReplica)), 500);
  const auto used =
      divide(200, 1900, Quality::kMeasured,
             {Cpu(0, 200, 2000), Cpu(1, 200, 300), Gpu(Signal::kGpuBusyNs, 0, 200, 100),
              Gpu(Signal::kGpuBusyNs, 1, 200, 300)});
  EXPECT_EQ(Int(Part(used, Signal::kGpuBusyNs, 0)), 850);
  EXPECT_EQ(Int(Part(used, Signal::kGpuBusyNs, 1)), 550);
}

TEST(ReplicaSplit, LeavesAGpuThatNoRankUsesToNone) {
  ReplicaSplit split(kSharedReplica);
  const std::vector<Sample> whole = {Gpu(Signal::kGpuBusyNs, 0, 5, 0),
                                     Gpu(Signal::kGpuHeldNs, 0, 5, 400)};
  const auto out = split.Divide(whole, std::vector<Sample>{Cpu(0, 5, 900)}, false);
  EXPECT_EQ(Int(Part(out, Signal::kGpuHeldNs, kSharedReplica)), 400);
}

TEST(ReplicaSplit, CountsOnFromAWholeThatBeganAnewBeforeThereWasARank) {
  ReplicaSplit split(0);
  split.Resume({Gpu(Signal::kGpuBusyNs, 0, 0, 700)});
  const auto before =
      split.Divide(std::vector<Sample>{Gpu(Signal::kGpuBusyNs, 0, 5, 40)}, {}, false);
  EXPECT_EQ(Int(Part(before, Signal::kGpuBusyNs, 0)), 40) << "as it reads: its fall is told";
  const auto after =
      split.Divide(std::vector<Sample>{Gpu(Signal::kGpuBusyNs, 0, 10, 60)},
                   std::vector<Sample>{Cpu(0, 10, 1), Gpu(Signal::kGpuBusyNs, 1, 10, 20)}, false);
  EXPECT_EQ(Int(Part(after, Signal::kGpuBusyNs, 0)), 40);
  EXPECT_EQ(Int(Part(after, Signal::kGpuBusyNs, 1)), 20);
}

TEST(ReplicaSplit, KnowsWhichWholesANewMeterCountsFromZero) {
  for (const SourceKind source : {SourceKind::kRapl, SourceKind::kPowerModel}) {
    ReplicaSplit split(kSharedReplica);
    split.Resume({{Signal::kCpuEnergyUj, source, 0, At(0), 600},
                  {Signal::kCpuEnergyUj, source, 1, At(0), 400}});
    const Wide whole = source == SourceKind::kRapl ? 50 : 1050;
    const auto out =
        split.Divide(std::vector<Sample>{{Signal::kCpuEnergyUj, source, 0, At(5), whole}},
                     std::vector<Sample>{Cpu(0, 5, 10), Cpu(1, 5, 10)}, true);
    EXPECT_EQ(Int(Part(out, Signal::kCpuEnergyUj, 0)), 625);
    EXPECT_EQ(Int(Part(out, Signal::kCpuEnergyUj, 1)), 425);
  }
}

TEST(ReplicaSplit, LeavesARunWithoutRanksAsItIs) {
  ReplicaSplit split(0);
  const std::vector<Sample> whole = {{Signal::kCpuNs, SourceKind::kCgroupCpuStat, 0, At(5), 77}};
  const auto out = split.Divide(whole, {}, false);
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].replica, 0);
  EXPECT_EQ(Int(out[0].value), 77);
}

TEST(ReplicaSplit, IsAsWellKnownAsWhatTellsTheRanksApart) {
  ReplicaSplit split(kSharedReplica);
  const std::vector<Sample> whole = {
      {Signal::kMemoryBytes, SourceKind::kCgroupMemory, 0, At(5), 900}};
  const std::vector<Sample> ranks = {
      {Signal::kMemoryBytes, SourceKind::kProcMemory, 2, At(5), 600, Quality::kModelled}};
  const auto out = split.Divide(whole, ranks, false);
  ASSERT_EQ(out.size(), 2U);
  EXPECT_EQ(out[0].replica, 2);
  EXPECT_EQ(out[0].quality, Quality::kModelled);
  EXPECT_EQ(Int(out[1].value), 300);
}

}  // namespace
}  // namespace epochcost::meter
