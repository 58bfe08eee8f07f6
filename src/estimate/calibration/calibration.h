#pragma once
// Measured runs in, constants and what they leave unexplained out: one calibration per stack, that
// is per device, software and precision.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "estimate/calibration/constants.h"
#include "estimate/calibration/residual.h"
#include "estimate/graph/graph.h"
#include "estimate/strategy/strategy.h"
#include "estimate/time/step_time.h"

namespace epochcost::estimate {

// A run's configuration. Nothing in here was measured.
struct RunSetup {
  std::shared_ptr<const Graph> graph;
  Strategy strategy;
  Machine machine;
  std::string stack;  // "nemo/H100/bf16"
  Likeness likeness;  // among the runs of its stack
};

// Seconds of a step by parts, by the physical model alone.
[[nodiscard]] StepTime PhysicalStep(const RunSetup& run, const Constants& constants);

struct CalibrationOptions {
  FitOptions fit;
  ResidualPrior residual;
  // Standard deviation of the logarithm by which a source, a stack or a scale shifts all its runs:
  // an interval from the residuals of one source alone is too narrow for the runs of another.
  double shift = 0.02;
};

struct StackCalibration {
  Constants constants;
  ResidualModel residual;
  double shift = 0.1;  // standard deviation of the logarithm, on top of the residual's
  std::size_t runs = 0;
  bool is_sweep = false;  // fitted to single operators on the reader's machine, not to whole runs
};

struct StepPrediction {
  StepTime parts;  // scaled, so that they sum to `seconds`
  double seconds = 0;
  double low = 0;  // of the 80 % interval
  double high = 0;
  Tier tier = Tier::kDatasheet;
};

[[nodiscard]] StackCalibration FitStack(const std::vector<RunSetup>& runs,
                                        const std::vector<double>& measured,
                                        const std::vector<Prior>& priors,
                                        const CalibrationOptions& options);

// The priors of ConstantInfos().
[[nodiscard]] std::vector<Prior> StandardPriors();

[[nodiscard]] StepPrediction PredictStep(const RunSetup& run, const StackCalibration& calibration);

}  // namespace epochcost::estimate
