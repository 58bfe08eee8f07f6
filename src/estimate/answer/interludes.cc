#include "estimate/answer/interludes.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "estimate/answer/answer.h"
#include "estimate/calibration/calibration.h"
#include "estimate/predict.h"

namespace epochcost::estimate {
namespace {

constexpr double kGiga = 1e9;
constexpr double kSecondsPerHour = 3600;

Figure Times(const Figure& figure, double factor, std::string source) {
  return {figure.value * factor, figure.low * factor, figure.high * factor, figure.quality,
          std::move(source)};
}

class Writer {
 public:
  Writer(const RunPlan& plan, const Machine& machine, const StackCalibration& calibration,
         const StepEstimate& step, Estimate& into)
      : plan_(plan), machine_(machine), calibration_(calibration), step_(step), into_(into) {}

  void Compile() {
    const Interludes& asked = plan_.interludes;
    if (!asked.is_compiled) return;
    if (asked.compile_seconds) {
      return Put(ScopeKind::kSetup, 1,
                 Figure::Exactly(*asked.compile_seconds, Quality::kAssumed,
                                 Say("compilation before the first step, as given")));
    }
    std::int64_t operators = 0;
    for (const Block& block : plan_.graph->blocks) {
      operators += block.count * static_cast<std::int64_t>(block.operators.size());
    }
    const double seconds = static_cast<double>(operators) * kCompileSeconds;
    Put(ScopeKind::kSetup, 1,
        {seconds, seconds / kCompileSpread, seconds * kCompileSpread, Quality::kAssumed,
         Say("compilation before the first step: {} operators × {} s", operators,
             kCompileSeconds)});
  }

  void Evaluate() {
    const std::int64_t samples = plan_.interludes.evaluated_samples;
    if (samples == 0) return;
    const double seconds = PredictEvaluation(*plan_.graph, plan_.strategy, machine_, calibration_,
                                             step_.step_seconds.value, samples);
    const Figure& whole = step_.step_seconds;
    Put(ScopeKind::kEval, TimesOf(plan_.interludes.evaluate_every),
        {seconds, seconds * whole.low / whole.value, seconds * whole.high / whole.value,
         Quality::kModelled, Say("forward passes over {} samples", samples)});
    if (into_.phases.empty() || into_.phases.back().kind != ScopeKind::kEval) return;
    EstimatedPhase& phase = into_.phases.back();
    const double read = static_cast<double>(samples) * static_cast<double>(plan_.sample_bytes);
    phase.disk = Disk(read * static_cast<double>(phase.times),
                      Say("samples that are evaluated × {} bytes", plan_.sample_bytes));
  }

  void Save() {
    const Interludes& asked = plan_.interludes;
    if (!asked.checkpoint_every) return;
    const auto parameters = static_cast<double>(Sum(*plan_.graph).parameters);
    const double each = SavedBytes(plan_.strategy);
    const double bytes = parameters * each;
    const bool is_given = asked.disk_bytes_per_second > 0;
    const double rate = is_given ? asked.disk_bytes_per_second : kDiskBytesPerSecond;
    const double spread = is_given ? 1 : kDiskSpread;
    // Where replicas share nothing out, one of them writes for all.
    const std::int64_t writing =
        plan_.strategy.sharding == Sharding::kNone ? into_.devices / into_.replicas : into_.devices;
    const std::int64_t machines = machine_.Nodes(writing);
    const double seconds = bytes / (rate * static_cast<double>(machines));
    Put(ScopeKind::kCheckpoint, TimesOf(*asked.checkpoint_every),
        {seconds, seconds / spread, seconds * spread,
         is_given ? Quality::kModelled : Quality::kAssumed,
         Say("{:.3g} GB ({:.3g} bytes a parameter) at {:.3g} GB/s from each of {} machines",
             bytes / kGiga, each, rate / kGiga, machines)});
    if (into_.phases.empty() || into_.phases.back().kind != ScopeKind::kCheckpoint) return;
    EstimatedPhase& phase = into_.phases.back();
    phase.disk = Disk(bytes * static_cast<double>(phase.times),
                      Say("{} checkpoints of {:.3g} GB", phase.times, bytes / kGiga));
    phase.is_written = true;
  }

