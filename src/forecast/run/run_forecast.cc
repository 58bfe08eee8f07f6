#include "forecast/run/run_forecast.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "forecast/run/adjustment.h"
#include "forecast/run/budget.h"
#include "forecast/run/length.h"
#include "forecast/run/price_doubt.h"
#include "forecast/run/stopping.h"
#include "forecast/series.h"

namespace epochcost::forecast {
namespace {

constexpr Wide kBillion = 1'000'000'000;
constexpr double kMillion = 1e6;
constexpr double kZ80 = kNormal[3];  // a normal variable lies within ±1.28 σ eight times of ten
constexpr double kZ95 = kNormal[4];
constexpr double kLeastShare = 0.05;  // of an epoch's steps, before its pace counts
constexpr std::size_t kRecent = 20;
constexpr std::size_t kMostAhead = 1'000'000;
constexpr std::size_t kMiddle = 2;  // of kLevels
// Assumed, until epochs show how their memory differs: after one that is finished, shared by the
// number of those seen; and while the first still allocates.
constexpr double kOneEpochsMemory = 0.05;
constexpr double kUnfinishedMemory = 0.3;

using Quantiles = std::array<double, kLevels.size()>;

// The whole run in seconds, and what the answer is made of.
struct Timed {
  double elapsed = 0;
  double total = 0;
  Quantiles totals{};
  Quantiles epochs{};
  Confidence confidence = Confidence::kLow;
  std::string why;
  std::string of_class;
  std::vector<ForecastMember> members;
};

double SecondsOf(std::span<const RunUnit> units) {
  double sum = 0;
  for (const RunUnit& unit : units) sum += unit.seconds;
  return sum;
}

// A key that is kept with the forecast: English, whatever is spoken here.
std::string Describe(const Class& of) {
  return fmt::format("{}, {}, {} epochs seen, at {}",
                     of.has_earlier ? "with earlier runs" : "no earlier run",
                     of.workload == kUnknownWorkload ? "workload not on record" : of.workload,
                     SeenText(of.seen), ProgressText(of.progress));
}

std::vector<ForecastMember> MembersOf(const Blend& blend) {
  std::vector<ForecastMember> members;
  for (const Part& part : blend.parts)
    members.push_back({part.name, std::llround(part.weight * kMillion), part.why});
  return members;
}

// The earlier runs, kept alive as long as they are borrowed.
struct Earlier {
  std::vector<CompletedRun> runs;
  std::vector<const CompletedRun*> borrowed;
  std::vector<double> lengths;
  std::vector<double> steps;  // of an epoch
};

Earlier ReadEarlier(std::span<const RunCost> costs) {
  Earlier earlier;
  for (const RunCost& cost : costs) {
    const auto units = UnitsOf(cost);
    if (!units || units->finished.size() < 2) continue;
    earlier.runs.push_back(AsCompleted(cost, *units));
    earlier.lengths.push_back(static_cast<double>(units->finished.size()));
    for (const RunUnit& unit : units->finished)
      earlier.steps.push_back(static_cast<double>(unit.steps));
  }
  for (const CompletedRun& run : earlier.runs) earlier.borrowed.push_back(&run);
  return earlier;
}

// What the open epoch will take, given what the others are expected to: its own pace counts by the
// share of its steps that are done.
double OpenSeconds(const RunUnits& units, const Earlier& earlier, double expected) {
  if (!units.open) return expected;
  std::vector<double> steps = earlier.steps;
  for (const RunUnit& unit : units.finished) steps.push_back(static_cast<double>(unit.steps));
  const double typical = steps.empty() ? 0 : Median(steps);
  const double elapsed = units.open->seconds;
  if (typical <= 0 || units.open->steps <= 0) return std::max(expected, elapsed);
  const double share = std::min(1.0, static_cast<double>(units.open->steps) / typical);
  if (share < kLeastShare) return std::max(expected, elapsed);
  const double own = elapsed / share;
  return elapsed + (1 - share) * (share * own + (1 - share) * expected);
}

// Nothing but the first epoch's age is known.
Result<Timed> FromAgeAlone(const RunUnits& units, const Quantiles& epochs) {
  const double age = units.open ? units.open->seconds : 0;
  if (age <= 0)
    return Fail(ErrorCode::kUnsupported, Say("no forecast can be made yet"),
                Say("no epoch has begun"), Say("ask again in the first epoch"));
  Timed timed{.elapsed = units.before_seconds + age, .epochs = epochs};
  const Quantiles epoch = LastsLikeSoFar(age);
  for (std::size_t i = 0; i < kLevels.size(); ++i)
    timed.totals[i] = units.before_seconds + std::max(1.0, epochs[i]) * epoch[i];
  timed.total = timed.totals[2];
  timed.why = Say("no epoch is finished: all that is known is how long the first has taken so far");
  timed.of_class = "first epoch, nothing to compare with";
  timed.members = {{"age of the first epoch", 1'000'000, timed.why}};
  return timed;
}

// The logarithms of the rest's quantiles over what is expected, as the past of this ledger has
// them: the 95 % range stays around the 80 % one.
Quantiles Adjusted(const Outlook& outlook, const Adjustment& adjustment) {
  Quantiles off{};
  for (std::size_t i = 0; i < off.size(); ++i)
    off.at(i) = std::log(outlook.quantiles.at(i) / outlook.cost);
  off[1] *= adjustment.times80;
  off[3] *= adjustment.times80;
  off[0] = std::min(off[0] * adjustment.times95, off[1]);
  off[4] = std::max(off[4] * adjustment.times95, off[3]);
  return off;
}

Result<Timed> TimeOf(const Forecaster& forecaster, const RunQuestion& question, RunUnits& units,
                     const Earlier& earlier) {
  const Run& run = question.cost.run;
  const auto done = static_cast<double>(units.finished.size());
  const double reached = std::max(1.0, done + (units.open ? 1 : 0));
  Quantiles epochs{};
  if (run.planned_epochs) {
    epochs.fill(std::max(reached, static_cast<double>(*run.planned_epochs)));
  } else {
    epochs = EpochsLikely(earlier.lengths, reached);
  }
  if (units.finished.empty() && earlier.runs.empty()) return FromAgeAlone(units, epochs);

  const double elapsed =
      units.before_seconds + SecondsOf(units.finished) + (units.open ? units.open->seconds : 0);
  const auto ahead = static_cast<std::size_t>(std::llround(epochs[2] - done));
  Timed timed{.elapsed = elapsed, .total = elapsed, .epochs = epochs};
  timed.totals.fill(elapsed);
  if (ahead == 0) {
    timed.confidence = Confidence::kHigh;
    timed.why = Say("every planned epoch is finished");
    timed.of_class = "finished";
    return timed;
  }
  const std::size_t looked_at = std::min(ahead, kMostAhead);
  const std::vector<PlannedUnit> plan = PlanAhead(units.finished, looked_at);
  std::vector<Unit> finished;
  for (const RunUnit& unit : units.finished)
    finished.push_back(
        {.cost = unit.seconds, .evaluates = unit.evaluates, .checkpoints = unit.checkpoints});
  auto outlook = forecaster.Forecast({.workload = WorkloadOf(run),
                                      .system = SystemOf(run),
                                      .unit = "epoch",
                                      .before = units.before_seconds,
                                      .finished = finished,
                                      .ahead = plan,
                                      .earlier = earlier.borrowed});
  if (!outlook) return tl::unexpected<Error>(outlook.error());
  // Of a plan without end the first million epochs speak for all.
  const double times = static_cast<double>(ahead) / static_cast<double>(looked_at);
  outlook->cost *= times;
  for (double& quantile : outlook->quantiles) quantile *= times;
  const double each = outlook->cost / static_cast<double>(ahead);
  const double open = OpenSeconds(units, earlier, each);
  const double past = units.before_seconds + SecondsOf(units.finished);
  timed.total = std::max(elapsed, past + open + outlook->cost - each);
  const Quantiles paces = Adjusted(*outlook, AdjustmentOf(question.past));
  for (std::size_t i = 0; i < kLevels.size(); ++i) {
    // The pace's doubt and the number's are independent: their logarithms add in quadrature.
    const double pace = paces.at(i);
    const double number = std::log(std::max(1e-9, epochs[i] - done) / static_cast<double>(ahead));
    const double off = std::copysign(std::hypot(pace, number), kLevels[i] - 0.5);
    timed.totals[i] =
        i == 2 ? timed.total : std::max(elapsed, past + (timed.total - past) * std::exp(off));
  }
  timed.confidence = run.planned_epochs ? outlook->confidence : Confidence::kLow;
  timed.why = run.planned_epochs
                  ? outlook->why
                  : Say("the run does not say how many epochs there will be: run --epochs N, or "
                        "planned_epochs=N in the SDK");
  timed.of_class = Describe(outlook->blend.of);
  timed.members = MembersOf(outlook->blend);
  return timed;
}

// What a second costs lately, as a ratio to the mean so far, and its relative deviation.
struct Power {
  double ratio = 1;
  double deviation = 0;
};

Power PowerOf(std::span<const RunUnit> units) {
  Power power;
  if (units.size() < 2) return power;
  double nano = 0;
  for (const RunUnit& unit : units) nano += static_cast<double>(unit.nano - unit.memory_nano);
  const double mean = nano / SecondsOf(units);
  if (!(mean > 0)) return power;
  std::vector<double> rates;
  for (const RunUnit& unit : units.subspan(1).last(std::min(units.size() - 1, kRecent)))
    rates.push_back(static_cast<double>(unit.nano - unit.memory_nano) / unit.seconds / mean);
  power.ratio = Median(rates);
  if (!(power.ratio > 0)) return {};
  for (double& rate : rates) rate = std::abs(rate - power.ratio) / power.ratio;
  power.deviation = Median(std::move(rates)) / kMedianOfNormal;
  return power;
}

// Integers from here on: seconds become a ratio in billionths of the time that was paid for.
Wide Scaled(Wide nano, double ratio) {
  const auto billionths = static_cast<Wide>(std::llround(std::min(ratio, 9e9) * 1e9));
  return FloorDiv(nano, kBillion) * billionths + FloorDiv(nano % kBillion * billionths, kBillion);
}

// Memory priced per epoch: what an epoch of it costs, and the relative deviation. That follows the
// number of epochs and not their length.
struct EpochMemory {
  Wide each = 0;
  double deviation = 0;
};

EpochMemory MemoryOf(const RunUnits& units) {
  const std::span<const RunUnit> seen = units.finished;
  if (seen.empty()) return {units.open ? units.open->memory_nano : 0, kUnfinishedMemory};
  // The first epoch allocates: where there are others, they speak for those to come.
  const auto steady =
      seen.size() > 1 ? seen.subspan(1).last(std::min(seen.size() - 1, kRecent)) : seen;
  Wide sum = 0;
  for (const RunUnit& unit : steady) sum += unit.memory_nano;
  EpochMemory memory{sum / std::ssize(steady), kOneEpochsMemory / static_cast<double>(seen.size())};
  if (memory.each <= 0) return {};
  std::vector<double> off;
  for (const RunUnit& unit : steady)
    off.push_back(std::abs(static_cast<double>(unit.memory_nano - memory.each) /
                           static_cast<double>(memory.each)));
  memory.deviation = std::max(memory.deviation, Median(std::move(off)) / kMedianOfNormal);
  return memory;
}

void PutMoney(const RunUnits& units, const Timed& timed, const PriceDoubt& price,
              epochcost::Forecast& forecast) {
  Wide paid = 0;
  double paid_seconds = 0;
  for (const RunUnit& unit : units.finished) {
    paid += unit.nano - unit.memory_nano;
    paid_seconds += unit.seconds;
  }
  if (paid_seconds <= 0 && units.open) {
    paid = units.open->nano - units.open->memory_nano;
    paid_seconds = units.open->seconds;
  }
  const Power power = PowerOf(units.finished);
  const EpochMemory memory = MemoryOf(units);
  const double rest = timed.total - timed.elapsed;
  const double open = units.open ? units.open->seconds : 0;
  const auto done = std::ssize(units.finished);
  const auto cost_of = [&](double seconds) {
    return paid_seconds > 0 ? Scaled(paid, std::max(0.0, seconds) / paid_seconds * power.ratio)
                            : Wide{0};
  };
  const auto memory_of = [&](std::size_t level) {
    return memory.each * std::max<Wide>(0, std::llround(timed.epochs.at(level)) - done);
  };
  // The open epoch is forecast anew with those to come, so what it has cost is taken out.
  const Wide spent = forecast.spent.nano;
  const Wide settled = spent - (units.open ? units.open->nano : Wide{0}) + units.after_nano;
  const Wide timed_nano = cost_of(std::max(0.0, rest) + open);
  const Wide expected = timed_nano + memory_of(kMiddle);
  forecast.cost_nano.expected = std::max(spent, settled + expected);
  const double price_nano = MeanPriceDeviation(price, rest) * static_cast<double>(expected);
  const auto at = [&](std::size_t level, double z) {
    // Length and number are doubtful together; what a second and what an epoch use, each by itself.
    const double time = timed.totals.at(level) - timed.elapsed - rest;
    const double use = z * power.deviation * rest;
    const double seconds = rest + std::copysign(std::hypot(time, use), z);
    const Wide length = cost_of(std::max(0.0, seconds) + open) + memory_of(level) - expected;
    const double epochs = z * memory.deviation * static_cast<double>(memory_of(kMiddle));
    const double off =
        std::copysign(std::hypot(static_cast<double>(length), epochs, z * price_nano), z);
    return std::max(spent, settled + expected + static_cast<Wide>(off));
  };
  forecast.cost_nano.low95 = at(0, -kZ95);
  forecast.cost_nano.low80 = at(1, -kZ80);
  forecast.cost_nano.high80 = at(3, kZ80);
  forecast.cost_nano.high95 = at(4, kZ95);
  const double whole = std::max(static_cast<double>(forecast.cost_nano.expected), 1.0);
  const auto ppm = [&](double nano) {
    return std::llround(std::min(nano / whole, 9e9) * kMillion);
  };
  const auto length_at = [&](std::size_t level) {
    return static_cast<double>(cost_of(timed.totals.at(level) - timed.elapsed + open) +
                               memory_of(level));
  };
  forecast.duration_ppm = ppm((length_at(3) - length_at(1)) / 2);
  forecast.power_ppm =
      ppm(kZ80 * std::hypot(power.deviation * static_cast<double>(cost_of(rest)),
                            memory.deviation * static_cast<double>(memory_of(kMiddle))));
  forecast.price_ppm = ppm(kZ80 * price_nano);
  forecast.price_why =
      price.per_root_second > 0
          ? Say("as the price has moved so far, in {} changes", price.changes)
          : Say("taken as fixed: fewer than three changes of the price are on record");
}

Nanos ToNanos(double seconds) { return Nanos{std::llround(std::min(seconds, 9e9) * 1e9)}; }

}  // namespace

Result<epochcost::Forecast> ForecastRun(const Forecaster& forecaster, const RunQuestion& question) {
  if (question.cost.run.state != RunState::kRunning)
    return Fail(ErrorCode::kInvalidInput, Say("run {} is over", question.cost.run.id.Value()),
                Say("there is nothing left to forecast"),
                Say("epochcost show {} says what it cost", question.cost.run.id.Value()));
  auto units = UnitsOf(question.cost);
  if (!units) return tl::unexpected<Error>(units.error());
  const Earlier earlier = ReadEarlier(question.earlier);
  auto timed = TimeOf(forecaster, question, *units, earlier);
  if (!timed) return tl::unexpected<Error>(timed.error());

  epochcost::Forecast forecast{.run = question.cost.run.id,
                               .made = question.now,
                               .epochs_done = static_cast<std::int64_t>(units->finished.size()),
                               .planned_epochs = question.cost.run.planned_epochs,
                               .spent = question.cost.total,
                               .confidence = timed->confidence,
                               .confidence_why = timed->why,
                               .of_class = timed->of_class,
                               .members = timed->members};
  forecast.spent.nano += question.cost.provisional.nano;
  const auto epochs = [&](std::size_t level) { return std::llround(timed->epochs[level]); };
  forecast.epochs = {epochs(2), epochs(0), epochs(1), epochs(3), epochs(4)};
  forecast.duration = {ToNanos(timed->total), ToNanos(timed->totals[0]), ToNanos(timed->totals[1]),
                       ToNanos(timed->totals[3]), ToNanos(timed->totals[4])};
  PutMoney(*units, *timed, PriceDoubtOf(question.prices, question.cost.sums, question.now),
           forecast);
  forecast.stopping = StopOutlookOf(question.cost.metrics, forecast);
  if (question.project && question.project->budget)
    forecast.budget = BudgetOutlookOf(forecast, *question.project, question.project_spent,
                                      ToNanos(timed->total - timed->elapsed));
  return forecast;
}

}  // namespace epochcost::forecast
