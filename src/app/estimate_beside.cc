#include "app/estimate_beside.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "api/escape.h"
#include "api/estimate_text.h"
#include "base/text.h"

namespace epochcost::app {
namespace {

constexpr std::array kAllTerms = {Term::kGpu,     Term::kCpu,    Term::kMemory,
                                  Term::kNetwork, Term::kEnergy, Term::kDisk};

bool Counts(const EpochCost& epoch) { return !epoch.is_open && epoch.is_complete; }

// The nearest whole, half away from zero; `count` is at least 1.
Wide Mean(Wide sum, std::int64_t count) {
  const Wide half = sum < 0 ? -Wide{count} / 2 : Wide{count} / 2;
  return (sum + half) / count;
}

struct Metered {
  std::array<std::optional<Wide>, kAllTerms.size()> terms;
  Wide total = 0;
  double hours = 0;
  std::int64_t epochs = 0;
};

Metered MeteredOf(const RunCost& run) {
  Metered metered;
  for (const EpochCost& epoch : run.epochs) {
    if (!Counts(epoch)) continue;
    ++metered.epochs;
    metered.total += epoch.total.nano;
    metered.hours += static_cast<double>(epoch.held.Count()) / 3.6e12;
    for (const ResourceInfo& info : Resources()) {
      const auto& sum = epoch.sums.at(static_cast<std::size_t>(info.resource));
      if (!sum || !info.is_charged) continue;
      auto& term = metered.terms.at(static_cast<std::size_t>(info.term));
      term = term.value_or(0) + sum->amount_nano;
    }
  }
  return metered;
}

// Whether a phase belongs to the epochs over which the metered column is the mean.
bool Counts(const EpochCost& phase, const RunCost& run) {
  if (phase.is_open) return false;
  return phase.scope.kind == ScopeKind::kSetup ||
         std::ranges::any_of(run.epochs, [&](const EpochCost& epoch) {
           return epoch.scope.index == phase.scope.index && Counts(epoch);
         });
}

std::vector<BesidePhase> PhasesBeside(const PricedEstimate& priced, const RunCost& run,
                                      std::int64_t metered_epochs) {
  std::vector<BesidePhase> rows;
  const Currency currency = priced.per_epoch.currency;
  for (const ScopeKind kind :
       {ScopeKind::kSetup, ScopeKind::kEval, ScopeKind::kCheckpoint, ScopeKind::kIdle}) {
    const bool is_once = kind == ScopeKind::kSetup;
    BesidePhase row{.kind = kind, .estimated = std::nullopt, .metered = std::nullopt};
    for (const PricedPhase& phase : priced.phases) {
      if (phase.phase.kind != kind) continue;
      row.estimated =
          Money{Mean(phase.amount.nano, is_once ? 1 : priced.estimate.epochs), currency};
    }
    std::optional<Wide> sum;
    for (const EpochCost& phase : run.phases) {
      if (phase.scope.kind != kind || !Counts(phase, run)) continue;
      sum = sum.value_or(0) + phase.total.nano;
    }
    if (sum) row.metered = Money{Mean(*sum, is_once ? 1 : metered_epochs), currency};
    if (row.estimated || row.metered) rows.push_back(row);
  }
  return rows;
}

double Difference(const Money& estimated, const Money& metered) {
  return 100 * (static_cast<double>(estimated.nano) / static_cast<double>(metered.nano) - 1);
}

std::string Line(const api::Pen& pen, std::string_view name, const std::optional<Money>& estimated,
                 const std::optional<Money>& metered) {
  const auto amount = [&](const std::optional<Money>& money) {
    return money ? pen.Amount(*money) : std::string(pen.Absent());
  };
  const bool is_compared = estimated && metered && metered->nano != 0;
  return PadRight(name, 14) + PadLeft(amount(estimated), 18) + PadLeft(amount(metered), 18) +
         PadLeft(is_compared ? fmt::format("{:+.1f} %", Difference(*estimated, *metered))
                             : std::string(pen.Absent()),
                 12);
}

nlohmann::ordered_json Nano(const std::optional<Money>& money) {
  if (!money) return nullptr;
  constexpr Wide kLargestExactNumber = Wide{1} << 53;
  if (money->nano > kLargestExactNumber || money->nano < -kLargestExactNumber) {
    return ToString(money->nano);
  }
  return static_cast<std::int64_t>(money->nano);
}

}  // namespace

Result<Beside> SetBeside(const PricedEstimate& priced, const RunCost& run) {
  const Currency currency = priced.per_epoch.currency;
  if (run.total.currency != currency) {
    return Fail(ErrorCode::kConflict,
                Say("run {} was priced in {}, the estimate in {}", run.run.id.Value(),
                    run.total.currency.Code(), currency.Code()),
                "", Say("take the run's own prices: leave out --prices and --sheet"));
  }
  const Metered metered = MeteredOf(run);
  if (metered.epochs == 0) {
    return Fail(ErrorCode::kUnavailable, Say("no epoch of run {} is complete", run.run.id.Value()),
                Say("an estimate is compared with the mean of complete epochs"),
                Say("wait for its first epoch, or name another run"));
  }
  Beside beside{.run_id = run.run.id.Value(), .run_name = run.run.name, .epochs = metered.epochs};
  for (const Term term : kAllTerms) {
    BesideRow row{.term = term, .estimated = std::nullopt, .metered = std::nullopt};
    for (const PricedTerm& one : priced.terms) {
      if (one.term != term || !one.is_priced) continue;
      row.estimated = Money{one.amount.nano * priced.estimate.replicas, currency};
    }
    if (const auto& sum = metered.terms.at(static_cast<std::size_t>(term))) {
      row.metered = Money{Mean(*sum, metered.epochs), currency};
    }
    if (row.estimated || row.metered) beside.rows.push_back(row);
  }
  beside.phases = PhasesBeside(priced, run, metered.epochs);
  beside.estimated = priced.per_epoch;
  beside.estimated_low = priced.per_epoch_low;
  beside.estimated_high = priced.per_epoch_high;
  beside.metered = {Mean(metered.total, metered.epochs), currency};
  beside.estimated_hours = priced.estimate.epoch_hours.value;
  beside.metered_hours = metered.hours / static_cast<double>(metered.epochs);
  beside.is_within = beside.estimated_low.nano <= beside.metered.nano &&
                     beside.metered.nano <= beside.estimated_high.nano;
  return beside;
}

std::string BesideText(const Beside& beside, const api::Style& style) {
  const api::Pen pen(style);
  std::string text = PadRight(Translate("one epoch"), 14) + PadLeft(Translate("estimated"), 18) +
                     PadLeft(Translate("metered"), 18) + PadLeft(Translate("difference"), 12) +
                     "\n";
  for (const BesideRow& row : beside.rows) {
    text += Line(pen, api::Label(row.term), row.estimated, row.metered) + "\n";
  }
  text += pen.Rule(62) + "\n" +
          Line(pen, Translate("all terms"), beside.estimated, beside.metered) + "\n";
  text += PadRight(Translate("hours"), 14) + PadLeft(api::ThreeDigits(beside.estimated_hours), 18) +
          PadLeft(api::ThreeDigits(beside.metered_hours), 18) + "\n";
  for (const BesidePhase& phase : beside.phases) {
    text += Line(pen, api::Label(phase.kind), phase.estimated, phase.metered) + "\n";
  }
  if (!beside.phases.empty()) {
    text += Say("setup is counted once, other phases on average over an epoch") + "\n";
  }
  text += Say("metered: run {}{}, the mean of {} complete epochs", beside.run_id,
              beside.run_name.empty() ? "" : " " + beside.run_name, beside.epochs) +
          "\n";
  return text + (beside.is_within
                     ? Say("the metered epoch lies in the estimate's interval")
                     : Say("the metered epoch lies outside of the estimate's interval"));
}

std::string BesideJson(const Beside& beside) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const BesideRow& row : beside.rows) {
    rows.push_back({{"term", Name(row.term)},
                    {"estimated_nano", Nano(row.estimated)},
                    {"metered_nano", Nano(row.metered)}});
  }
  nlohmann::ordered_json phases = nlohmann::ordered_json::array();
  for (const BesidePhase& phase : beside.phases) {
    phases.push_back({{"phase", Name(phase.kind)},
                      {"estimated_nano", Nano(phase.estimated)},
                      {"metered_nano", Nano(phase.metered)}});
  }
  const nlohmann::ordered_json out = {{"run_id", beside.run_id},
                                      {"run_name", api::ValidUtf8(beside.run_name)},
                                      {"epochs", beside.epochs},
                                      {"terms", std::move(rows)},
                                      {"phases", std::move(phases)},
                                      {"estimated_nano", Nano(beside.estimated)},
                                      {"metered_nano", Nano(beside.metered)},
                                      {"estimated_hours", beside.estimated_hours},
                                      {"metered_hours", beside.metered_hours},
                                      {"is_within", beside.is_within}};
  return out.dump();
}

}  // namespace epochcost::app
