#pragma once
// From a training's configuration to the published terms: what a person asks of an estimate.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "estimate/answer/interludes.h"
#include "estimate/calibration/own_machine.h"
#include "estimate/graph/graph.h"
#include "estimate/hardware/hardware.h"
#include "estimate/strategy/strategy.h"
#include "model/estimate.h"

namespace epochcost::estimate {

struct RunPlan {
  std::shared_ptr<const Graph> graph;
  Device device;
  Link network;            // what leaves a node: one port
  std::int64_t ports = 0;  // of a node; 0: one for each device
  // Of a machine of the reader's own: what was measured on it stands in the place of the catalog.
  std::shared_ptr<const OwnMachine> own;
  Strategy strategy;
  std::int64_t samples_per_epoch = 1;
  std::int64_t sample_bytes = 0;  // read from disk for a sample; 0: nobody said
  std::int64_t epochs = 1;
  Interludes interludes;
  std::vector<std::string> remarks;  // what was assumed in making the plan
};

// The machine that the plan runs on.
[[nodiscard]] Result<Machine> MachineOf(const RunPlan& plan);

// The calibration of the reader's own machine, else the shipped one of the device, the precision
// and the kind of model: language or image. For any other, and where no such runs were measured,
// the standard constants stand, with the interval that a data sheet deserves.
[[nodiscard]] const StackCalibration& CalibrationOf(const RunPlan& plan, const Machine& machine);

// By the shipped calibration of the device, where there is one, else by its data sheet.
//
// Errors: kInvalidInput where the strategy cannot be placed (Check) or a count is not above 0 or
// too large to compute with. A plan that does not fit in memory is answered, with its obstacle.
[[nodiscard]] Result<Estimate> Answer(const RunPlan& plan);

// One operator of one layer, and its weights in dividing up what the whole run costs.
struct LayerWeight {
  std::string path;        // "layers.3.attn.qkv"
  std::string block;       // "layers"
  std::int64_t index = 0;  // of the block's repetition
  std::string name;        // "attn.qkv"
  OpKind kind = OpKind::kElementwise;
  std::int64_t parameters = 0;
  std::int64_t operations = 0;      // forward and backward, per sample
  std::int64_t time_weight = 0;     // computation, and its share of what is waited for
  std::int64_t memory_weight = 0;   // parameters with their gradient and optimizer, and activations
  std::int64_t traffic_weight = 0;  // parameters
};
// All operators in the model's order; repetitions one by one. Errors as Answer.
[[nodiscard]] Result<std::vector<LayerWeight>> WeighLayers(const RunPlan& plan);

}  // namespace epochcost::estimate
