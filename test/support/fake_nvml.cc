// A libnvidia-ml.so that plays a recording: what EPOCHCOST_FAKE_GPUS names, from the moment it is
// initialised. A pid below 1000 in the recording stands for a line of the file that
// EPOCHCOST_FAKE_GPU_PIDS names, so that a recording can be about processes that do not run yet; a
// line that is not there yet is no process.

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <mutex>
#include <set>
#include <sstream>
#include <string>
#include <thread>

#include "probe/gpu/gpu_recording.h"
#include "probe/gpu/nvml_abi.h"

namespace nvml = epochcost::probe::nvml;
using epochcost::Nanos;
using epochcost::probe::Gpu;
using epochcost::probe::GpuProcess;
using epochcost::probe::GpuReading;
using epochcost::probe::GpuRecording;
using epochcost::probe::kAll;
using nvml::Status;

struct epochcost::probe::nvml::DeviceTag {
  int physical = -1;  // number of the physical GPU
  int gpu = -1;       // in the recording; the first of the physical GPU's for itself
  bool is_instance = false;
};
struct epochcost::probe::nvml::GpmSampleTag {
  double ms = 0;
  double busy_ms = 0;
};

namespace {

constexpr Status kLost = nvml::kGpuIsLost;

class Player {
 public:
  Status Begin() {
    const char* const path = std::getenv("EPOCHCOST_FAKE_GPUS");
    std::ifstream file(path != nullptr ? path : "");
    std::stringstream text;
    text << file.rdbuf();
    auto parsed = epochcost::probe::ParseGpuRecording(text.str());
    if (!parsed) return nvml::kDriverNotLoaded;
    recording_ = std::move(*parsed);
    start_ = std::chrono::steady_clock::now();
    std::map<std::int64_t, int> numbers;
    for (std::size_t i = 0; i < recording_.gpus.size(); ++i) {
      const Gpu& gpu = recording_.gpus[i];
      const int number =
          numbers.try_emplace(gpu.index, static_cast<int>(numbers.size())).first->second;
      physical_.resize(numbers.size());
      physical_[static_cast<std::size_t>(number)].push_back(static_cast<int>(i));
    }
    for (int number = 0; number < static_cast<int>(physical_.size()); ++number)
      devices_.push_back({number, physical_[static_cast<std::size_t>(number)].front(), false});
    for (int i = 0; i < static_cast<int>(recording_.gpus.size()); ++i)
      instances_.push_back({-1, i, true});
    return nvml::kSuccess;
  }

  [[nodiscard]] double Ms() const {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start_)
        .count();
  }

  // What a call meets: a hang, a GPU that is lost, a call that this driver does not have.
  Status Meet(const char* call, nvml::Device device) {
    const double now = Ms();
    for (std::size_t i = 0; i < recording_.troubles.size(); ++i) {
      const auto& trouble = recording_.troubles[i];
      if (static_cast<double>(trouble.at.ns) / 1e6 > now) continue;
      if (trouble.kind == "unsupported" && trouble.argument == call) return nvml::kNotSupported;
      if (trouble.kind == "hang" && hung_.insert(i).second)
        std::this_thread::sleep_for(std::chrono::milliseconds(std::stoi(trouble.argument)));
      if (trouble.kind == "lost" && device != nullptr &&
          GpuOf(device).index == std::stoi(trouble.argument))
        return kLost;
    }
    return nvml::kSuccess;
  }

  [[nodiscard]] const Gpu& GpuOf(nvml::Device device) const {
    return recording_.gpus[static_cast<std::size_t>(device->gpu)];
  }

  // The readings of a GPU before and after now; the same one at the recording's end.
  std::pair<const GpuReading*, const GpuReading*> Around(nvml::Device device, double ms) const {
    const GpuReading* before = nullptr;
    const GpuReading* after = nullptr;
    for (const auto& one : recording_.readings) {
      if (static_cast<int>(one.gpu) != device->gpu) continue;
      if (before == nullptr || static_cast<double>(one.reading.at.ns) / 1e6 <= ms) {
        before = after = &one.reading;
      } else {
        after = &one.reading;
        break;
      }
    }
    return {before, after};
  }

  const GpuReading* Now(nvml::Device device) const { return Around(device, Ms()).first; }

  // Counters run on evenly between two readings, so that their truth is known at every instant.
  std::optional<std::int64_t> Energy(nvml::Device device) const {
    const double now = Ms();
    const auto [before, after] = Around(device, now);
    if (before == nullptr || !before->energy_uj) return std::nullopt;
    const double from = static_cast<double>(before->at.ns) / 1e6;
    const double to = static_cast<double>(after->at.ns) / 1e6;
    if (!after->energy_uj || to <= from || now <= from) return *before->energy_uj;
    const double part = std::min(1.0, (now - from) / (to - from));
    return *before->energy_uj +
           static_cast<std::int64_t>(part *
                                     static_cast<double>(*after->energy_uj - *before->energy_uj));
  }

