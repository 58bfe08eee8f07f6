#pragma once
// What `epochcost estimate` and `compare` are asked, from flags to a plan.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/own_machines.h"
#include "base/result.h"
#include "estimate/answer/answer.h"
#include "estimate/answer/reference_runs.h"

namespace epochcost::app {

// As a person types them; empty where not given.
struct PlanOptions {
  std::string model, config, graph, onnx, preset;
  std::string gpu;  // "8xA100-80GB"
  std::string sample_bytes;
  std::string network;  // a link's name
  std::string sequence, image, classes;
  std::string batch, micro_batch, samples, tokens, epochs;
  std::string tensor, pipeline, context, expert, chunks, zero, recompute, precision, optimizer;
  std::string sync_every, compression;
  std::string eval_samples, eval_every, checkpoint_every, disk_speed, compile, stragglers;
  bool sequence_parallel = false;
  bool offload = false;
  bool unfused = false;  // attention that writes its scores
};

// "8xA100-80GB", "8×A100-80GB" or "A100-80GB", with an hour's price behind '@' where there is one.
struct MachineWords {
  std::int64_t devices = 1;
  estimate::Device device;
  std::optional<std::int64_t> price_nano;           // per device and hour
  std::shared_ptr<const estimate::OwnMachine> own;  // of one that was calibrated
};
// `own`: the calibrated machines, whose names go before the catalog's.
[[nodiscard]] Result<MachineWords> ParseMachine(std::string_view text, const OwnMachines& own = {});

// A whole number from 1 up, as "512", "1_000_000", "300e9". Error kInvalidInput names the flag: a
// fraction, 0, negative, NaN; kOverflow beyond 10¹⁵.
[[nodiscard]] Result<std::int64_t> ParseWholeFlag(std::string_view flag, std::string_view text);

// A model that a person names by an ONNX file's path is that file. For commands alone: what comes
// over a network names no file.
void TakeModelFile(PlanOptions& options);

// The model that the options name, in one of five ways.
[[nodiscard]] Result<estimate::Graph> GatherModel(const PlanOptions& options);

// What the options say of the training and of how it is computed, with its division over devices
// left open: of the strategy the precision, the optimizer, what is sharded and computed again.
[[nodiscard]] Result<estimate::RunPlan> GatherOpenPlan(
    const PlanOptions& options, const std::shared_ptr<const estimate::Graph>& graph,
    const MachineWords& machine);

// Samples that a device usually computes at once: a sequence, or 32 of anything smaller.
[[nodiscard]] std::int64_t UsualMicroBatch(const estimate::Graph& graph);

// A plan with the strategy as given and completed; what was assumed stands in its remarks. Errors:
// those of the parts, and a batch that does not divide.
[[nodiscard]] Result<estimate::RunPlan> GatherPlan(
    const PlanOptions& options, const std::shared_ptr<const estimate::Graph>& graph,
    const MachineWords& machine);

}  // namespace epochcost::app
