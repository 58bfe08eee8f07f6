#include "forecast/run/run_units.h"

#include <algorithm>
#include <map>

#include "base/text.h"

namespace epochcost::forecast {
namespace {

constexpr double kNanosInSecond = 1e9;

double Seconds(Nanos length) { return static_cast<double>(length.Count()) / kNanosInSecond; }

// The period of the epochs for which `flag` holds; 1 where it holds for all, 0 where for none, and
// nothing where they do not recur.
std::optional<std::size_t> PeriodOfFlag(std::span<const RunUnit> units, bool RunUnit::* flag) {
  std::vector<std::size_t> at;
  for (std::size_t i = 0; i < units.size(); ++i)
    if (units[i].*flag) at.push_back(i);
  if (at.empty()) return 0;
  if (at.size() == units.size()) return 1;
  if (at.size() < 2) return std::nullopt;
  const std::size_t period = at[1] - at[0];
  for (std::size_t i = 1; i < at.size(); ++i)
    if (at[i] - at[i - 1] != period) return std::nullopt;
  const bool is_missing = units.size() > at.back() + period || at.front() >= period;
  return is_missing ? std::nullopt : std::optional(period);
}

void PlanFlag(std::span<RunUnit> finished, bool RunUnit::* seen, std::vector<PlannedUnit>& ahead,
              bool PlannedUnit::* planned) {
  const auto period = PeriodOfFlag(finished, seen);
  if (!period || *period < 2) {
    for (RunUnit& unit : finished) unit.*seen = false;
    return;
  }
  const auto last = std::find_if(finished.rbegin(), finished.rend(),
                                 [&](const RunUnit& unit) { return unit.*seen; });
  const auto since = static_cast<std::size_t>(last - finished.rbegin());
  for (std::size_t i = 0; i < ahead.size(); ++i) ahead[i].*planned = (since + i + 1) % *period == 0;
}

bool IsMemoryPricedPerEpoch(const RunCost& cost) {
  return !cost.sheets.empty() && cost.sheets.back().memory_basis == MemoryBasis::kPerEpoch;
}

Wide MemoryOf(const EpochCost& scope) {
  const auto& memory = scope.sums.at(static_cast<std::size_t>(Resource::kMemory));
  return (memory ? memory->amount_nano : 0) + scope.provisional.nano;
}

// Nothing once the time after the last planned epoch has begun: then it is in what was paid. An
// epoch that was recognised in what a program prints lasts until the program ends.
Wide AfterTheLastEpoch(const RunCost& cost) {
  if (cost.run.epochs_from != "sdk") return 0;
  const auto is_after = [&](const EpochCost& phase) {
    return phase.scope.kind == ScopeKind::kIdle && cost.run.planned_epochs &&
           phase.scope.index + 1 >= *cost.run.planned_epochs;
  };
  if (std::ranges::any_of(cost.phases, is_after)) return 0;
  const auto last = std::find_if(cost.epochs.rbegin(), cost.epochs.rend(),
                                 [](const EpochCost& epoch) { return !epoch.is_open; });
  return last == cost.epochs.rend() ? 0 : MemoryOf(*last);
}

}  // namespace

Result<RunUnits> UnitsOf(const RunCost& cost) {
  RunUnits units;
  const bool has_memory = IsMemoryPricedPerEpoch(cost);
  std::map<std::int64_t, RunUnit> by_index;
  for (const EpochCost& epoch : cost.epochs) {
    RunUnit& unit = by_index[epoch.scope.index];
    if (epoch.held.Count() < 0 || epoch.total.nano + epoch.provisional.nano < 0)
      return Fail(ErrorCode::kInvalidInput,
                  Say("epoch {} took {} and cost {}", epoch.scope.index + 1,
                      FormatDuration(epoch.held), Format(epoch.total)),
                  Say("neither can be less than nothing"));
    unit.seconds += Seconds(epoch.held);
    unit.nano += epoch.total.nano + epoch.provisional.nano;
    if (has_memory) unit.memory_nano += MemoryOf(epoch);
    unit.steps += epoch.steps;
  }
  for (const EpochCost& phase : cost.phases) {
    if (phase.held.Count() < 0 || phase.total.nano + phase.provisional.nano < 0)
      return Fail(ErrorCode::kInvalidInput,
                  Say("what follows epoch {} took {} and cost {}", phase.scope.index + 1,
                      FormatDuration(phase.held), Format(phase.total)),
                  Say("neither can be less than nothing"));
    const auto found = by_index.find(phase.scope.index);
    if (phase.scope.kind == ScopeKind::kSetup || found == by_index.end()) {
      units.before_seconds += Seconds(phase.held);
      units.before_nano += phase.total.nano + phase.provisional.nano;
      continue;
    }
    RunUnit& unit = found->second;
    unit.seconds += Seconds(phase.held);
    unit.nano += phase.total.nano + phase.provisional.nano;
    if (has_memory) unit.memory_nano += MemoryOf(phase);
    unit.evaluates = unit.evaluates || phase.scope.kind == ScopeKind::kEval;
    unit.checkpoints = unit.checkpoints || phase.scope.kind == ScopeKind::kCheckpoint;
  }
  for (const EpochCost& epoch : cost.epochs) {
    const RunUnit& unit = by_index[epoch.scope.index];
    if (epoch.is_open) {
      units.open = unit;
    } else if (epoch.is_complete && unit.seconds > 0) {
      units.finished.push_back(unit);
    } else {
      // Cut off, or too short for the clock: it tells no pace, but it was paid for.
      units.before_seconds += unit.seconds;
      units.before_nano += unit.nano;
    }
  }
  if (has_memory) units.after_nano = AfterTheLastEpoch(cost);
  return units;
}

std::vector<PlannedUnit> PlanAhead(std::span<RunUnit> finished, std::size_t ahead) {
  std::vector<PlannedUnit> plan(ahead);
  PlanFlag(finished, &RunUnit::evaluates, plan, &PlannedUnit::evaluates);
  PlanFlag(finished, &RunUnit::checkpoints, plan, &PlannedUnit::checkpoints);
  return plan;
}

CompletedRun AsCompleted(const RunCost& cost, const RunUnits& units) {
  CompletedRun run{.id = cost.run.id.Value(),
                   .workload = WorkloadOf(cost.run),
                   .system = SystemOf(cost.run),
                   .owner = cost.run.project.Value(),
                   .unit = "epoch",
                   .before = units.before_seconds};
  for (const RunUnit& unit : units.finished)
    run.units.push_back(
        {.cost = unit.seconds, .evaluates = unit.evaluates, .checkpoints = unit.checkpoints});
  return run;
}

std::string WorkloadOf(const Run& run) { return run.project.Value() + "/" + run.name; }

std::string SystemOf(const Run& run) { return run.agent.Value(); }

}  // namespace epochcost::forecast
