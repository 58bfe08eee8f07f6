#include "meter/meter.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "meter/story.h"

namespace epochcost::meter {
namespace {

std::string Show(const UsageLine& line) {
  const std::string scope = fmt::format("{} {}", Name(line.scope.kind), line.scope.index);
  return fmt::format("{}{} {} [{},{}) {}..{} {}", line.kind == LineKind::kUsage ? "" : "close ",
                     Info(line.id.resource).name, scope, (line.t0.ns - kUtc) / kMs,
                     (line.t1.ns - kUtc) / kMs, ToString(line.u0), ToString(line.u1),
                     Name(line.quality));
}
std::vector<std::string> Show(const std::vector<UsageLine>& lines) {
  std::vector<std::string> shown;
  for (const UsageLine& line : lines) shown.push_back(Show(line));
  return shown;
}
using Lines = std::vector<std::string>;

std::vector<std::string> Details(const std::vector<Notice>& notices, NoticeKind kind) {
  std::vector<std::string> details;
  for (const Notice& notice : notices) {
    if (notice.kind == kind) details.push_back(notice.detail);
  }
  return details;
}

TEST(Meter, CountsTheFirstReadingInFullFromTheStartOfTheRun) {
  Meter meter(Config(), {});
  Poll(meter, 100, {Cpu(100, 70)});
  EXPECT_EQ(Show(meter.Take(true).sealed), Lines{"cpu setup 0 [0,100) 0..70 measured"});
}

TEST(Meter, TakesTheFirstReadingForTheBaseWhereItWasAttached) {
  MeterConfig config = Config();
  config.counters_start_at_zero = false;
  Meter meter(config, {});
  Poll(meter, 100, {Cpu(100, 70)});
  Poll(meter, 200, {Cpu(200, 75)});
  EXPECT_EQ(Show(meter.Take(true).sealed), Lines{"cpu setup 0 [100,200) 0..5 measured"});
}

TEST(Meter, CutsAtMarksBetweenTwoReadings) {
  Meter meter(Config(), {});
  Poll(meter, 100, {Cpu(100, 100)}, {Begin(50, 0)});
  Poll(meter, 200, {Cpu(200, 300)}, {End(190, 0), Begin(190, 1)});
  EXPECT_EQ(Show(meter.Take(true).sealed),
            (Lines{"cpu setup 0 [0,50) 0..50 modelled", "cpu epoch 0 [50,190) 50..280 modelled",
                   "cpu epoch 1 [190,200) 280..300 measured"}));
}

TEST(Meter, CutsExactlyWhereAReadingLies) {
  Meter meter(Config(), {});
  Poll(meter, 100, {Cpu(100, 100)}, {Begin(100, 0)});
  Poll(meter, 300, {Cpu(300, 300)});
  EXPECT_EQ(Show(meter.Take(true).sealed), (Lines{"cpu setup 0 [0,100) 0..100 measured",
                                                  "cpu epoch 0 [100,300) 100..300 measured"}));
}

TEST(Meter, PutsAMarkThatIsReadLateWhereItWas) {
  Meter meter(Config(), {});
  for (int ms = 100; ms <= 500; ms += 100) Poll(meter, ms, {Cpu(ms, ms)});
  Poll(meter, 600, {Cpu(600, 600)}, {Begin(200, 0)});
  EXPECT_EQ(Show(meter.Take(true).sealed), (Lines{"cpu setup 0 [0,200) 0..200 measured",
                                                  "cpu epoch 0 [200,600) 200..600 measured"}));
}

TEST(Meter, MovesABoundaryBehindWhatIsSealed) {
  Meter meter(Config(), {});
  for (int ms = 0; ms <= 25'000; ms += 100) Poll(meter, ms, {Cpu(ms, ms)});
  Poll(meter, 25'100, {Cpu(25'100, 25'100)}, {Begin(10, 0), End(25'050, 0), Begin(25'050, 1)});
  const auto lines = Show(meter.Take(true).sealed);
  EXPECT_EQ(lines, (Lines{"cpu setup 0 [0,10000) 0..10000 measured",
                          "cpu setup 0 [10000,20000) 10000..20000 measured",
                          "cpu epoch 0 [20000,25050) 20000..25050 modelled",
                          "cpu epoch 1 [25050,25100) 25050..25100 modelled"}));
}

TEST(Meter, SuspendsAnEpochForAPhaseAndReturnsToIt) {
  Meter meter(Config(), {});
  Poll(meter, 100, {Cpu(100, 100)}, {Begin(0, 0)});
  Poll(meter, 200, {Cpu(200, 200)}, {PhaseBegin(100, "eval"), PhaseEnd(200, "eval")});
  Poll(meter, 300, {Cpu(300, 300)}, {End(300, 0)});
  Poll(meter, 400, {Cpu(400, 400)}, {MarkAt(400, MarkKind::kClose)});
  Poll(meter, 500, {Cpu(500, 500)});
  EXPECT_EQ(
      Show(meter.Take(true).sealed),
      (Lines{"cpu epoch 0 [0,100) 0..100 measured", "cpu eval 0 [100,200) 100..200 measured",
             "cpu epoch 0 [200,300) 200..300 measured", "cpu idle 0 [300,400) 300..400 measured",
             "cpu idle 0 [400,500) 400..500 measured"}));
  EXPECT_EQ(meter.ClosedAt(), At(400));
}

TEST(Meter, DisownsTheEpochThatTheLastUpdateOpenedAndNothingCameOf) {
  Meter meter(Config(), {});
  Poll(meter, 100, {Cpu(100, 100)}, {Begin(0, 0)});
  Poll(meter, 200, {Cpu(200, 200)}, {End(150, 0), Begin(150, 1)});
  Poll(meter, 300, {Cpu(300, 300)}, {MarkAt(250, MarkKind::kClose)});
  const Harvest harvest = meter.Take(true);
  EXPECT_EQ(Show(harvest.sealed),
            (Lines{"cpu epoch 0 [0,150) 0..150 modelled", "cpu idle 0 [150,250) 150..250 modelled",
                   "cpu idle 0 [250,300) 250..300 modelled"}));
}

TEST(Meter, CountsTheStepsOfAnEpochFromItsMarks) {
  Meter meter(Config(), {});
  Mark end = End(150, 0);
  end.steps = 24;
  Mark next = Begin(150, 1);
  next.steps = 24;
  Poll(meter, 100, {Cpu(100, 100)}, {Begin(50, 0)});
  meter.Steps(0, 29, 0);  // the header's counter runs ahead of what was marked
  Poll(meter, 200, {Cpu(200, 200)}, {end, next});
  const RunProgress progress = meter.Take(false).progress;
  ASSERT_EQ(progress.steps_of.size(), 1U);
  EXPECT_EQ(progress.steps_of[0], (std::pair{Scope{ScopeKind::kEpoch, 0}, std::int64_t{24}}));
}

TEST(Meter, KeepsAnEpochThatTookAStepThoughNothingEndedIt) {
  Meter meter(Config(), {});
  Poll(meter, 100, {Cpu(100, 100)}, {Begin(0, 0), End(50, 0), Begin(50, 1)});
  Mark close = MarkAt(150, MarkKind::kClose);
  close.steps = 1;
  Poll(meter, 200, {Cpu(200, 200)}, {close});
  EXPECT_EQ(Show(meter.Take(true).sealed),
            (Lines{"cpu epoch 0 [0,50) 0..50 modelled", "cpu epoch 1 [50,150) 50..150 modelled",
                   "cpu idle 1 [150,200) 150..200 modelled"}));
}

TEST(Meter, IntegratesAGaugeAsATrapezoid) {
  Meter meter(Config(), {});
  Poll(meter, 0, {Memory(0, 1000)});
  Poll(meter, 100, {Memory(100, 3000)}, {Begin(50, 0)});
  // Half of the way up: 1000 → 2000 over 50 ms, then 2000 → 3000.
  EXPECT_EQ(Show(meter.Take(true).sealed),
            (Lines{"memory setup 0 [0,50) 0..75000 modelled",
                   "memory epoch 0 [50,100) 75000..200000 modelled"}));
}

TEST(Meter, CountsACounterThatWasResetFromZeroAndTellsIt) {
  Meter meter(Config(), {});
  Poll(meter, 100, {Cpu(100, 500)});
  Poll(meter, 200, {Cpu(200, 30)});
  const Harvest harvest = meter.Take(true);
  EXPECT_EQ(harvest.sealed.back().u1, 530);
  EXPECT_EQ(Details(harvest.notices, NoticeKind::kCounterReset).size(), 1);
}

TEST(Meter, RebasesACounterThatComesFromAnotherSource) {
  Meter meter(Config(), {});
  Poll(meter, 100, {Cpu(100, 500)});
  Poll(meter, 200, {Cpu(200, 9000, 0, SourceKind::kBpfSwitch)});
  Poll(meter, 300, {Cpu(300, 9007, 0, SourceKind::kBpfSwitch)});
  const Harvest harvest = meter.Take(true);
  ASSERT_EQ(harvest.sealed.size(), 2);
  EXPECT_EQ(harvest.sealed[0].source, SourceKind::kCgroupCpuStat);
  EXPECT_EQ(harvest.sealed[1].source, SourceKind::kBpfSwitch);
  EXPECT_EQ(harvest.sealed[1].u1, 507);
  EXPECT_EQ(Details(harvest.notices, NoticeKind::kGap).size(), 1);
}

TEST(Meter, ListensToOneOfTwoSourcesOfASeries) {
  Meter meter(Config(), {});
  for (int ms = 100; ms <= 300; ms += 100) {
    Poll(meter, ms, {Cpu(ms, ms), Cpu(ms + 1, 9 * ms, 0, SourceKind::kBpfSwitch)});
  }
  const Harvest harvest = meter.Take(true);
  EXPECT_EQ(harvest.sealed.back().u1, 300);
  EXPECT_TRUE(harvest.notices.empty());
}

TEST(Meter, TellsAHoleOnceAndModelsTheGaugeInIt) {
  Meter meter(Config(), {});
  Poll(meter, 100, {Cpu(100, 1), Memory(100, 10)});
  Poll(meter, 700, {Cpu(700, 2), Memory(700, 10)});
  const Harvest harvest = meter.Take(true);
  EXPECT_EQ(Show(harvest.sealed), (Lines{"cpu setup 0 [0,700) 0..2 measured",
                                         "memory setup 0 [100,700) 0..6000 modelled"}));
  EXPECT_EQ(Details(harvest.notices, NoticeKind::kGap).size(), 1);
}

TEST(Meter, SealsOpenLinesWhereAPriceChanges) {
  Meter meter(Config(), {});
  Poll(meter, 100, {Cpu(100, 10)});
  meter.CutHere();
  Poll(meter, 200, {Cpu(200, 30)});
  const Harvest harvest = meter.Take(false);
  EXPECT_EQ(Show(harvest.sealed), Lines{"cpu setup 0 [0,100) 0..10 measured"});
  EXPECT_EQ(Show(harvest.open), Lines{"cpu setup 0 [100,200) 10..30 measured"});
  EXPECT_EQ(harvest.contiguous_seq, 1);
  EXPECT_EQ(harvest.open[0].id.seq, 2);
  EXPECT_EQ(harvest.newest_reading, At(200));
}

TEST(Meter, EmitsALineForTimeWithoutUseAndNoneForAnAbsentSignal) {
  Meter meter(Config(), {});
  Poll(meter, 100, {Cpu(100, 0)});
  Poll(meter, 200, {Cpu(200, 0)});
  EXPECT_EQ(Show(meter.Take(true).sealed), Lines{"cpu setup 0 [0,200) 0..0 measured"});
}

TEST(Meter, SealsTheLineOfASourceThatStaysAway) {
  Meter meter(Config(), {});
  Poll(meter, 100, {Cpu(100, 10)});
  Poll(meter, 20'000, {});
  EXPECT_EQ(Show(meter.Take(false).sealed), Lines{"cpu setup 0 [0,100) 0..10 measured"});
}

TEST(Meter, CountsWhatWasUsedWhileNoMeterRan) {
  ResumePoint resume;
  resume.readings = {{Cpu(1'000, 700)}, {Memory(1'000, 10)}};
  resume.scope = {ScopeKind::kEpoch, 3};
  MeterConfig config = Config();
  config.boot_anchor = At(5'000);
  config.utc_anchor = UtcAt(5'000);
  Meter meter(config, resume);
  Poll(meter, 5'000, {Cpu(5'000, 900), Memory(5'000, 20)}, {Begin(900, 3), Begin(3'000, 4)});
  const Harvest harvest = meter.Take(true);
  EXPECT_EQ(Show(harvest.sealed), (Lines{"cpu epoch 3 [1000,3000) 0..100 modelled",
                                         "memory epoch 3 [1000,3000) 0..25000 modelled",
                                         "cpu epoch 4 [3000,5000) 100..200 modelled",
                                         "memory epoch 4 [3000,5000) 25000..60000 modelled"}));
  EXPECT_EQ(Details(harvest.notices, NoticeKind::kGap).size(), 1);
  EXPECT_TRUE(Details(harvest.notices, NoticeKind::kMarkRejected).empty());
}

TEST(Meter, StartsAnewWhereTheMachineWasStartedAgain) {
  ResumePoint resume;
  resume.readings = {{Cpu(90'000, 700)}};
  Meter meter(Config(), resume);
  Poll(meter, 100, {Cpu(100, 5)});
  Poll(meter, 200, {Cpu(200, 8)});
  const Harvest harvest = meter.Take(true);
  EXPECT_EQ(harvest.sealed.back().u1, 8);
  EXPECT_EQ(Details(harvest.notices, NoticeKind::kGap).size(), 1);
}

TEST(Meter, ClosesScopesWhereMemoryIsPricedPerEpoch) {
  Meter meter(Config(true), {});
  Poll(meter, 0, {Memory(0, 10)}, {Begin(0, 0)});
  Poll(meter, 100, {Memory(100, 10)}, {PhaseBegin(100, "eval")});
  Poll(meter, 150, {Memory(150, 10)}, {PhaseEnd(150, "eval")});
  Poll(meter, 200, {Memory(200, 10)});
  const Harvest before = meter.Take(false);
  EXPECT_EQ(Show(before.sealed), (Lines{"memory epoch 0 [0,100) 0..1000 measured",
                                        "memory eval 0 [100,150) 1000..1500 measured",
                                        "close memory eval 0 [100,150) 0..500 measured"}));
  EXPECT_EQ(Show(before.open), (Lines{"memory epoch 0 [150,200) 1500..2000 measured",
                                      "close memory epoch 0 [0,200) 0..1500 measured"}));
  Poll(meter, 300, {Memory(300, 10)}, {End(300, 0), Begin(300, 1)});
  Poll(meter, 400, {Memory(400, 10)});
  const Harvest after = meter.Take(true);
  EXPECT_EQ(Show(after.sealed), (Lines{"memory epoch 0 [150,300) 1500..3000 measured",
                                       "close memory epoch 0 [0,300) 0..2500 measured",
                                       "memory epoch 1 [300,400) 3000..4000 measured",
                                       "close memory epoch 1 [300,400) 0..1000 measured"}));
  EXPECT_EQ(after.sealed[1].pieces,
            (std::vector<Piece>{{UtcAt(0), UtcAt(100), Nanos{100 * kMs}},
                                {UtcAt(150), UtcAt(300), Nanos{150 * kMs}}}));
  EXPECT_EQ(before.progress.closed,
            (std::vector<Scope>{{ScopeKind::kSetup, 0}, {ScopeKind::kEval, 0}}));
  EXPECT_EQ(after.progress.closed,
            (std::vector<Scope>{{ScopeKind::kEpoch, 0}, {ScopeKind::kIdle, 0}}));
}

TEST(Meter, ResumesTheMemoryOfAnOpenEpoch) {
  ResumePoint resume;
  resume.readings = {{Memory(100, 10)}};
  resume.scope = {ScopeKind::kEpoch, 0};
  resume.scope_byte_ms = 1000;
  resume.scope_pieces = {{UtcAt(0), UtcAt(100), Nanos{100 * kMs}}};
  Meter meter(Config(true), resume);
  Poll(meter, 200, {Memory(200, 10)}, {End(200, 0)});
  const Harvest harvest = meter.Take(false);
  ASSERT_EQ(harvest.sealed.size(), 2);
  EXPECT_EQ(Show(harvest.sealed[1]), "close memory epoch 0 [0,200) 0..2000 modelled");
  EXPECT_EQ(harvest.sealed[1].pieces.size(), 1);
}

TEST(Meter, LetsAReplicaWithoutMarksFollowTheFirst) {
  Meter meter(Config(), {});
  Poll(meter, 100, {Cpu(100, 10), Cpu(100, 20, 1), Cpu(100, 30, 2)},
       {Begin(0, 0), Begin(50, 0, 2)});
  EXPECT_EQ(Show(meter.Take(true).sealed),
            (Lines{"cpu setup 0 [0,50) 0..15 modelled", "cpu epoch 0 [0,100) 0..10 measured",
                   "cpu epoch 0 [0,100) 0..20 measured", "cpu epoch 0 [50,100) 15..30 modelled"}));
}

TEST(Meter, TellsAnEpochClosedWhenEveryReplicaHasPassedIt) {
  Meter meter(Config(), {});
  Poll(meter, 100, {Cpu(100, 10), Cpu(100, 20, 1)}, {Begin(0, 0), Begin(0, 0, 1)});
  Poll(meter, 200, {Cpu(200, 10), Cpu(200, 20, 1)}, {Begin(150, 1)});
  const Scope first{ScopeKind::kEpoch, 0};
  auto closed = meter.Take(false).progress.closed;
  EXPECT_EQ(std::ranges::count(closed, first), 0);
  Poll(meter, 300, {Cpu(300, 10), Cpu(300, 20, 1)}, {Begin(250, 1, 1)});
  closed = meter.Take(false).progress.closed;
  EXPECT_EQ(std::ranges::count(closed, first), 1);
}

TEST(Meter, BeginsASeriesOfALateReplicaWhereItsSourceAnsweredLast) {
  Meter meter(Config(), {});
  Poll(meter, 100, {Cpu(100, 10)});
  Poll(meter, 200, {Cpu(200, 20), Cpu(200, 7, 1)});
  EXPECT_EQ(Show(meter.Take(true).sealed),
            (Lines{"cpu setup 0 [0,200) 0..20 measured", "cpu setup 0 [100,200) 0..7 measured"}));
}

TEST(Meter, RejectsMarksThatCannotBeAndSaysWhy) {
  const auto rejected = [](std::vector<Mark> marks) {
    Meter meter(Config(), {});
    Poll(meter, 1000, {Cpu(1000, 10)}, std::move(marks));
    const auto told = Details(meter.Take(true).notices, NoticeKind::kMarkRejected);
    return told.size() == 1 ? told[0].substr(told[0].find("taken: ") + 7)
                            : fmt::format("{}", told.size());
  };
  EXPECT_EQ(rejected({Begin(10, 1), Begin(20, 0)}), "epoch 1 has begun already");
  EXPECT_EQ(rejected({Begin(10, 1), Begin(20, 1)}), "it is open already");
  EXPECT_EQ(rejected({Begin(10, 1), End(20, 1), End(30, 1)}), "it has ended already");
  EXPECT_EQ(rejected({Begin(10, 1), End(20, 2)}), "it never began");
  EXPECT_EQ(rejected({PhaseBegin(10, "lunch")}),
            "no such phase; there are eval, checkpoint, setup, idle");
  EXPECT_EQ(rejected({PhaseEnd(10, "eval")}), "no such phase is open");
  EXPECT_EQ(rejected({Begin(10, -1)}), "its index is negative");
  EXPECT_EQ(rejected({Begin(60'000, 0)}), "it lies in the future");
  EXPECT_EQ(rejected({MarkAt(10, static_cast<MarkKind>(99))}), "no such kind of mark");
  EXPECT_EQ(rejected({MarkAt(10, MarkKind::kMetric, 0, "a\nb")}),
            "its name is empty or not plain UTF-8");
  EXPECT_EQ(rejected({Begin(10, 0), Begin(20, 7)}), "0");
}

TEST(Meter, RejectsAMarkFromBeforeTheLastBoundary) {
  Meter meter(Config(), {});
  Poll(meter, 100, {Cpu(100, 10)}, {Begin(50, 0)});
  Poll(meter, 200, {Cpu(200, 20)}, {Begin(40, 1)});
  EXPECT_EQ(Details(meter.Take(true).notices, NoticeKind::kMarkRejected).size(), 1);
}

TEST(Meter, TellsTenRejectedMarksAndCountsTheRest) {
  Meter meter(Config(), {});
  std::vector<Mark> marks;
  for (int i = 0; i < 1000; ++i) marks.push_back(End(i, 5));
  Poll(meter, 1000, {Cpu(1000, 1)}, marks);
  const auto told = Details(meter.Take(false).notices, NoticeKind::kMarkRejected);
  ASSERT_EQ(told.size(), 11);
  EXPECT_TRUE(told.back().starts_with("990 more of this kind"));
}

TEST(Meter, KeepsMarksFromAheadForTheNextPoll) {
  Meter meter(Config(), {});
  Poll(meter, 100, {Cpu(100, 10)}, {Begin(101, 0)});
  EXPECT_TRUE(meter.HasWaitingMarks());
  EXPECT_EQ(meter.LastMarkTime(), BootTime{});
  Poll(meter, 200, {Cpu(200, 20)});
  EXPECT_FALSE(meter.HasWaitingMarks());
  EXPECT_EQ(meter.LastMarkTime(), At(101));
  EXPECT_EQ(meter.Take(false).progress.scope, (Scope{ScopeKind::kEpoch, 0}));
}

TEST(Meter, SilencesPrintedMarksOnceTheSdkSpeaks) {
  Meter meter(Config(), {});
  Mark printed = Begin(10, 0);
  printed.origin = MarkOrigin::kPrinted;
  printed.name = "keras";
  Poll(meter, 100, {Cpu(100, 10)}, {printed});
  EXPECT_EQ(meter.Take(false).progress.epochs_from, "printed: keras");
  printed.index = 1;
  printed.at = At(110);
  Poll(meter, 200, {Cpu(200, 20)}, {printed, Begin(120, 0)});
  const Harvest harvest = meter.Take(false);
  EXPECT_EQ(harvest.progress.scope, (Scope{ScopeKind::kEpoch, 0}));
  EXPECT_EQ(harvest.progress.epochs_from, "sdk");
  EXPECT_TRUE(harvest.notices.empty());
}

TEST(Meter, FoldsAFloodOfBoundariesAndLosesNoUse) {
  Meter meter(Config(true), {});
  std::vector<Mark> marks;
  for (int i = 0; i < 100'000; ++i) {
    marks.push_back(Begin(0, i));
    marks.back().at = At(0) + Nanos{i * 900};
  }
  Poll(meter, 0, {Memory(0, 7)});
  Poll(meter, 100, {Cpu(100, 1'000'000), Memory(100, 7)}, marks);
  const Harvest harvest = meter.Take(true);
  Wide cpu = 0;
  for (const UsageLine& line : harvest.sealed) {
    if (line.id.resource == Resource::kCpuTime) cpu += line.u1 - line.u0;
  }
  EXPECT_EQ(cpu, 1'000'000);
  EXPECT_LT(harvest.sealed.size(), 700);
  EXPECT_EQ(harvest.progress.scope, (Scope{ScopeKind::kEpoch, 99'999}));
  const auto told = Details(harvest.notices, NoticeKind::kMarksFolded);
  ASSERT_EQ(told.size(), 1);
  EXPECT_TRUE(told[0].starts_with("99801 boundaries"));
}

TEST(Meter, TellsAnOutageOnceAndItsEndOnce) {
  Meter meter(Config(), {});
  for (int i = 0; i < 3; ++i) {
    meter.SourceFailed(SourceKind::kCgroupCpuStat, {.what = "cannot read cpu.stat"}, At(i));
  }
  Poll(meter, 100, {Cpu(100, 1)});
  Poll(meter, 200, {Cpu(200, 2)});
  const auto notices = meter.Take(true).notices;
  EXPECT_EQ(Details(notices, NoticeKind::kSourceLost).size(), 1);
  EXPECT_EQ(Details(notices, NoticeKind::kSourceBack).size(), 1);
}

TEST(Meter, TellsAWallClockThatWasSetAndASleepOnceEach) {
  Meter meter(Config(), {});
  meter.ObserveClocks(At(0), UtcAt(0), At(0).ns);
  meter.ObserveClocks(At(100), UtcAt(3'700'100), At(100).ns);
  meter.ObserveClocks(At(200), UtcAt(3'700'200), At(200).ns);
  meter.ObserveClocks(At(9'300), UtcAt(3'709'300), At(300).ns);
  meter.ObserveClocks(At(9'400), UtcAt(3'709'400), At(400).ns);
  Poll(meter, 9'400, {Cpu(9'400, 3)});
  const Harvest harvest = meter.Take(true);
  EXPECT_EQ(Details(harvest.notices, NoticeKind::kClockJump).size(), 1);
  EXPECT_EQ(Details(harvest.notices, NoticeKind::kSuspended), Lines{"the machine slept for 9.0 s"});
  const auto slept = std::ranges::find(harvest.notices, NoticeKind::kSuspended, &Notice::kind);
  EXPECT_EQ(slept->lasted, Nanos{9'000 * kNanosPerMilli});
  EXPECT_EQ(harvest.sealed[0].t1, UtcAt(9'400));
}

TEST(Meter, SumsStepsOverReplicasAndKeepsTheHorizon) {
  Meter meter(Config(), {});
  meter.Steps(0, 10, 100);
  meter.Steps(1, 5, 50);
  Mark late = MarkAt(10, MarkKind::kHorizon, 8);
  late.steps = 9;
  Poll(meter, 100, {}, {late});
  const RunProgress progress = meter.Take(false).progress;
  EXPECT_EQ(progress.steps, 15);
  EXPECT_EQ(progress.samples, 150);
  EXPECT_EQ(progress.planned_epochs, 8);
}

TEST(Meter, PassesMetricsOn) {
  Meter meter(Config(), {});
  Mark metric = MarkAt(10, MarkKind::kMetric, 2, "损失");
  metric.value = 0.5;
  Poll(meter, 100, {}, {metric});
  const auto metrics = meter.Take(false).metrics;
  ASSERT_EQ(metrics.size(), 1);
  EXPECT_EQ(metrics[0].name, "损失");
  EXPECT_EQ(metrics[0].at, UtcAt(10));
}

TEST(Meter, LeavesOutAReadingThatCannotBe) {
  Meter meter(Config(), {});
  Poll(meter, 100, {Cpu(100, -5), Memory(100, Wide{1} << 100)});
  const Harvest harvest = meter.Take(true);
  EXPECT_TRUE(harvest.sealed.empty());
  EXPECT_EQ(Details(harvest.notices, NoticeKind::kDegraded).size(), 2);
}

TEST(AddPiece, MergesNeighboursAndKeepsTheirSum) {
  std::vector<Piece> pieces;
  for (int i = 0; i < 10'000; ++i) AddPiece(pieces, {UtcAt(3 * i), UtcAt(3 * i + 1), Nanos{kMs}});
  EXPECT_LE(pieces.size(), kMostPieces);
  Nanos held;
  for (const Piece& piece : pieces) held += piece.held;
  EXPECT_EQ(held, Nanos{10'000 * kMs});
}

}  // namespace
}  // namespace epochcost::meter