  double BusyMs(nvml::Device device, double until) const {
    double sum = 0;
    const GpuReading* last = nullptr;
    for (const auto& one : recording_.readings) {
      if (static_cast<int>(one.gpu) != device->gpu) continue;
      const double at = static_cast<double>(one.reading.at.ns) / 1e6;
      if (last != nullptr) {
        const double from = static_cast<double>(last->at.ns) / 1e6;
        sum += std::max(0.0, std::min(at, until) - from) *
               static_cast<double>(last->busy.value_or(0)) / kAll;
      }
      last = &one.reading;
      if (at > until) return sum;
    }
    if (last != nullptr) {
      const double from = static_cast<double>(last->at.ns) / 1e6;
      sum += std::max(0.0, until - from) * static_cast<double>(last->busy.value_or(0)) / kAll;
    }
    return sum;
  }

  [[nodiscard]] bool HasAccounting() const {
    return std::ranges::any_of(recording_.troubles,
                               [](const auto& one) { return one.kind == "accounting"; });
  }
  [[nodiscard]] std::vector<unsigned> Ended() const {
    std::vector<unsigned> ended;
    for (const auto& trouble : recording_.troubles) {
      if (trouble.kind == "accounting" && static_cast<double>(trouble.at.ns) / 1e6 <= Ms())
        ended.push_back(PidOf(std::stoi(trouble.argument)));
    }
    return ended;
  }

  static unsigned PidOf(pid_t pid) {
    if (pid >= 1000) return static_cast<unsigned>(pid);
    const char* const path = std::getenv("EPOCHCOST_FAKE_GPU_PIDS");
    std::ifstream file(path != nullptr ? path : "");
    long found = 0;
    for (pid_t line = 0; line <= pid; ++line) {
      if (!(file >> found)) return 0;
    }
    return static_cast<unsigned>(found);
  }

  GpuRecording recording_;
  std::vector<std::vector<int>> physical_;
  std::vector<nvml::DeviceTag> devices_;
  std::vector<nvml::DeviceTag> instances_;
  std::chrono::steady_clock::time_point start_;
  std::set<std::size_t> hung_;
};

Player& ThePlayer() {
  static Player player;
  return player;
}

template <class Number>
Status Say(const char* call, nvml::Device device, std::optional<std::int64_t> value, Number* out) {
  if (const Status met = ThePlayer().Meet(call, device); met != nvml::kSuccess) return met;
  if (!value) return nvml::kNotSupported;
  *out = static_cast<Number>(*value);
  return nvml::kSuccess;
}

Status Copy(const std::string& text, char* out, unsigned size) {
  if (text.size() + 1 > size) return nvml::kInsufficientSize;
  std::memcpy(out, text.c_str(), text.size() + 1);
  return nvml::kSuccess;
}

bool IsSplit(nvml::Device device) {
  return !device->is_instance && ThePlayer().GpuOf(device).instance.has_value();
}

}  // namespace

