#include "image_steps.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <set>

#include "estimate/calibration/shipped.h"
#include "estimate/graph/models.h"
#include "steps.h"

namespace epochcost::accuracy {
namespace {

using estimate::Constant;
using estimate::Constants;
using estimate::Prior;
using estimate::RunSetup;
using estimate::StackCalibration;

struct ImageRun {
  RunSetup run;
  std::string kind;     // "RTX-3090/16"
  std::string network;  // left out together: "resnet", "efficientnet"
  std::string label;
  double measured = 0;  // seconds of a step
};

// As the catalog names what timm and DeepLearningExamples do.
std::string CatalogName(const ImageCase& one) {
  if (one.table == "dle") {
    if (one.parameters == 25.6) return "resnet50";
    return one.parameters == 44.2 ? "resnext101-32x4d" : "";
  }
  std::string name = one.name;
  std::ranges::replace(name, '_', '-');
  for (const auto& [from, to] : {std::pair{"-patch16-224", "-16"}, std::pair{"-patch32-224", "-32"},
                                 std::pair{"-patch14-224", "-14"}}) {
    if (name.ends_with(from)) name = name.substr(0, name.size() - std::string(from).size()) + to;
  }
  return name;
}

std::vector<ImageRun> RunsOf(const std::vector<ImageCase>& cases) {
  std::set<std::string> known;
  for (const estimate::ModelInfo& info : estimate::Models()) known.insert(info.name);
  std::vector<ImageRun> runs;
  for (const ImageCase& one : cases) {
    const std::string name = CatalogName(one);
    const bool is_timm = one.table == "timm";
    if (!one.refusal.empty() || !known.contains(name)) continue;
    if (is_timm && one.stack != "nchw torch 1.12") continue;
    const bool takes_size = !name.starts_with("vit");
    auto graph = takes_size
                     ? estimate::BuildModel(name, {.image = static_cast<std::int64_t>(one.side)})
                     : estimate::BuildModel(name);
    if (!graph) continue;
    ImageRun run;
    const bool is_wide = one.stack.ends_with("FP32");
    run.kind = std::string(is_timm ? "RTX-3090" : "V100") + (is_wide ? "/32" : "/16");
    run.network = is_timm ? one.family : one.model;
    run.label = one.label;
    run.measured = one.measured * one.batch;
    run.run.graph = std::make_shared<const estimate::Graph>(*std::move(graph));
    run.run.machine = MachineOf(is_timm ? "RTX-3090" : "V100-SXM2-16GB", 12.5e9);
    estimate::Strategy& strategy = run.run.strategy;
    strategy.data = static_cast<std::int64_t>(one.devices);
    strategy.micro_batch = static_cast<std::int64_t>(one.batch);
    strategy.precision = is_wide ? Precision::kFp32 : Precision::kFp16;
    strategy.optimizer = estimate::Optimizer::kMomentum;
    runs.push_back(std::move(run));
  }
  return runs;
}

// Convolutions differ from products more than products of one device from those of another.
std::vector<Prior> ImagePriors() {
  std::vector<Prior> priors = estimate::StandardPriors();
  priors.at(static_cast<std::size_t>(Constant::kConvolution)) = {.value = 0.6, .spread = 0.6};
  priors.at(static_cast<std::size_t>(Constant::kVector)) = {.value = 1, .spread = 0.4};
  priors.at(static_cast<std::size_t>(Constant::kPooling)) = {.value = 1, .spread = 0.4};
  priors.at(static_cast<std::size_t>(Constant::kMemory)) = {.value = 0.7, .spread = 0.3};
  return priors;
}

StackCalibration FitRuns(const std::vector<const ImageRun*>& runs) {
  std::vector<RunSetup> setups;
  std::vector<double> measured;
  for (const ImageRun* one : runs) {
    setups.push_back(one->run);
    measured.push_back(one->measured);
  }
  return FitStack(setups, measured, ImagePriors(),
                  {.fit = {.noise = 0.1, .robustness = 3},
                   .residual = {.smooth = 0, .noise = 0.1},
                   .shift = 0.06});
}

double RootMeanSquare(const std::vector<const ImageRun*>& runs, const Constants& constants) {
  double squares = 0;
  for (const ImageRun* one : runs) {
    const double off = std::log(one->measured / PhysicalStep(one->run, constants).Sum());
    squares += off * off;
  }
  return std::sqrt(squares / static_cast<double>(std::max<std::size_t>(runs.size(), 1)));
}

// `deviation`: of the logarithm.
Scored Predicted(const ImageRun& one, const Constants& constants, double deviation) {
  const double seconds = PhysicalStep(one.run, constants).Sum();
  const double spread = std::exp(1.2816 * deviation);
  return {.table = "built-in image models",
          .row_class = one.kind,
          .label = one.label,
          .measured = one.measured,
          .predicted = seconds,
          .low = seconds / spread,
          .high = seconds * spread,
          .refusal = {}};
}

}  // namespace

std::vector<Scored> ScoreImageStepsLeftOut(const std::vector<ImageCase>& cases) {
  const std::vector<ImageRun> runs = RunsOf(cases);
  std::set<std::pair<std::string, std::string>> groups;
  for (const ImageRun& one : runs) groups.emplace(one.kind, one.network);
  std::vector<Scored> scored;
  for (const auto& [kind, network] : groups) {
    std::vector<const ImageRun*> seen;
    for (const ImageRun& one : runs) {
      if (one.kind == kind && one.network != network) seen.push_back(&one);
    }
    if (seen.empty()) continue;
    const StackCalibration fitted = FitRuns(seen);
    const double deviation = std::hypot(RootMeanSquare(seen, fitted.constants), 0.06);
    for (const ImageRun& one : runs) {
      if (one.kind == kind && one.network == network) {
        scored.push_back(Predicted(one, fitted.constants, deviation));
      }
    }
  }
  return scored;
}

std::vector<Scored> ScoreImageStepsDatasheet(const std::vector<ImageCase>& cases) {
  std::vector<Scored> scored;
  for (const ImageRun& one : RunsOf(cases)) scored.push_back(Predicted(one, Constants(), 0.17));
  return scored;
}

std::string ImageCalibrationFile(const std::vector<ImageCase>& cases, const std::string& date) {
  const std::vector<ImageRun> runs = RunsOf(cases);
  std::map<std::string, std::vector<const ImageRun*>> kinds;
  for (const ImageRun& one : runs) kinds[one.kind].push_back(&one);
  std::vector<estimate::ShippedStack> stacks;
  for (const auto& [kind, seen] : kinds) {
    const StackCalibration fitted = FitRuns(seen);
    estimate::ShippedStack stack{.name = kind + "/images",
                                 .device = kind.substr(0, kind.find('/'))};
    stack.precision = kind.ends_with("/32") ? Precision::kFp32 : Precision::kFp16;
    stack.source = stack.device == "V100"
                       ? "published throughput of image models: DeepLearningExamples"
                       : "published throughput of image models: timm, torch 1.12, nchw";
    stack.date = date;
    stack.calibration = fitted;
    // A network that was not fitted is further off.
    stack.calibration.shift = std::hypot(RootMeanSquare(seen, fitted.constants), 0.12);
    for (const ImageRun* one : seen) {
      stack.mean_error +=
          100 * std::abs(PhysicalStep(one->run, fitted.constants).Sum() / one->measured - 1) /
          static_cast<double>(seen.size());
    }
    stacks.push_back(std::move(stack));
  }
  return WriteCalibration(stacks);
}

}  // namespace epochcost::accuracy
