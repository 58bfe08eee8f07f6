#include "step_scores.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <set>

#include "estimate/calibration/shipped.h"

namespace epochcost::accuracy {
namespace {

using estimate::CalibrationOptions;
using estimate::RunSetup;
using estimate::StackCalibration;

CalibrationOptions OptionsOf(const std::string& table, bool is_narrow) {
  CalibrationOptions options;
  options.fit.noise = 0.03;
  options.residual = {.smooth = 0.025, .named = {0.03, 0.02}, .noise = 0.006};
  options.shift = 0.003;
  if (table == "dgxc" && is_narrow) {
    options.residual = {.smooth = 0.04, .named = {0.1, 0.03}, .noise = 0.022};
  } else if (table == "mpt") {
    options.residual = {.common = 0.03, .smooth = 0.04, .named = {0.035}, .noise = 0.02};
    options.shift = 0.018;
  } else if (table == "bigscience") {
    options.residual = {.common = 0.1, .smooth = 0.05, .named = {0.015, 0.02}, .noise = 0.025};
    options.shift = 0.02;
  } else if (table == "vtrain") {
    options.fit.noise = 0.04;
    options.residual = {.common = 0.03, .smooth = 0.06, .named = {0.03, 0.04}, .noise = 0.04};
    options.shift = 0.03;
  } else if (table == "megatron") {
    options.residual = {.smooth = 0.03, .named = {0.03}, .noise = 0.02};
    options.shift = 0.03;
  }
  return options;
}

// All that runs on one kind of device in one precision, whatever the software.
std::string KindOf(const RunSetup& run) {
  return run.machine.device.substr(0, 4) +
         (run.strategy.precision == Precision::kFp8 ? "/fp8" : "/16");
}

struct Fitted {
  std::map<std::string, StackCalibration> stacks;
  std::map<std::string, StackCalibration> kinds;  // where the software was not measured
};

StackCalibration FitSome(const std::vector<const StepCase*>& members,
                         const std::vector<estimate::Prior>& priors,
                         const CalibrationOptions& options) {
  std::vector<RunSetup> runs;
  std::vector<double> measured;
  for (const StepCase* one : members) {
    runs.push_back(one->run);
    measured.push_back(one->measured);
  }
  return FitStack(runs, measured, priors, options);
}

// Constants of the kind of device first; those of a stack are then held near them.
Fitted FitAll(const std::vector<StepCase>& cases) {
  std::map<std::string, std::vector<const StepCase*>> stacks;
  std::map<std::string, std::vector<const StepCase*>> kinds;
  for (const StepCase& one : cases) {
    if (!one.refusal.empty()) continue;
    stacks[one.run.stack].push_back(&one);
    kinds[KindOf(one.run)].push_back(&one);
  }
  Fitted fitted;
  for (const auto& [kind, members] : kinds) {
    CalibrationOptions options;
    // A source's runs share its shift: together they say little more than one run would.
    std::set<std::string> sources;
    for (const StepCase* one : members) sources.insert(one->run.stack);
    options.fit.noise =
        0.12 * std::sqrt(static_cast<double>(members.size()) / static_cast<double>(sources.size()));
    StackCalibration base = FitSome(members, estimate::StandardPriors(), options);
    base.residual = {};
    base.shift = 0.12;
    fitted.kinds[kind] = std::move(base);
  }
  for (const auto& [stack, members] : stacks) {
    std::vector<estimate::Prior> priors = estimate::StandardPriors();
    const auto& base = fitted.kinds.at(KindOf(members.front()->run)).constants.Values();
    for (std::size_t i = 0; i < priors.size(); ++i) {
      priors[i] = {.value = base.at(i), .spread = priors[i].spread * 0.7};
    }
    fitted.stacks[stack] =
        FitSome(members, priors,
                OptionsOf(members.front()->table,
                          members.front()->run.strategy.precision == Precision::kFp8));
  }
  return fitted;
}

StackCalibration For(const Fitted& fitted, const RunSetup& run) {
  const auto stack = fitted.stacks.find(run.stack);
  if (stack != fitted.stacks.end()) return stack->second;
  const auto kind = fitted.kinds.find(KindOf(run));
  if (kind != fitted.kinds.end()) return kind->second;
  StackCalibration nothing;
  nothing.shift = 0.17;
  return nothing;
}

Scored Predict(const StepCase& one, const StackCalibration& calibration) {
  Scored scored{.table = one.table,
                .row_class = one.row_class,
                .label = one.label,
                .measured = one.measured,
                .refusal = one.refusal};
  if (!one.refusal.empty()) return scored;
  const estimate::StepPrediction prediction = PredictStep(one.run, calibration);
  scored.predicted = prediction.seconds;
  scored.low = prediction.low;
  scored.high = prediction.high;
  return scored;
}

}  // namespace

Result<std::vector<StepCase>> ReadSteps(const std::string& directory) {
  std::vector<StepCase> cases;
  std::set<std::string> seen;  // a release repeats the rows of the one before
  for (const auto& read : {ReadMpt, ReadDgxc, ReadBigScience, ReadVtrain, ReadMegatron}) {
    auto some = read(directory);
    if (!some) return some;
    for (StepCase& one : *some) {
      if (one.table == "dgxc" && !seen.insert(one.configuration).second) continue;
      if (one.refusal.empty() && !(one.measured > 0)) one.refusal = "the row has no measured time";
      if (one.refusal.empty()) {
        const auto ok = Check(*one.run.graph, one.run.strategy, one.run.machine);
        if (!ok) one.refusal = ok.error().what + ": " + ok.error().why;
      }
      cases.push_back(std::move(one));
    }
  }
  return cases;
}

std::vector<Scored> ScoreSteps(const std::vector<StepCase>& fit,
                               const std::vector<StepCase>& test) {
  const Fitted fitted = FitAll(fit);
  std::vector<Scored> scored;
  for (const StepCase& one : test) scored.push_back(Predict(one, For(fitted, one.run)));
  return scored;
}

std::vector<Scored> ScoreHalves(const std::vector<StepCase>& cases, int seeds) {
  std::vector<Scored> scored;
  for (int seed = 0; seed < seeds; ++seed) {
    std::mt19937 random(static_cast<std::uint32_t>(seed + 1));
    // Within each stack, so that each half has runs of all.
    std::map<std::string, std::set<std::string>> configurations;
    for (const StepCase& one : cases) {
      configurations[one.run.stack].insert(one.table + one.configuration);
    }
    std::set<std::string> first;
    for (const auto& [stack, names] : configurations) {
      std::vector<std::string> shuffled(names.begin(), names.end());
      std::shuffle(shuffled.begin(), shuffled.end(), random);
      first.insert(shuffled.begin(),
                   shuffled.begin() + static_cast<std::ptrdiff_t>(shuffled.size() / 2));
    }
    std::vector<StepCase> a;
    std::vector<StepCase> b;
    for (const StepCase& one : cases) {
      (first.contains(one.table + one.configuration) ? a : b).push_back(one);
    }
    for (const auto& [fit, test] : {std::pair{&a, &b}, std::pair{&b, &a}}) {
      for (Scored& row : ScoreSteps(*fit, *test)) scored.push_back(std::move(row));
    }
  }
  return scored;
}

std::vector<Scored> ScoreLeftOut(const std::vector<StepCase>& cases) {
  std::map<std::pair<std::string, std::string>, std::vector<StepCase>> groups;
  for (const StepCase& one : cases) groups[{one.table, one.model}].push_back(one);
  std::vector<Scored> scored;
  for (const auto& [key, test] : groups) {
    std::vector<StepCase> fit;
    for (const StepCase& one : cases) {
      if (one.table != key.first || one.model != key.second) fit.push_back(one);
    }
    for (Scored& row : ScoreSteps(fit, test)) scored.push_back(std::move(row));
  }
  return scored;
}

std::vector<Scored> ScoreDatasheet(const std::vector<StepCase>& cases) {
  std::set<std::string> tables;
  for (const StepCase& one : cases) tables.insert(one.table);
  std::vector<Scored> scored;
  for (const std::string& table : tables) {
    std::vector<StepCase> fit;
    std::vector<StepCase> test;
    for (const StepCase& one : cases) (one.table == table ? test : fit).push_back(one);
    for (Scored& row : ScoreSteps(fit, test)) scored.push_back(std::move(row));
  }
  return scored;
}

std::string CalibrationFile(const std::vector<StepCase>& cases, const std::string& date) {
  const Fitted fitted = FitAll(cases);
  std::vector<estimate::ShippedStack> stacks;
  for (const auto& [kind, calibration] : fitted.kinds) {
    estimate::ShippedStack stack;
    stack.name = kind;
    stack.device = kind.substr(0, kind.find('/'));
    stack.precision = kind.ends_with("fp8") ? Precision::kFp8 : Precision::kBf16;
    stack.date = date;
    stack.calibration = calibration;
    std::set<std::string> tables;
    double squares = 0;
    for (const StepCase& one : cases) {
      if (!one.refusal.empty() || KindOf(one.run) != kind) continue;
      tables.insert(one.table);
      const double predicted = PhysicalStep(one.run, calibration.constants).Sum();
      const double off = std::log(one.measured / predicted);
      squares += off * off;
      stack.mean_error += 100 * std::abs(predicted / one.measured - 1);
    }
    const auto n = static_cast<double>(calibration.runs);
    stack.mean_error /= n;
    // Runs of other software and scale are further off than those that were fitted.
    stack.calibration.shift = std::hypot(std::sqrt(squares / n), 0.06);
    for (const std::string& table : tables) {
      stack.source += (stack.source.empty() ? "published step times: " : ", ") + table;
    }
    stacks.push_back(std::move(stack));
  }
  return WriteCalibration(stacks);
}

}  // namespace epochcost::accuracy
