#pragma once
// The one entrance: a model, how it is trained and on what; what a step takes, keeps, sends and
// draws, each with its uncertainty.

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "estimate/calibration/calibration.h"
#include "estimate/energy/power.h"
#include "estimate/memory/memory.h"
#include "estimate/traffic/traffic.h"
#include "model/estimate.h"

namespace epochcost::estimate {

// What an operator of a block takes of a step, on one device of the stage that has it.
struct OperatorShare {
  std::string path;  // "layers.*.attn.qkv": of all repetitions of its block together
  std::string block;
  std::string name;
  std::int64_t count = 1;  // repetitions
  double seconds = 0;      // of a step, all repetitions; the sum over all shares is the step
  double forward = 0;      // of these
  double backward = 0;
};

struct StepEstimate {
  Figure step_seconds;
  StepTime parts;                        // seconds; their sum is step_seconds.value
  std::vector<OperatorShare> operators;  // sum to step_seconds.value exactly in the last one
  MemoryTimeline memory;
  Figure peak_memory_bytes;  // of the fullest device, with context and reserve
  Traffic traffic;           // of one device and step
  Figure watts;              // of all devices and their nodes
  Tier tier = Tier::kDatasheet;
  double busy = 0;         // part of the step in which the matrix or vector units work
  double utilisation = 0;  // operations of the step / what the peaks could do: U_gpu of the formula
  double operations = 0;   // of one replica and step, recomputation included
  bool fits = true;
  std::vector<Obstacle> obstacles;
  std::vector<std::string> remarks;
};

// Errors: those of Check(). A strategy that does not fit is no error: `fits` is false and
// `obstacles` say by how much.
[[nodiscard]] Result<StepEstimate> Predict(const std::shared_ptr<const Graph>& graph,
                                           const Strategy& strategy, const Machine& machine,
                                           const StackCalibration& calibration);

// Seconds of an evaluation of so many samples; what corrects the step, whose predicted seconds are
// given, corrects it too. Expects a strategy that Check() accepts.
[[nodiscard]] double PredictEvaluation(const Graph& graph, const Strategy& strategy,
                                       const Machine& machine, const StackCalibration& calibration,
                                       double step_seconds, std::int64_t samples);

// The shipped calibration of a device in a precision: fitted to published runs where there are
// some, else the standard constants with a wide interval.
[[nodiscard]] const StackCalibration& ShippedCalibration(const Machine& machine,
                                                         Precision precision);

}  // namespace epochcost::estimate
