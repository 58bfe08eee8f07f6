#include "probe/gpu/gpu_meter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace epochcost::probe {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr pid_t kOurs = 4711;
constexpr pid_t kOurSecondRank = 4712;
constexpr pid_t kTheirs = 99;

std::optional<std::int32_t> ReplicaOfPid(pid_t pid) {
  if (pid == kOurs) return 0;
  if (pid == kOurSecondRank) return 1;
  return std::nullopt;
}

Gpu Board(std::int64_t index = 0) {
  return {.index = index,
          .uuid = "GPU-" + std::to_string(index),
          .name = "board",
          .memory_bytes = 80'000'000'000,
          .power_limit_mw = 400'000};
}

GpuReading At(std::int64_t ms, Ppm busy, std::vector<GpuProcess> processes) {
  GpuReading reading;
  reading.at = BootTime{ms * kNanosPerMilli};
  reading.busy = busy;
  reading.energy_uj = ms * 300;  // 300 mW
  reading.knows_processes = true;
  reading.processes = std::move(processes);
  return reading;
}

GpuProcess Process(pid_t pid, std::optional<Ppm> busy = {}) { return {pid, 1'000'000, busy}; }

TEST(GpuMeter, CountsTheTimeInUseAndTheBoardsOwnEnergy) {
  GpuMeter meter(true, ReplicaOfPid);
  meter.Take(Board(), At(0, 0, {Process(kOurs)}));
  meter.Take(Board(), At(1000, kAll / 2, {Process(kOurs)}));
  meter.Take(Board(), At(1500, kAll, {Process(kOurs)}));
  const GpuTotals& totals = meter.Whole();
  EXPECT_EQ(totals.busy_ns, Wide{500 + 500} * kNanosPerMilli);
  EXPECT_EQ(totals.held_ns, Wide{1500} * kNanosPerMilli);
  EXPECT_EQ(totals.energy_uj, 1500 * 300);
  EXPECT_EQ(totals.busy_quality, Quality::kMeasured);
  EXPECT_EQ(totals.energy_quality, Quality::kMeasured);
  EXPECT_THAT(meter.TakeNotices(), IsEmpty());
}

TEST(GpuMeter, SharesAGpuWithOthersByTheTimeOfTheirKernels) {
  GpuMeter meter(true, ReplicaOfPid);
  const std::vector<GpuProcess> both = {Process(kOurs, kAll / 4), Process(kTheirs, 3 * kAll / 4)};
  meter.Take(Board(), At(0, kAll, both));
  meter.Take(Board(), At(1000, kAll, both));
  EXPECT_EQ(meter.Whole().busy_ns, Wide{250} * kNanosPerMilli);
  EXPECT_EQ(meter.Whole().energy_uj, 1000 * 300 / 4);
  EXPECT_EQ(meter.Whole().busy_quality, Quality::kModelled);
  EXPECT_THAT(meter.TakeNotices(), ElementsAre(HasSubstr("GPU 0 is shared")));
  EXPECT_THAT(meter.TakeNotices(), IsEmpty()) << "told once";
}

TEST(GpuMeter, ChargesNothingForAGpuThatOnlyOthersUse) {
  GpuMeter meter(false, ReplicaOfPid);
  meter.Take(Board(), At(0, kAll, {Process(kTheirs)}));
  meter.Take(Board(), At(1000, kAll, {Process(kTheirs)}));
  EXPECT_EQ(meter.Whole().busy_ns, 0);
  EXPECT_EQ(meter.Whole().held_ns, 0);
  EXPECT_EQ(meter.Whole().energy_uj, 0);
}

TEST(GpuMeter, HoldsAnUnallocatedGpuFromTheRunsFirstProcessOnIt) {
  GpuMeter meter(false, ReplicaOfPid);
  meter.Take(Board(), At(0, 0, {}));
  meter.Take(Board(), At(1000, 0, {}));
  EXPECT_EQ(meter.Whole().held_ns, 0);
  meter.Take(Board(), At(2000, kAll, {Process(kOurs)}));
  EXPECT_EQ(meter.Whole().held_ns, Wide{1000} * kNanosPerMilli);
}

TEST(GpuMeter, TellsReplicasApartAndLosesNothingBetweenThem) {
  GpuMeter meter(true, ReplicaOfPid);
  const std::vector<GpuProcess> ranks = {Process(kOurs, kAll / 3),
                                         Process(kOurSecondRank, kAll / 7)};
  meter.Take(Board(), At(0, kAll, ranks));
  meter.Take(Board(), At(777, kAll, ranks));
  const auto& totals = meter.Totals();
  EXPECT_GT(totals.at(0).energy_uj, totals.at(1).energy_uj);
  EXPECT_GT(totals.at(0).busy_ns, 2 * totals.at(1).busy_ns) << "7 to 3";
  EXPECT_NEAR(static_cast<double>(totals.at(0).energy_uj + totals.at(1).energy_uj), 777 * 300, 1);
}

TEST(GpuMeter, GivesEachRankTheGpuThatItsProcessIsOnAsMeasured) {
  GpuMeter meter(true, ReplicaOfPid);
  for (const std::int64_t ms : {0, 1000}) {
    meter.Take(Board(0), At(ms, kAll, {Process(kOurs)}));
    meter.Take(Board(1), At(ms, kAll / 4, {Process(kOurSecondRank)}));
    meter.Take(Board(2), At(ms, 0, {}));
  }
  EXPECT_EQ(meter.Totals().at(0).busy_ns, Wide{1000} * kNanosPerMilli);
  EXPECT_EQ(meter.Totals().at(1).busy_ns, Wide{250} * kNanosPerMilli);
  EXPECT_EQ(meter.Totals().at(0).held_ns, Wide{1000} * kNanosPerMilli);
  EXPECT_EQ(meter.Totals().at(1).held_ns, Wide{1000} * kNanosPerMilli) << "all of it: nobody else";
  EXPECT_EQ(meter.Totals().at(kSharedReplica).held_ns, Wide{1000} * kNanosPerMilli)
      << "no rank is on the third";
  EXPECT_EQ(meter.Totals().at(0).busy_quality, Quality::kMeasured);
  EXPECT_EQ(meter.RankOf(kOurs), 0);
  EXPECT_EQ(meter.RankOf(kTheirs), std::nullopt);
}

TEST(GpuMeter, TellsWhichRankHoldsAGpuThatItDoesNotUse) {
  GpuMeter meter(true, ReplicaOfPid);
  for (int second = 0; second <= 61; ++second)
    meter.Take(Board(3), At(second * 1000, 0, {Process(kOurSecondRank)}));
  EXPECT_THAT(meter.TakeNotices(), ElementsAre(HasSubstr("GPU 3 is held by rank 1 and has not")));
}

TEST(GpuMeter, CountsAnEnergyCounterThatWasResetFromZeroAndTellsIt) {
  GpuMeter meter(true, ReplicaOfPid);
  meter.Take(Board(), At(0, 0, {Process(kOurs)}));
  meter.Take(Board(), At(1000, 0, {Process(kOurs)}));
  GpuReading after = At(2000, 0, {Process(kOurs)});
  after.energy_uj = 5;
  meter.Take(Board(), after);
  EXPECT_EQ(meter.Whole().energy_uj, 1000 * 300 + 5);
  EXPECT_THAT(meter.TakeNotices(), ElementsAre(HasSubstr("went backwards")));
}

TEST(GpuMeter, TakesPowerWhereThereIsNoEnergyCounterAndSaysThatItIsModelled) {
  GpuMeter meter(true, ReplicaOfPid);
  GpuReading reading = At(0, 0, {Process(kOurs)});
  reading.energy_uj.reset();
  reading.power_mw = 100'000;
  meter.Take(Board(), reading);
  reading.at = BootTime{2000 * kNanosPerMilli};
  reading.power_mw = 300'000;
  meter.Take(Board(), reading);
  EXPECT_EQ(meter.Whole().energy_uj, Wide{400} * 1'000'000) << "200 W for 2 s";
  EXPECT_EQ(meter.Whole().energy_quality, Quality::kModelled);
}

TEST(GpuMeter, ModelsEnergyFromTheRatedPowerWhereNothingIsTold) {
  GpuMeter meter(true, ReplicaOfPid);
  GpuReading reading = At(0, kAll, {Process(kOurs)});
  reading.energy_uj.reset();
  meter.Take(Board(), reading);
  reading.at = BootTime{1000 * kNanosPerMilli};
  meter.Take(Board(), reading);
  EXPECT_EQ(meter.Whole().energy_uj, Wide{400} * 1'000'000);
  EXPECT_EQ(meter.Whole().energy_quality, Quality::kAssumed);
  EXPECT_THAT(meter.TakeNotices(), ElementsAre(HasSubstr("±25 %")));
}

TEST(GpuMeter, CountsAMigInstanceByItsPartOfTheGpu) {
  Gpu instance = Board();
  instance.instance = 1;
  instance.share = 3 * kAll / 7;
  GpuMeter meter(true, ReplicaOfPid);
  meter.Take(instance, At(0, kAll, {Process(kOurs)}));
  meter.Take(instance, At(7000, kAll, {Process(kOurs)}));
  EXPECT_NEAR(static_cast<double>(meter.Whole().busy_ns), 3e9, 1e4);
  EXPECT_EQ(meter.Whole().energy_quality, Quality::kModelled);
}

TEST(GpuMeter, TellsAGpuThatIsHeldAndIdle) {
  GpuMeter meter(true, ReplicaOfPid);
  for (int second = 0; second <= 61; ++second) {
    meter.Take(Board(0), At(second * 1000, kAll, {Process(kOurs)}));
    meter.Take(Board(1), At(second * 1000, 0, {}));
  }
  EXPECT_THAT(meter.TakeNotices(), ElementsAre(HasSubstr("GPU 1 is held and has not been used")));
  EXPECT_EQ(meter.Whole().held_ns, Wide{2 * 61} * kNanosPerSecond);
}

TEST(GpuMeter, TakesAHiddenUseForTheRunsOnlyInItsAllocation) {
  for (const bool is_allocated : {true, false}) {
    GpuMeter meter(is_allocated, ReplicaOfPid);
    meter.Take(Board(), At(0, kAll, {}));
    meter.Take(Board(), At(1000, kAll, {}));
    EXPECT_EQ(meter.Whole().busy_ns, is_allocated ? Wide{kNanosPerSecond} : Wide{0});
    EXPECT_EQ(meter.Whole().busy_quality, is_allocated ? Quality::kAssumed : Quality::kMeasured);
  }
}

RC_GTEST_PROP(GpuMeter, NeverFallsNorPassesTheTimeThatItHeld, ()) {
  GpuMeter meter(true, ReplicaOfPid);
  std::int64_t ms = 0;
  GpuTotals before;
  const auto steps = *rc::gen::inRange(1, 40);
  for (int step = 0; step < steps; ++step) {
    ms += *rc::gen::inRange(1, 5000);
    std::vector<GpuProcess> processes;
    if (*rc::gen::arbitrary<bool>())
      processes.push_back(Process(kOurs, *rc::gen::inRange<Ppm>(0, kAll)));
    if (*rc::gen::arbitrary<bool>()) processes.push_back(Process(kTheirs));
    meter.Take(Board(), At(ms, *rc::gen::inRange<Ppm>(0, kAll + 1), processes));
    const GpuTotals& now = meter.Whole();
    RC_ASSERT(now.busy_ns >= before.busy_ns);
    RC_ASSERT(now.energy_uj >= before.energy_uj);
    RC_ASSERT(now.busy_ns <= Wide{ms} * kNanosPerMilli);
    RC_ASSERT(now.held_ns <= Wide{ms} * kNanosPerMilli);
    before = now;
  }
}

}  // namespace
}  // namespace epochcost::probe
