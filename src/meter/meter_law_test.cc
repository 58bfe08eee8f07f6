// What holds for any trace, however it is cut.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <bit>
#include <map>
#include <random>
#include <span>

#include "meter/meter.h"
#include "meter/story.h"

namespace epochcost::meter {
namespace {

// A random trace: readings at uneven times, resets and holes among them, and marks of any kind.
struct Step {
  std::int64_t at_ns = 0;  // after the start of the run
  std::vector<Sample> samples;
  std::vector<Mark> marks;
  bool cut = false;
};

Mark RandomMark(std::int64_t now_ns) {
  Mark mark;
  mark.kind = static_cast<MarkKind>(*rc::gen::inRange(0, 10));
  mark.origin =
      *rc::gen::weightedElement<MarkOrigin>({{9, MarkOrigin::kSdk}, {1, MarkOrigin::kPrinted}});
  mark.replica = *rc::gen::weightedElement<std::int32_t>({{6, 0}, {3, 1}, {1, -1}});
  mark.index =
      *rc::gen::oneOf(rc::gen::inRange<std::int64_t>(0, 6), rc::gen::arbitrary<std::int64_t>());
  mark.at = At(0) + Nanos{now_ns - *rc::gen::inRange<std::int64_t>(-20 * kMs, 400 * kMs)};
  if (*rc::gen::inRange(0, 20) == 0) mark.at = BootTime{*rc::gen::arbitrary<std::int64_t>()};
  mark.name =
      *rc::gen::element<std::string>("eval", "checkpoint", "idle", "setup", "epoch", "", "\xff");
  mark.steps = *rc::gen::inRange<std::int64_t>(-1, 1000);
  return mark;
}

std::vector<Step> RandomTrace() {
  std::vector<Step> trace;
  Wide cpu = 0;
  std::int64_t now = 0;
  const int steps = *rc::gen::inRange(1, 40);
  for (int i = 0; i < steps; ++i) {
    now += *rc::gen::oneOf(rc::gen::inRange<std::int64_t>(1, 300 * kMs),
                           rc::gen::inRange<std::int64_t>(1, 15'000 * kMs));
    Step step{.at_ns = now, .cut = *rc::gen::inRange(0, 5) == 0};
    const bool is_reset = *rc::gen::inRange(0, 15) == 0;
    cpu = is_reset ? *rc::gen::inRange(0, 1000) : cpu + *rc::gen::inRange(0, 1'000'000'000);
    for (const std::int32_t replica : {0, 1}) {
      if (*rc::gen::inRange(0, 6) == 0) continue;
      Sample sample = Cpu(0, cpu, replica);
      sample.at = At(0) + Nanos{now};
      step.samples.push_back(sample);
      sample = Memory(0, *rc::gen::inRange<std::int64_t>(0, 1LL << 40), replica);
      sample.at = At(0) + Nanos{now};
      step.samples.push_back(sample);
    }
    const int marks = *rc::gen::inRange(0, 4);
    for (int m = 0; m < marks; ++m) step.marks.push_back(RandomMark(now));
    trace.push_back(std::move(step));
  }
  return trace;
}

struct Played {
  std::vector<UsageLine> lines;
  std::vector<UsageLine> last_open;
};

Played Play(const std::vector<Step>& trace, bool with_cuts, bool with_marks, bool take_often) {
  Meter meter(Config(true), {});
  Played played;
  const auto take = [&](bool final) {
    const Harvest harvest = meter.Take(final);
    played.lines.insert(played.lines.end(), harvest.sealed.begin(), harvest.sealed.end());
    if (!final) played.last_open = harvest.open;
    std::int64_t seq = harvest.contiguous_seq;
    for (const UsageLine& line : harvest.open) RC_ASSERT(line.id.seq == ++seq);
  };
  for (const Step& step : trace) {
    meter.Advance(At(0) + Nanos{step.at_ns}, step.samples,
                  with_marks ? std::span<const Mark>(step.marks) : std::span<const Mark>());
    if (with_cuts && step.cut) meter.CutHere();
    if (take_often) take(false);
  }
  take(true);
  return played;
}

using SeriesOf = std::pair<std::int32_t, Resource>;

std::map<SeriesOf, std::vector<UsageLine>> BySeries(const std::vector<UsageLine>& lines) {
  std::map<SeriesOf, std::vector<UsageLine>> series;
  for (const UsageLine& line : lines) {
    if (line.kind == LineKind::kUsage) series[{line.replica, line.id.resource}].push_back(line);
  }
  return series;
}

std::map<SeriesOf, Wide> Totals(const std::vector<UsageLine>& lines) {
  std::map<SeriesOf, Wide> totals;
  for (const auto& [key, all] : BySeries(lines)) {
    for (const UsageLine& line : all) totals[key] += line.u1 - line.u0;
  }
  return totals;
}

RC_GTEST_PROP(MeterLaw, LinesOfASeriesAreContiguousAndTelescope, ()) {
  const auto played = Play(RandomTrace(), true, true, true);
  std::int64_t seq = 0;
  for (const UsageLine& line : played.lines) RC_ASSERT(line.id.seq == ++seq);
  for (const auto& [key, lines] : BySeries(played.lines)) {
    RC_ASSERT(lines.front().u0 == 0);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      RC_ASSERT(lines[i].t0 < lines[i].t1);
      RC_ASSERT(lines[i].u0 <= lines[i].u1);
      if (i == 0) continue;
      RC_ASSERT(lines[i].t0 == lines[i - 1].t1);
      RC_ASSERT(lines[i].u0 == lines[i - 1].u1);
    }
  }
}

RC_GTEST_PROP(MeterLaw, ATotalIsTheSumOfWhatTheCounterGrew, ()) {
  const auto trace = RandomTrace();
  std::map<std::int32_t, Wide> last;
  std::map<std::int32_t, Wide> grown;
  for (const Step& step : trace) {
    for (const Sample& sample : step.samples) {
      if (sample.signal != Signal::kCpuNs) continue;
      Wide& before = last[sample.replica];
      grown[sample.replica] += sample.value >= before ? sample.value - before : sample.value;
      before = sample.value;
    }
  }
  const auto totals = Totals(Play(trace, true, true, false).lines);
  for (const auto& [replica, sum] : grown) {
    RC_ASSERT(totals.at({replica, Resource::kCpuTime}) == sum);
  }
}

RC_GTEST_PROP(MeterLaw, ATotalDoesNotDependOnCutsMarksOrHowOftenItIsTaken, ()) {
  const auto trace = RandomTrace();
  const auto plain = Totals(Play(trace, false, false, false).lines);
  RC_ASSERT(Totals(Play(trace, true, false, false).lines) == plain);
  RC_ASSERT(Totals(Play(trace, false, true, true).lines) == plain);
  RC_ASSERT(Totals(Play(trace, true, true, true).lines) == plain);
}

RC_GTEST_PROP(MeterLaw, ClosingLinesHoldExactlyTheMemoryOfTheirScopes, ()) {
  const auto played = Play(RandomTrace(), true, true, true);
  std::map<std::pair<std::int32_t, Scope>, std::pair<Wide, Nanos>> used;
  std::map<std::pair<std::int32_t, Scope>, std::pair<Wide, Nanos>> closed;
  for (const UsageLine& line : played.lines) {
    if (line.id.resource != Resource::kMemory) continue;
    if (line.kind == LineKind::kUsage) {
      auto& sum = used[{line.replica, line.scope}];
      sum.first += line.u1 - line.u0;
      sum.second += line.t1 - line.t0;
      continue;
    }
    auto& sum = closed[{line.replica, line.scope}];
    sum.first += line.u1;
    for (const Piece& piece : line.pieces) sum.second += piece.held;
    RC_ASSERT(line.t0 == line.pieces.front().t0);
    RC_ASSERT(line.t1 == line.pieces.back().t1);
  }
  RC_ASSERT(used == closed);
}

RC_GTEST_PROP(MeterLaw, OpenLinesFollowOnTheSealedOnes, ()) {
  auto trace = RandomTrace();
  for (Step& step : trace) step.marks.clear();
  const auto played = Play(trace, true, false, true);
  // Without a mark after it, what was open at the last Take is what the final one seals.
  for (const UsageLine& open : played.last_open) {
    if (open.kind != LineKind::kUsage) continue;
    RC_ASSERT(std::ranges::any_of(played.lines, [&](const UsageLine& line) {
      return line.t0 == open.t0 && line.t1 == open.t1 && line.u1 == open.u1 &&
             line.replica == open.replica && line.id.resource == open.id.resource;
    }));
  }
}

TEST(MeterLaw, HoldsUnderAHundredThousandHostileMarks) {
  std::mt19937_64 random(7);
  const auto any = [&](std::int64_t below) { return static_cast<std::int64_t>(random() % below); };
  Meter meter(Config(true), {});
  Wide sum = 0;
  for (int poll = 1; poll <= 100; ++poll) {
    std::vector<Mark> marks(1000);
    for (Mark& mark : marks) {
      mark.kind = static_cast<MarkKind>(any(10));
      mark.replica = static_cast<std::int32_t>(any(3) - 1);
      mark.index = any(4) == 0 ? static_cast<std::int64_t>(random()) : any(300);
      mark.at = any(50) == 0 ? BootTime{static_cast<std::int64_t>(random())}
                             : At(poll * 100) - Nanos{any(150 * kMs)};
      mark.name = any(2) == 0 ? "eval" : std::string(static_cast<std::size_t>(any(80)), '\xfe');
      mark.steps = static_cast<std::int64_t>(random());
      mark.samples = any(1000);
      if (any(3) != 0) mark.steps = any(1000);
      mark.value = std::bit_cast<double>(random());
    }
    Poll(meter, poll * 100, {Cpu(poll * 100, poll * 1000), Memory(poll * 100, any(1 << 30))},
         marks);
    for (const auto& [key, total] : Totals(meter.Take(poll == 100).sealed)) {
      if (key.second == Resource::kCpuTime) sum += total;
    }
  }
  EXPECT_EQ(sum, 100'000);
}

}  // namespace
}  // namespace epochcost::meter