  void PutRunHours() {
    const auto epochs = static_cast<double>(into_.epochs);
    into_.run_hours = Times(into_.epoch_hours, epochs, Say("epochs and what is done beside them"));
    for (const EstimatedPhase& phase : into_.phases) {
      into_.run_hours.value += phase.hours.value;
      into_.run_hours.low += phase.hours.low;
      into_.run_hours.high += phase.hours.high;
    }
  }

 private:
  [[nodiscard]] std::int64_t TimesOf(std::int64_t every) const {
    return every == 0 ? into_.epochs : into_.steps_per_epoch * into_.epochs / every;
  }

  [[nodiscard]] Figure Disk(double bytes, std::string source) const {
    return Figure::Exactly(bytes / kGiga / static_cast<double>(into_.replicas), Quality::kModelled,
                           std::move(source));
  }

  void Put(ScopeKind kind, std::int64_t times, Figure seconds) {
    if (times == 0) {
      into_.remarks.push_back(
          Say("{}: the run has fewer steps than lie between two of them", Translate(Name(kind))));
      return;
    }
    const double count = static_cast<double>(times);
    EstimatedPhase phase{.kind = kind, .times = times, .scopes = std::min(times, into_.epochs)};
    phase.hours = Times(seconds, count / kSecondsPerHour, Say("times × seconds"));
    phase.seconds = std::move(seconds);
    const std::int64_t of_replica = into_.devices / into_.replicas;
    const auto devices = static_cast<double>(of_replica);
    const Figure held = Times(phase.hours, devices, Say("held while it lasts"));
    const bool has_gpu = plan_.device.kind != DeviceKind::kCpu;
    const bool is_busy = kind == ScopeKind::kEval;
    phase.t_gpu = Times(held, has_gpu ? 1 : 0, held.source);
    phase.t_cpu = Times(held, has_gpu || !is_busy ? 1 : static_cast<double>(machine_.units),
                        Say("assumed: one busy core for each device"));
    // What is kept for a backward pass is not there.
    const Figure& model = into_.terms.m_model;
    const Figure& reserve = into_.terms.s_factor;
    phase.m_avg = {model.value * reserve.value * devices, model.low * reserve.low * devices,
                   model.high * reserve.high * devices, Quality::kModelled,
                   Say("M_model × S_factor, of the replica's devices")};
    const double watts = is_busy ? step_.watts.value : DrawnPower(machine_, into_.devices, 0).watts;
    phase.energy = Times(phase.hours, watts / 1000 / static_cast<double>(into_.replicas),
                         is_busy ? Say("power at load") : Say("power of devices that wait"));
    phase.energy.quality = Quality::kModelled;
    into_.phases.push_back(std::move(phase));
  }

  const RunPlan& plan_;
  const Machine& machine_;
  const StackCalibration& calibration_;
  const StepEstimate& step_;
  Estimate& into_;
};

}  // namespace

Result<void> PutInterludes(const RunPlan& plan, const Machine& machine,
                           const StackCalibration& calibration, const StepEstimate& step,
                           Estimate& into) {
  const Interludes& asked = plan.interludes;
  constexpr std::int64_t kMost = 1'000'000'000'000'000;
  for (const auto& [name, value] :
       {std::pair{"evaluated samples", asked.evaluated_samples},
        std::pair{"steps between evaluations", asked.evaluate_every},
        std::pair{"steps between checkpoints", asked.checkpoint_every.value_or(0)}}) {
    if (value >= 0 && value <= kMost) continue;
    return Fail(ErrorCode::kInvalidInput, Say("{} cannot be {}", Translate(name), value),
                Say("it is a whole number from 1 to {}", kMost));
  }
  Writer writer(plan, machine, calibration, step, into);
  writer.Compile();
  writer.Evaluate();
  writer.Save();
  writer.PutRunHours();
  return {};
}

}  // namespace epochcost::estimate
