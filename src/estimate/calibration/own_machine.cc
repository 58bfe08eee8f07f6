#include "estimate/calibration/own_machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/text.h"
#include "estimate/calibration/shipped.h"
#include "estimate/toml_table.h"

namespace epochcost::estimate {
namespace {

constexpr double kGibi = 1024.0 * 1024 * 1024;
// What a training does that no measurement of a sweep is, as a deviation of the logarithm:
// bench/accuracy/calibrated says how far whole trainings are from what was said of them.
constexpr double kUnlikeTraining = 0.3;
// The mean of the catalog's server processors, of a core.
constexpr double kWattsPerCore = 6;
constexpr double kUsualClock = 2e9;

// Far from being known beforehand, because processors and their libraries differ by factors. What a
// sweep does not measure stays.
std::vector<Prior> SweepPriors() {
  std::vector<Prior> priors = StandardPriors();
  for (Prior& prior : priors) prior.spread = 0;
  const auto put = [&priors](Constant constant, double value, double spread) {
    priors.at(static_cast<std::size_t>(constant)) = {.value = value, .spread = spread};
  };
  put(Constant::kGemm, 0.6, 1);
  put(Constant::kGemmDepth, 50, 1);
  put(Constant::kWave, 0.1, 0.7);
  put(Constant::kAttention, 0.4, 1);
  put(Constant::kMemory, 0.6, 1);
  put(Constant::kLaunch, 5e-6, 1.5);
  put(Constant::kDeviceLink, 0.7, 1);
  put(Constant::kDeviceLatency, 5e-5, 1.5);
  put(Constant::kStep, 3e-4, 1.5);
  put(Constant::kMicroBatch, 5e-5, 1.5);
  put(Constant::kBackward, 1.1, 0.3);
  put(Constant::kConvolution, 1, 1.5);
  put(Constant::kVector, 3, 1);
  put(Constant::kPooling, 5, 1);
  return priors;
}

double FastestMovement(const Sweep& sweep) {
  double fastest = 0;
  for (const Measured& one : sweep.measured) {
    if (one.kind != SweepKind::kMoving) continue;
    // Two vectors are read and one is written, of 4 bytes an element.
    fastest = std::max(fastest, 12.0 * static_cast<double>(one.shape[0]) / one.forward);
  }
  return fastest;
}

double FastestMessage(const Sweep& sweep) {
  double fastest = 0;
  for (const Measured& one : sweep.measured) {
    if (one.kind != SweepKind::kCollective || one.shape[0] < 2) continue;
    const auto members = static_cast<double>(one.shape[0]);
    fastest = std::max(
        fastest, 2 * static_cast<double>(one.shape[1]) * (members - 1) / members / one.forward);
  }
  return fastest;
}

Link LinkOf(const Sweep& sweep, double memory_rate, const std::string& name,
            const std::string& date) {
  const double fastest = FastestMessage(sweep);
  Link link{.name = name + "-processes", .title = Say("processes of {}", name)};
  link.bytes_per_second = std::llround(std::max(1.0, fastest > 0 ? fastest : memory_rate / 4));
  link.latency_ns = 50'000;
  link.source = fastest > 0 ? "the fastest all-reduce of the sweep"
                            : "assumed: a quarter of what the memory moves";
  link.date = date;
  return link;
}

Device DeviceOf(const Sweep& sweep, double fastest, double memory_rate, const std::string& name,
                const std::string& date) {
  const SweptMachine& swept = sweep.machine;
  Device device{.name = name, .vendor = "measured", .architecture = swept.processor};
  device.kind = DeviceKind::kCpu;
  device.memory_bytes = std::max<std::int64_t>(swept.memory_bytes, 1);
  device.bytes_per_second = std::llround(memory_rate);
  device.peak.at(static_cast<std::size_t>(Precision::kFp32)) = std::llround(fastest);
  device.vector_peak = std::llround(fastest);
  device.clock_hz = std::llround(kUsualClock);
  device.units = swept.threads;
  device.node_link = name + "-processes";
  device.node_devices = std::max<std::int64_t>(1, swept.cores / swept.threads);
  device.rated_milliwatts = std::llround(1000 * kWattsPerCore * static_cast<double>(swept.threads));
  device.source = fmt::format(
      "measured with {} on {} threads of {}; its peak is the fastest product or convolution of the "
      "sweep; {} W a core and a clock of 2 GHz are assumed",
      swept.library, swept.threads, swept.host, kWattsPerCore);
  device.date = date;
  return device;
}

// What is compared: each measurement's passes, one after the other.
struct Passes {
  std::vector<double> seconds;
  std::vector<SweepKind> kinds;
};

Passes PassesOf(const Sweep& sweep) {
  Passes passes;
  for (const Measured& one : sweep.measured) {
    for (const double seconds : {one.forward, one.backward}) {
      if (seconds <= 0) continue;
      passes.seconds.push_back(seconds);
      passes.kinds.push_back(one.kind);
    }
  }
  return passes;
}

std::vector<SweepResidual> ResidualsOf(const Passes& passes, const std::vector<double>& logs) {
  std::vector<SweepResidual> residuals;
  for (std::size_t kind = 0; kind < kSweepKindCount; ++kind) {
    SweepResidual one{.kind = std::string(Name(static_cast<SweepKind>(kind)))};
    for (std::size_t i = 0; i < logs.size(); ++i) {
      if (passes.kinds[i] != static_cast<SweepKind>(kind)) continue;
      const double percent = 100 * std::abs(std::exp(-logs[i]) - 1);
      ++one.count;
      one.mean_percent += percent;
      one.worst_percent = std::max(one.worst_percent, percent);
    }
    if (one.count == 0) continue;
    one.mean_percent /= static_cast<double>(one.count);
    residuals.push_back(std::move(one));
  }
  return residuals;
}

// Of a whole step, in which operators of all sizes stand: their errors partly cancel.
double StepDeviation(const std::vector<double>& logs) {
  double squares = 0;
  for (const double log : logs) squares += std::min(log * log, 1.0);
  const auto count = static_cast<double>(std::max<std::size_t>(logs.size(), 1));
  return std::hypot(std::sqrt(squares / count) / 2, kUnlikeTraining);
}

}  // namespace

Result<OwnMachine> FitMachine(const Sweep& sweep, const std::string& name, std::string agent,
                              const std::string& date) {
  double fastest = 0;
  for (const Measured& one : sweep.measured) {
    fastest = std::max(fastest, MatrixOps(one) / one.forward);
  }
  const double memory_rate = FastestMovement(sweep);
  if (fastest < 1 || memory_rate < 1) {
    return Fail(ErrorCode::kInvalidInput, Say("the sweep measured too little to fit anything"),
                Say("{} measurements: no product, or nothing moved", sweep.measured.size()));
  }
  OwnMachine own;
  own.agent = std::move(agent);
  own.device = DeviceOf(sweep, fastest, memory_rate, name, date);
  own.link = LinkOf(sweep, memory_rate, name, date);
  own.skipped = sweep.skipped;
  const Machine machine = MachineOf(own.device, own.link, 0);
  const Passes passes = PassesOf(sweep);
  const auto predict = [&](const std::vector<double>& values, std::vector<double>& out) {
    const Constants constants(values);
    std::size_t at = 0;
    for (const Measured& one : sweep.measured) {
      const SweepSeconds seconds = PredictMeasured(one, machine, constants);
      if (one.forward > 0) out[at++] = seconds.forward;
      if (one.backward > 0) out[at++] = seconds.backward;
    }
  };
  const Fit fit = FitConstants(SweepPriors(), passes.seconds, predict,
                               {.noise = 0.1, .robustness = 2, .iterations = 60});
  own.calibration.constants = Constants(fit.constants);
  own.calibration.runs = passes.seconds.size();
  own.calibration.shift = StepDeviation(fit.residuals);
  own.calibration.is_sweep = true;
  own.residuals = ResidualsOf(passes, fit.residuals);
  return own;
}

std::string WriteOwnMachine(const OwnMachine& own) {
  const Device& device = own.device;
  const auto tera = [](std::int64_t ops) { return static_cast<double>(ops) / 1e12; };
  std::string text = fmt::format(
      "# What `epochcost calibrate` measured on this machine and fitted to it. Peaks are the "
      "fastest "
      "that\n# was measured; mean_percent is of |predicted / measured - 1| over `count` timed "
      "passes."
      "\nagent = {}\n",
      QuotedToml(own.agent));
  text += fmt::format(
      "\n[[device]]\nname = {}\nvendor = {}\narchitecture = {}\nkind = \"cpu\"\n"
      "memory_gib = {:.9g}\ngb_per_second = {:.9g}\ntflops_fp32 = {:.9g}\ntflops_vector = {:.9g}\n"
      "clock_mhz = {:.9g}\nunits = {}\nnode_link = {}\nnode_devices = {}\nwatts = {:.9g}\n"
      "quality = \"measured\"\nsource = {}\ndate = {}\n",
      QuotedToml(device.name), QuotedToml(device.vendor), QuotedToml(device.architecture),
      static_cast<double>(device.memory_bytes) / kGibi,
      static_cast<double>(device.bytes_per_second) / 1e9,
      tera(device.Peak(Precision::kFp32).value_or(0)), tera(device.vector_peak),
      static_cast<double>(device.clock_hz) / 1e6, device.units, QuotedToml(device.node_link),
      device.node_devices, static_cast<double>(device.rated_milliwatts) / 1e3,
      QuotedToml(device.source), device.date);
  text += fmt::format(
      "\n[[link]]\nname = {}\ntitle = {}\nscope = \"node\"\ngb_per_second = {:.9g}\n"
      "latency_us = {:.9g}\nsource = {}\ndate = {}\n",
      QuotedToml(own.link.name), QuotedToml(own.link.title),
      static_cast<double>(own.link.bytes_per_second) / 1e9,
      static_cast<double>(own.link.latency_ns) / 1e3, QuotedToml(own.link.source), own.link.date);
  for (const SweepResidual& one : own.residuals) {
    text += fmt::format(
        "\n[[residual]]\nkind = {}\ncount = {}\nmean_percent = {:.6g}\nworst_percent = {:.6g}\n",
        QuotedToml(one.kind), one.count, one.mean_percent, one.worst_percent);
  }
  for (const SweepSkipped& one : own.skipped) {
    text += fmt::format("\n[[skipped]]\nwhat = {}\nwhy = {}\n", QuotedToml(one.what),
                        QuotedToml(one.why.empty() ? "-" : one.why));
  }
  ShippedStack stack{.name = device.name + "/fp32",
                     .device = device.name,
                     .precision = Precision::kFp32,
                     .source = device.source,
                     .date = device.date,
                     .calibration = own.calibration};
  double weighted = 0;
  for (const SweepResidual& one : own.residuals) {
    weighted += one.mean_percent * static_cast<double>(one.count);
  }
  stack.mean_error =
      weighted / static_cast<double>(std::max<std::size_t>(stack.calibration.runs, 1));
  return text + StackToml(stack);
}

Result<OwnMachine> ReadOwnMachine(std::string_view toml, std::string_view file_name) {
  const auto root = ParseToml(toml, file_name);
  if (!root) return tl::unexpected(root.error());
  const auto catalog = ParseCatalog(toml, file_name);
  if (!catalog) return tl::unexpected(catalog.error());
  const auto stacks = ParseCalibration(toml, file_name);
  if (!stacks) return tl::unexpected(stacks.error());
  TableReader reader(file_name);
  OwnMachine own;
  own.agent = reader.Text(*root, "agent");
  const std::size_t most =
      std::max({catalog->devices.size(), catalog->links.size(), stacks->size()});
  if (most != 1 || catalog->devices.empty() || catalog->links.empty() || stacks->empty()) {
    reader.Refuse(*root, Say("it does not hold one device, one link and one stack"),
                  Say("epochcost calibrate writes such a file"),
                  Say("remove it and calibrate again"));
  }
  for (const toml::table* table : reader.Tables(*root, "residual")) {
    own.residuals.push_back({.kind = reader.Text(*table, "kind"),
                             .count = reader.WholeOr(*table, "count", 0),
                             .mean_percent = (*table)["mean_percent"].value_or(0.0),
                             .worst_percent = (*table)["worst_percent"].value_or(0.0)});
  }
  for (const toml::table* table : reader.Tables(*root, "skipped")) {
    own.skipped.push_back({.what = reader.Text(*table, "what"), .why = reader.Text(*table, "why")});
  }
  if (reader.FirstError()) return tl::unexpected(*reader.FirstError());
  own.device = catalog->devices.front();
  own.link = catalog->links.front();
  own.calibration = stacks->front().calibration;
  own.calibration.is_sweep = true;
  return own;
}

}  // namespace epochcost::estimate
