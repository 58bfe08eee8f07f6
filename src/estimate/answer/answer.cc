#include "estimate/answer/answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "base/text.h"
#include "estimate/calibration/shipped.h"
#include "estimate/predict.h"

namespace epochcost::estimate {
namespace {

constexpr double kGiga = 1e9;
constexpr double kSecondsPerHour = 3600;
// What an allocator holds beyond its tensors: not always, and at times a fifth.
constexpr double kOverheadLow = 1.0;
constexpr double kOverheadHigh = 1.2;

Result<void> CheckCount(std::string_view name, std::int64_t count) {
  constexpr std::int64_t kMost = 1'000'000'000'000'000;
  if (count >= 1 && count <= kMost) return {};
  return Fail(ErrorCode::kInvalidInput, Say("{} cannot be {}", name, count),
              Say("it is a whole number from 1 to {}", kMost));
}

Figure Scaled(const Figure& figure, double factor, std::string source) {
  return {figure.value * factor, figure.low * factor, figure.high * factor, Quality::kModelled,
          std::move(source)};
}

std::int64_t StepsPerEpoch(const RunPlan& plan) {
  const std::int64_t batch = plan.strategy.GlobalBatch();
  return (plan.samples_per_epoch + batch - 1) / batch;
}

// T_gpu = (N_ops × P_avg) / (F_gpu × U_gpu): N_ops and P_avg are counted, the time is predicted,
// and the utilisation is what connects them.
void PutGpuTime(const RunPlan& plan, const Machine& machine, const StepEstimate& step,
                Estimate& into) {
  EstimateTerms& terms = into.terms;
  const double ops = step.operations * static_cast<double>(into.steps_per_epoch);
  const double peak = machine.Peak(plan.strategy.precision);
  const std::int64_t devices_of_replica = into.devices / plan.strategy.data;
  const auto devices = static_cast<double>(devices_of_replica);
  const std::string data_sheet = fmt::format("{} ({})", plan.device.source, plan.device.date);
  terms.n_ops = Figure::Exactly(
      ops, Quality::kModelled,
      Say("matrix products of {}, forward and backward, per replica", plan.graph->name));
  terms.p_avg = Figure::Exactly(machine.clock_hz / peak, plan.device.quality, data_sheet);
  terms.f_gpu = Figure::Exactly(machine.clock_hz, plan.device.quality, data_sheet);
  terms.t_gpu = Scaled(into.epoch_hours, devices, Say("predicted step time × steps × devices"));
  const auto utilisation = [&](double hours) { return ops / peak / (hours * kSecondsPerHour); };
  terms.u_gpu = {utilisation(terms.t_gpu.value), utilisation(terms.t_gpu.high),
                 utilisation(terms.t_gpu.low), Quality::kModelled,
                 Say("operations / (peak × predicted time)")};
  if (plan.device.kind == DeviceKind::kCpu) {
    // No GPU works: all of a processor's units do.
    terms.t_gpu = Figure::Exactly(0, Quality::kModelled, Say("a processor computes, no GPU"));
    terms.t_cpu = Scaled(into.epoch_hours, devices * static_cast<double>(machine.units),
                         Say("predicted step time × steps × {} busy cores", machine.units));
    return;
  }
  terms.t_cpu = Scaled(into.epoch_hours, devices, Say("assumed: one busy core for each device"));
  terms.t_cpu.quality = Quality::kAssumed;
}

// The mean over the stages of a pipeline, in bytes.
struct MeanMemory {
  double state = 0;
  double average = 0;
};
MeanMemory MeanOf(const MemoryTimeline& timeline) {
  MeanMemory mean;
  for (const StageMemory& stage : timeline.stages) {
    mean.state += stage.Steady();
    mean.average += stage.Average() - stage[MemoryPart::kContext];  // the model has it
  }
  const auto stages = static_cast<double>(timeline.stages.size());
  return {mean.state / stages, mean.average / stages};
}

void PutMemory(const RunPlan& plan, const Machine& machine, const StepEstimate& step,
               Estimate& into) {
  const MeanMemory memory = MeanOf(step.memory);
  EstimateTerms& terms = into.terms;
  const auto samples = static_cast<double>(plan.strategy.micro_batch);
  const double model = (memory.state + machine.context_bytes) / kGiga;
  const double batch = (memory.average - memory.state) / samples / kGiga;
  terms.m_model =
      Figure::Exactly(model, Quality::kModelled,
                      Say("parameters, gradients, optimizer and the runtime of one device"));
  terms.m_batch = Figure::Exactly(
      batch, Quality::kModelled,
      Say("what is kept for the backward pass, on average over a step, per sample"));
  terms.b_size = Figure::Exactly(samples, Quality::kModelled, Say("micro-batch of one device"));
  terms.s_factor = {kReserve, kOverheadLow, kOverheadHigh, Quality::kAssumed,
                    Say("what an allocator holds beyond its tensors")};
  const double held = model + batch * samples;
  const Figure device = {held * kReserve, held * kOverheadLow, held * kOverheadHigh,
                         Quality::kModelled, Say("(M_model + M_batch × B_size) × S_factor")};
  const std::int64_t devices_of_replica = into.devices / plan.strategy.data;
  terms.m_avg = Scaled(device, static_cast<double>(devices_of_replica),
                       Say("of one device × the replica's devices"));
  into.peak_memory_gb = Scaled(step.peak_memory_bytes, 1 / kGiga, step.peak_memory_bytes.source);
}

// Devices and their nodes, at the power of a step, while the epoch lasts.
void PutEnergy(const StepEstimate& step, Estimate& into) {
  const auto replicas = static_cast<double>(into.replicas);
  const auto kilowatt_hours = [&](double watts, double hours) {
    return watts * hours / 1000 / replicas;
  };
  const Figure& hours = into.epoch_hours;
  into.terms.energy = {kilowatt_hours(step.watts.value, hours.value),
                       kilowatt_hours(step.watts.low, hours.low),
                       kilowatt_hours(step.watts.high, hours.high), Quality::kModelled,
                       Say("power at load × epoch, devices and their nodes")};
}

// What a training reads in an epoch, where it was said how large a sample is.
void PutDisk(const RunPlan& plan, Estimate& into) {
  const double bytes =
      static_cast<double>(plan.samples_per_epoch) * static_cast<double>(plan.sample_bytes);
  into.terms.disk = Figure::Exactly(
      bytes / kGiga / static_cast<double>(into.replicas), Quality::kModelled,
      plan.sample_bytes > 0 ? Say("samples of an epoch × {} bytes", plan.sample_bytes)
                            : Say("not said: how large a sample is (--sample-bytes)"));
}

// What leaves a machine, per replica: gradients, and what else of a replica crosses.
void PutTransfer(const RunPlan& plan, const StepEstimate& step, Estimate& into) {
  const Strategy& strategy = plan.strategy;
  EstimateTerms& terms = into.terms;
  const std::int64_t devices_of_replica = into.devices / strategy.data;
  const auto devices = static_cast<double>(devices_of_replica);
  const double per_epoch =
      step.traffic.between_nodes * devices * static_cast<double>(into.steps_per_epoch) / kGiga;
  const double updates = std::ceil(static_cast<double>(into.steps_per_epoch) /
                                   static_cast<double>(strategy.sync_interval));
  terms.m_grad = Figure::Exactly(
      per_epoch / updates * strategy.gradient_compression, Quality::kModelled,
      per_epoch > 0 ? Say("bytes of an update that a replica sends to other machines")
                    : Say("nothing leaves the machine"));
  terms.n_updates =
      Figure::Exactly(updates, Quality::kModelled, Say("steps / steps between synchronisations"));
  terms.c_compression = Figure::Exactly(strategy.gradient_compression, Quality::kModelled,
                                        Say("as given; 1 is none"));
  terms.d_transfer =
      Figure::Exactly(per_epoch, Quality::kModelled, Say("M_grad × N_params / C_compression"));
}

}  // namespace

Result<Machine> MachineOf(const RunPlan& plan) {
  const auto link = plan.own ? Result<Link>(plan.own->link) : FindLink(plan.device.node_link);
  if (!link) return tl::unexpected(link.error());
  const std::int64_t ports = plan.ports > 0 ? plan.ports : plan.device.node_devices;
  return MachineOf(plan.device, *link,
                   static_cast<double>(plan.network.bytes_per_second) * static_cast<double>(ports));
}

const StackCalibration& CalibrationOf(const RunPlan& plan, const Machine& machine) {
  if (plan.own) return plan.own->calibration;
  if (plan.graph->family == "transformer") {
    return ShippedCalibration(machine, plan.strategy.precision);
  }
  const bool is_image =
      plan.graph->family == "convolutional" || plan.graph->family == "vision transformer";
  const StackCalibration* const images =
      is_image ? ShippedImageCalibration(machine, plan.strategy.precision) : nullptr;
  if (images != nullptr) return *images;
  // A device without a name has no runs: the standard constants.
  static const StackCalibration kStandard = ShippedCalibration(Machine{}, Precision::kBf16);
  return kStandard;
}

Result<Estimate> Answer(const RunPlan& plan) {
  if (auto ok = CheckCount("samples", plan.samples_per_epoch); !ok) {
    return tl::unexpected(ok.error());
  }
  if (auto ok = CheckCount("epochs", plan.epochs); !ok) return tl::unexpected(ok.error());
  const auto machine = MachineOf(plan);
  if (!machine) return tl::unexpected(machine.error());
  auto step = Predict(plan.graph, plan.strategy, *machine, CalibrationOf(plan, *machine));
  if (!step) return tl::unexpected(step.error());
  Estimate estimate{.model = plan.graph->name,
                    .device = plan.device.name,
                    .strategy = Describe(plan.strategy),
                    .tier = step->tier,
                    .devices = plan.strategy.Devices(),
                    .replicas = plan.strategy.data,
                    .steps_per_epoch = StepsPerEpoch(plan),
                    .epochs = plan.epochs,
                    .remarks = plan.remarks};
  estimate.step_seconds = step->step_seconds;
  estimate.epoch_hours =
      Scaled(estimate.step_seconds, static_cast<double>(estimate.steps_per_epoch) / kSecondsPerHour,
             Say("steps × step"));
  estimate.power_watts = step->watts;
  estimate.obstacles = std::move(step->obstacles);
  if (!plan.graph->uncounted.empty()) {
    estimate.remarks.push_back(
        Say("operators of these kinds are not counted: {}", plan.graph->uncounted));
  }
  for (const SweepSkipped& skipped : plan.own ? plan.own->skipped : std::vector<SweepSkipped>{}) {
    estimate.remarks.push_back(
        Say("{} was not measured on this machine ({}): assumed", skipped.what, skipped.why));
  }
  const bool is_measured = ShippedCalibration(*machine, plan.strategy.precision).runs > 0;
  if (is_measured && step->tier == Tier::kDatasheet) {
    estimate.remarks.push_back(
        Say("constants fitted to language models on this device are not used for {}",
            plan.graph->name));
  }
  std::ranges::move(step->remarks, std::back_inserter(estimate.remarks));
  PutGpuTime(plan, *machine, *step, estimate);
  PutMemory(plan, *machine, *step, estimate);
  PutTransfer(plan, *step, estimate);
  PutEnergy(*step, estimate);
  PutDisk(plan, estimate);
  const auto beside = PutInterludes(plan, *machine, CalibrationOf(plan, *machine), *step, estimate);
  if (!beside) return tl::unexpected(beside.error());
  return estimate;
}

}  // namespace epochcost::estimate