extern "C" {

Status nvmlInit_v2() { return ThePlayer().Begin(); }
Status nvmlShutdown() { return nvml::kSuccess; }
const char* nvmlErrorString(Status status) {
  switch (status) {
    case nvml::kDriverNotLoaded:
      return "Driver Not Loaded";
    case nvml::kGpuIsLost:
      return "GPU is lost";
    case nvml::kNotSupported:
      return "Not Supported";
    default:
      return "Unknown Error";
  }
}

Status nvmlDeviceGetCount_v2(unsigned* count) {
  *count = static_cast<unsigned>(ThePlayer().devices_.size());
  return nvml::kSuccess;
}

Status nvmlDeviceGetHandleByIndex_v2(unsigned index, nvml::Device* device) {
  if (index >= ThePlayer().devices_.size()) return nvml::kNotFound;
  *device = &ThePlayer().devices_[index];
  return nvml::kSuccess;
}

Status nvmlDeviceGetName(nvml::Device device, char* name, unsigned size) {
  return Copy(ThePlayer().GpuOf(device).name, name, size);
}

Status nvmlDeviceGetUUID(nvml::Device device, char* uuid, unsigned size) {
  const Gpu& gpu = ThePlayer().GpuOf(device);
  return Copy(IsSplit(device) ? "GPU-of-" + gpu.uuid : gpu.uuid, uuid, size);
}

Status nvmlDeviceGetMemoryInfo(nvml::Device device, nvml::Memory* memory) {
  if (const Status met = ThePlayer().Meet("nvmlDeviceGetMemoryInfo", device); met != nvml::kSuccess)
    return met;
  const GpuReading* const now = ThePlayer().Now(device);
  memory->total = static_cast<std::uint64_t>(ThePlayer().GpuOf(device).memory_bytes);
  memory->used =
      static_cast<std::uint64_t>(now != nullptr ? now->memory_used_bytes.value_or(0) : 0);
  memory->free = memory->total - memory->used;
  return nvml::kSuccess;
}

Status nvmlDeviceGetEnforcedPowerLimit(nvml::Device device, unsigned* limit) {
  return Say("nvmlDeviceGetEnforcedPowerLimit", device, ThePlayer().GpuOf(device).power_limit_mw,
             limit);
}

Status nvmlDeviceGetPowerUsage(nvml::Device device, unsigned* power) {
  const GpuReading* const now = ThePlayer().Now(device);
  return Say("nvmlDeviceGetPowerUsage", device, now ? now->power_mw : std::nullopt, power);
}

Status nvmlDeviceGetTotalEnergyConsumption(nvml::Device device, unsigned long long* energy) {
  const auto microjoules = ThePlayer().Energy(device);
  return Say("nvmlDeviceGetTotalEnergyConsumption", device,
             microjoules ? std::optional(*microjoules / 1000) : std::nullopt, energy);
}

Status nvmlDeviceGetUtilizationRates(nvml::Device device, nvml::Utilization* rates) {
  const GpuReading* const now = ThePlayer().Now(device);
  if (IsSplit(device) || (device->is_instance && ThePlayer().GpuOf(device).instance))
    return nvml::kNotSupported;
  auto percent =
      now != nullptr && now->busy ? std::optional(*now->busy / (kAll / 100)) : std::nullopt;
  // Its processes do not run yet: nobody keeps it busy.
  if (percent && !now->processes.empty() &&
      std::ranges::all_of(now->processes,
                          [](const GpuProcess& one) { return Player::PidOf(one.pid) == 0; }))
    percent = 0;
  return Say("nvmlDeviceGetUtilizationRates", device, percent, &rates->gpu);
}

Status nvmlDeviceGetClockInfo(nvml::Device device, unsigned, unsigned* clock) {
  const GpuReading* const now = ThePlayer().Now(device);
  return Say("nvmlDeviceGetClockInfo", device, now ? now->clock_mhz : std::nullopt, clock);
}

Status nvmlDeviceGetCurrentClocksThrottleReasons(nvml::Device device, unsigned long long* reasons) {
  const GpuReading* const now = ThePlayer().Now(device);
  return Say("nvmlDeviceGetCurrentClocksThrottleReasons", device,
             now ? std::optional(static_cast<std::int64_t>(now->throttle)) : std::nullopt, reasons);
}

Status nvmlDeviceGetComputeRunningProcesses_v3(nvml::Device device, unsigned* count,
                                               nvml::ProcessInfo* infos) {
  if (const Status met = ThePlayer().Meet("nvmlDeviceGetComputeRunningProcesses_v3", device);
      met != nvml::kSuccess)
    return met;
  const GpuReading* const now = ThePlayer().Now(device);
  if (now == nullptr || !now->knows_processes) return nvml::kNotSupported;
  std::vector<nvml::ProcessInfo> running;
  for (const GpuProcess& process : now->processes) {
    const unsigned pid = Player::PidOf(process.pid);
    if (pid != 0)
      running.push_back({pid, static_cast<std::uint64_t>(process.memory_bytes.value_or(0)), 0, 0});
  }
  const bool fits = *count >= running.size();
  *count = static_cast<unsigned>(running.size());
  if (running.empty()) return nvml::kSuccess;
  if (!fits || infos == nullptr) return nvml::kInsufficientSize;
  std::ranges::copy(running, infos);
  return nvml::kSuccess;
}

Status nvmlDeviceGetProcessUtilization(nvml::Device device, nvml::ProcessUtilization* samples,
                                       unsigned* count, unsigned long long since) {
  if (const Status met = ThePlayer().Meet("nvmlDeviceGetProcessUtilization", device);
      met != nvml::kSuccess)
    return met;
  const GpuReading* const now = ThePlayer().Now(device);
  const auto time = static_cast<std::uint64_t>(ThePlayer().Ms() * 1000) + 1;
  std::vector<nvml::ProcessUtilization> used;
  if (now != nullptr && time > since) {
    for (const GpuProcess& process : now->processes) {
      const unsigned pid = Player::PidOf(process.pid);
      if (pid != 0 && process.busy)
        used.push_back({pid, time, static_cast<unsigned>(*process.busy / (kAll / 100)), 0, 0, 0});
    }
  }
  if (used.empty()) return nvml::kNotFound;
  const bool fits = samples != nullptr && *count >= used.size();
  *count = static_cast<unsigned>(used.size());
  if (!fits) return nvml::kInsufficientSize;
  std::ranges::copy(used, samples);
  return nvml::kSuccess;
}

Status nvmlDeviceGetMigMode(nvml::Device device, unsigned* now, unsigned* pending) {
  *now = *pending = IsSplit(device) ? 1 : 0;
  return nvml::kSuccess;
}

Status nvmlDeviceGetMaxMigDeviceCount(nvml::Device device, unsigned* count) {
  *count = static_cast<unsigned>(
      ThePlayer().physical_[static_cast<std::size_t>(device->physical)].size());
  return nvml::kSuccess;
}

Status nvmlDeviceGetMigDeviceHandleByIndex(nvml::Device device, unsigned index, nvml::Device* mig) {
  const auto& gpus = ThePlayer().physical_[static_cast<std::size_t>(device->physical)];
  if (index >= gpus.size()) return nvml::kNotFound;
  *mig = &ThePlayer().instances_[static_cast<std::size_t>(gpus[index])];
  return nvml::kSuccess;
}

Status nvmlDeviceGetGpuInstanceId(nvml::Device device, unsigned* id) {
  const Gpu& gpu = ThePlayer().GpuOf(device);
  if (!gpu.instance) return nvml::kNotSupported;
  *id = static_cast<unsigned>(*gpu.instance);
  return nvml::kSuccess;
}

Status nvmlDeviceGetAttributes_v2(nvml::Device device, nvml::Attributes* attributes) {
  attributes->gpu_slices =
      static_cast<unsigned>((ThePlayer().GpuOf(device).share * 7 + kAll / 2) / kAll);
  return nvml::kSuccess;
}

Status nvmlGpmQueryDeviceSupport(nvml::Device, nvml::GpmSupport* support) {
  support->is_supported = ThePlayer().recording_.has_gpm ? 1 : 0;
  return nvml::kSuccess;
}

Status nvmlGpmSampleAlloc(nvml::GpmSample* sample) {
  *sample = new nvml::GpmSampleTag;
  return nvml::kSuccess;
}

Status nvmlGpmSampleFree(nvml::GpmSample sample) {
  delete sample;
  return nvml::kSuccess;
}

Status nvmlGpmSampleGet(nvml::Device device, nvml::GpmSample sample) {
  if (const Status met = ThePlayer().Meet("nvmlGpmSampleGet", device); met != nvml::kSuccess)
    return met;
  sample->ms = ThePlayer().Ms();
  sample->busy_ms = ThePlayer().BusyMs(device, sample->ms);
  return nvml::kSuccess;
}

Status nvmlGpmMigSampleGet(nvml::Device device, unsigned instance, nvml::GpmSample sample) {
  for (const int gpu : ThePlayer().physical_[static_cast<std::size_t>(device->physical)]) {
    nvml::DeviceTag& one = ThePlayer().instances_[static_cast<std::size_t>(gpu)];
    if (ThePlayer().GpuOf(&one).instance == instance) return nvmlGpmSampleGet(&one, sample);
  }
  return nvml::kNotFound;
}

Status nvmlGpmMetricsGet(nvml::GpmMetrics* metrics) {
  const double ms = metrics->to->ms - metrics->from->ms;
  metrics->metrics[0].status = nvml::kSuccess;
  metrics->metrics[0].value =
      ms <= 0 ? 0
              : std::clamp((metrics->to->busy_ms - metrics->from->busy_ms) / ms * 100, 0.0, 100.0);
  return nvml::kSuccess;
}

// "trouble accounting LINE": accounting is on, and from then on the process of that line of the
// file of processes is one that ran and ended, half of its time in kernels.
Status nvmlDeviceGetAccountingMode(nvml::Device, unsigned* mode) {
  *mode = 1;
  return ThePlayer().HasAccounting() ? nvml::kSuccess : nvml::kNotSupported;
}

Status nvmlDeviceGetAccountingPids(nvml::Device, unsigned* count, unsigned* pids) {
  const std::vector<unsigned> ended = ThePlayer().Ended();
  const bool fits = pids != nullptr && *count >= ended.size();
  *count = static_cast<unsigned>(ended.size());
  if (ended.empty()) return nvml::kSuccess;
  if (!fits) return nvml::kInsufficientSize;
  std::ranges::copy(ended, pids);
  return nvml::kSuccess;
}

Status nvmlDeviceGetAccountingStats(nvml::Device, unsigned, nvml::AccountingStats* stats) {
  *stats = {.gpu_utilization = 50,
            .memory_utilization = 10,
            .max_memory = 7000,
            .time_ms = 40,
            .start_us = 0,
            .is_running = 0,
            .reserved = {}};
  return nvml::kSuccess;
}

}  // extern "C"
