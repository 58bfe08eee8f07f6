#include "app/probe_estimate.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "base/text.h"

namespace epochcost::app {
namespace {

// Of the rest of a run against its probe, per step: the tenth and ninetieth of a hundred.
constexpr double kShorter = 0.97;
constexpr double kLonger = 1.11;
constexpr double kNormal80 = 1.2816;
constexpr double kSecondsPerHour = 3600;

struct StepRate {
  double seconds = 0;
  double error = 0;  // standard error of the mean
  double cpu_seconds = 0;
  double memory_bytes = 0;
  std::int64_t steps = 0;     // measured
  double before_seconds = 0;  // what the run takes beside its steps
  double before_cpu = 0;
  double waited = 0;  // seconds a step, not in `seconds`
};

// Seconds since its start in which the program was not kept from a core.
double Own(const ProbePoint& point) { return point.seconds - point.waited_seconds; }

double MedianOf(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

// `points`: at least two, each further than the one before.
StepRate RateOf(const std::vector<ProbePoint>& points) {
  std::vector<double> durations;
  for (std::size_t i = 1; i < points.size(); ++i) {
    durations.push_back(std::max(0.0, Own(points[i]) - Own(points[i - 1])) /
                        static_cast<double>(points[i].steps - points[i - 1].steps));
  }
  // A pause of the machine is no step; one that belongs to the training comes again and counts.
  const double longest = 3 * MedianOf(durations);
  StepRate rate;
  double squares = 0;
  double memory = 0;
  for (std::size_t i = 1; i < points.size(); ++i) {
    const auto steps = static_cast<double>(points[i].steps - points[i - 1].steps);
    const double each = std::min(durations[i - 1], longest);
    rate.seconds += each * steps;
    squares += each * each * steps;
    memory += points[i].memory_bytes;
  }
  rate.steps = points.back().steps - points.front().steps;
  const auto n = static_cast<double>(rate.steps);
  rate.seconds /= n;
  rate.error = std::sqrt(std::max(0.0, squares / n - rate.seconds * rate.seconds) / n);
  rate.cpu_seconds = (points.back().cpu_seconds - points.front().cpu_seconds) / n;
  rate.waited = (points.back().waited_seconds - points.front().waited_seconds) / n;
  rate.memory_bytes = memory / static_cast<double>(points.size() - 1);
  const auto done = static_cast<double>(points.front().steps);
  rate.before_seconds = std::max(0.0, Own(points.front()) - done * rate.seconds);
  rate.before_cpu = std::max(0.0, points.front().cpu_seconds - done * rate.cpu_seconds);
  return rate;
}

Figure HoursOf(const StepRate& rate, const ProbeScale& scale, double low, double high,
               std::string source) {
  const auto steps = static_cast<double>(scale.steps);
  const auto hours = [&](double step) {
    return (rate.before_seconds + steps * step) / kSecondsPerHour /
           static_cast<double>(scale.epochs);
  };
  return {hours(rate.seconds), hours(low), hours(high), Quality::kModelled, std::move(source)};
}

Figure CpuHours(const StepRate& rate, const ProbeScale& scale) {
  const double hours = (rate.before_cpu + static_cast<double>(scale.steps) * rate.cpu_seconds) /
                       kSecondsPerHour / static_cast<double>(scale.epochs);
  return {hours, hours * kShorter, hours * kLonger, Quality::kModelled,
          Say("{:.4g} s of CPU a step, measured over {} steps", rate.cpu_seconds, rate.steps)};
}

void PutTerms(const StepRate& rate, const ProbeScale& scale, Estimate& into) {
  EstimateTerms& terms = into.terms;
  terms.t_cpu = CpuHours(rate, scale);
  const auto devices = static_cast<double>(scale.machine ? scale.machine->devices : 0);
  const Figure& hours = into.epoch_hours;
  terms.t_gpu = {hours.value * devices, hours.low * devices, hours.high * devices,
                 Quality::kModelled,
                 scale.machine ? Say("wall time × {} devices", scale.machine->devices)
                               : Say("no GPU was named (--gpu)")};
  const double held = rate.memory_bytes / 1e9;
  terms.m_avg = {held, held * 0.95, held * 1.1, Quality::kModelled,
                 Say("resident memory, the mean over {} steps", rate.steps)};
  terms.m_model = terms.m_avg;
  terms.s_factor = Figure::Exactly(1, Quality::kModelled, Say("contained in what was measured"));
  terms.d_transfer =
      Figure::Exactly(0, Quality::kAssumed, Say("the network is not measured by a probe"));
  into.peak_memory_gb = terms.m_avg;
}

}  // namespace

Result<Estimate> Extrapolate(const ProbeReading& reading, const ProbeScale& scale,
                             const std::string& program) {
  const auto first = std::ranges::find_if(
      reading.points, [&](const ProbePoint& p) { return p.steps >= scale.warm_up; });
  std::vector<ProbePoint> points(first, reading.points.end());
  Estimate estimate;
  if (points.size() < 2) {
    points = reading.points;
    estimate.remarks.push_back(Say("the warm-up is measured too: the program did only {} steps",
                                   reading.points.empty() ? 0 : reading.points.back().steps));
  }
  if (points.size() < 2) {
    return Fail(ErrorCode::kUnavailable, Say("no two steps of {} were seen", program), "",
                Say("let it run longer: fewer --warm-up steps, more --patience"));
  }
  const StepRate rate = RateOf(points);
  const double spread = kNormal80 * rate.error;
  const double low = std::max(0.0, rate.seconds * kShorter - spread);
  const double high = rate.seconds * kLonger + spread + rate.waited;
  const std::string source =
      Say("{} steps of this run ({}), then {} steps", rate.steps, reading.steps_from, scale.steps);
  estimate.model = program;
  estimate.device = scale.machine ? scale.machine->device.name : Say("this machine");
  estimate.strategy = Say("as it runs; {:.3g} s before the first step", rate.before_seconds);
  estimate.tier = Tier::kProbed;
  estimate.devices = scale.machine ? scale.machine->devices : 1;
  estimate.steps_per_epoch = (scale.steps + scale.epochs - 1) / scale.epochs;
  estimate.epochs = scale.epochs;
  estimate.step_seconds = {rate.seconds, low, high, Quality::kModelled, source};
  estimate.epoch_hours = HoursOf(rate, scale, low, high, source);
  const auto epochs = static_cast<double>(scale.epochs);
  estimate.run_hours = estimate.epoch_hours;
  for (double* const hours :
       {&estimate.run_hours.value, &estimate.run_hours.low, &estimate.run_hours.high}) {
    *hours *= epochs;
  }
  estimate.power_watts = Figure::Exactly(0, Quality::kAssumed, Say("not measured by a probe"));
  estimate.remarks.push_back(Say("the network is not measured by a probe"));
  if (reading.has_ended) {
    estimate.remarks.push_back(
        Say("the program ended after {} steps, before the probe did", reading.points.back().steps));
  }
  if (const double part = rate.waited / (rate.seconds + rate.waited); part > 0.05) {
    estimate.remarks.push_back(
        Say("other programs had its core for {:.0f} % of the probe: only the upper end counts that",
            100 * part));
  }
  PutTerms(rate, scale, estimate);
  return estimate;
}

}  // namespace epochcost::app
