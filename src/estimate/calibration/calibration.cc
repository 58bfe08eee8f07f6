#include "estimate/calibration/calibration.h"

#include <cmath>

namespace epochcost::estimate {
namespace {

constexpr double kEightyPercent =
    1.2816;  // of a normal distribution lie within ± so many deviations

}  // namespace

StepTime PhysicalStep(const RunSetup& run, const Constants& constants) {
  return TimeStep(TimeBlocks(*run.graph, run.strategy, run.machine, constants), run.strategy,
                  run.machine, constants);
}

std::vector<Prior> StandardPriors() {
  std::vector<Prior> priors;
  for (const ConstantInfo& info : ConstantInfos()) priors.push_back(info.prior);
  return priors;
}

StackCalibration FitStack(const std::vector<RunSetup>& runs, const std::vector<double>& measured,
                          const std::vector<Prior>& priors, const CalibrationOptions& options) {
  const auto predict = [&runs](const std::vector<double>& values, std::vector<double>& out) {
    const Constants constants(values);
    for (std::size_t i = 0; i < runs.size(); ++i) out[i] = PhysicalStep(runs[i], constants).Sum();
  };
  const Fit fit = FitConstants(priors, measured, predict, options.fit);
  std::vector<Likeness> likenesses;
  likenesses.reserve(runs.size());
  for (const RunSetup& run : runs) likenesses.push_back(run.likeness);
  return {.constants = Constants(fit.constants),
          .residual = ResidualModel(options.residual, std::move(likenesses), fit.residuals),
          .shift = options.shift,
          .runs = runs.size()};
}

StepPrediction PredictStep(const RunSetup& run, const StackCalibration& calibration) {
  StepPrediction prediction;
  prediction.parts = PhysicalStep(run, calibration.constants);
  const Correction correction = calibration.residual.At(run.likeness);
  const double factor = std::exp(correction.log_factor);
  for (double& part : prediction.parts.parts) part *= factor;
  prediction.seconds = prediction.parts.Sum();
  const double spread =
      std::exp(kEightyPercent * std::hypot(correction.deviation, calibration.shift));
  prediction.low = prediction.seconds / spread;
  prediction.high = prediction.seconds * spread;
  prediction.tier = calibration.runs > 0 ? Tier::kCalibrated : Tier::kDatasheet;
  return prediction;
}

}  // namespace epochcost::estimate
