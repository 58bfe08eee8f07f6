#include "probe/gpu/nvml_driver.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "base/text.h"
#include "probe/gpu/library.h"
#include "probe/gpu/nvml_abi.h"

namespace epochcost::probe {
namespace {

constexpr Ppm kPpmPerPercent = kAll / 100;
constexpr std::int64_t kMicrojoulesPerMillijoule = 1000;
constexpr std::int64_t kSlicesOfAGpu = 7;
constexpr std::uint64_t kNotTold = ~std::uint64_t{0};

// What is asked about: a GPU or a MIG instance, and what was seen of it last.
struct Handle {
  nvml::Device device = nullptr;    // the MIG device, where it is one
  nvml::Device physical = nullptr;  // the GPU that it is on
  std::optional<unsigned> instance;
  bool has_gpm = false;
  nvml::GpmSample gpm_before = nullptr;
  nvml::GpmSample gpm_now = nullptr;
  bool has_gpm_before = false;
  std::uint64_t seen_us = 0;     // process utilisation was read up to here
  std::set<unsigned> accounted;  // ended processes whose accounting was read
  bool has_read_accounting = false;
};

nvml::Calls FindCalls(const Library& library) {
  nvml::Calls calls;
#define EPOCHCOST_FIND(name) library.Find(#name, calls.name)
  EPOCHCOST_FIND(nvmlInit_v2);
  EPOCHCOST_FIND(nvmlShutdown);
  EPOCHCOST_FIND(nvmlErrorString);
  EPOCHCOST_FIND(nvmlDeviceGetCount_v2);
  EPOCHCOST_FIND(nvmlDeviceGetHandleByIndex_v2);
  EPOCHCOST_FIND(nvmlDeviceGetName);
  EPOCHCOST_FIND(nvmlDeviceGetUUID);
  EPOCHCOST_FIND(nvmlDeviceGetMemoryInfo);
  EPOCHCOST_FIND(nvmlDeviceGetEnforcedPowerLimit);
  EPOCHCOST_FIND(nvmlDeviceGetPowerUsage);
  EPOCHCOST_FIND(nvmlDeviceGetTotalEnergyConsumption);
  EPOCHCOST_FIND(nvmlDeviceGetUtilizationRates);
  EPOCHCOST_FIND(nvmlDeviceGetClockInfo);
  EPOCHCOST_FIND(nvmlDeviceGetCurrentClocksThrottleReasons);
  EPOCHCOST_FIND(nvmlDeviceGetComputeRunningProcesses_v3);
  EPOCHCOST_FIND(nvmlDeviceGetComputeRunningProcesses_v2);
  EPOCHCOST_FIND(nvmlDeviceGetProcessUtilization);
  EPOCHCOST_FIND(nvmlDeviceGetAccountingMode);
  EPOCHCOST_FIND(nvmlDeviceGetAccountingPids);
  EPOCHCOST_FIND(nvmlDeviceGetAccountingStats);
  EPOCHCOST_FIND(nvmlDeviceGetMigMode);
  EPOCHCOST_FIND(nvmlDeviceGetMaxMigDeviceCount);
  EPOCHCOST_FIND(nvmlDeviceGetMigDeviceHandleByIndex);
  EPOCHCOST_FIND(nvmlDeviceGetGpuInstanceId);
  EPOCHCOST_FIND(nvmlDeviceGetAttributes_v2);
  EPOCHCOST_FIND(nvmlGpmQueryDeviceSupport);
  EPOCHCOST_FIND(nvmlGpmSampleAlloc);
  EPOCHCOST_FIND(nvmlGpmSampleFree);
  EPOCHCOST_FIND(nvmlGpmSampleGet);
  EPOCHCOST_FIND(nvmlGpmMigSampleGet);
  EPOCHCOST_FIND(nvmlGpmMetricsGet);
#undef EPOCHCOST_FIND
  if (calls.nvmlDeviceGetComputeRunningProcesses_v3 == nullptr)
    calls.nvmlDeviceGetComputeRunningProcesses_v3 = calls.nvmlDeviceGetComputeRunningProcesses_v2;
  return calls;
}

// A call that may be missing: then it is not supported.
template <class... Parameters, class... Arguments>
nvml::Status Ask(nvml::Status (*call)(Parameters...), Arguments... arguments) {
  return call == nullptr ? nvml::kNotSupported : call(arguments...);
}

// A number that the driver may not have.
template <class Number>
std::optional<std::int64_t> NumberOf(nvml::Status (*call)(nvml::Device, Number*),
                                     nvml::Device device) {
  Number number{};
  if (Ask(call, device, &number) != nvml::kSuccess) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

// A list that the driver measures first.
template <class Item, class Call>
std::optional<std::vector<Item>> ListOf(const Call& call) {
  unsigned count = 0;
  nvml::Status status = call(&count, static_cast<Item*>(nullptr));
  if (status == nvml::kSuccess || status == nvml::kNotFound) return std::vector<Item>{};
  if (status != nvml::kInsufficientSize) return std::nullopt;
  std::vector<Item> items(count + 8);  // some may have come in between
  count = static_cast<unsigned>(items.size());
  status = call(&count, items.data());
  if (status == nvml::kNotFound) return std::vector<Item>{};
  if (status != nvml::kSuccess) return std::nullopt;
  items.resize(std::min<std::size_t>(count, items.size()));
  return items;
}

class NvmlDriver final : public GpuDriver {
 public:
  NvmlDriver(Library library, nvml::Calls calls) : library_(std::move(library)), calls_(calls) {}
  NvmlDriver(const NvmlDriver&) = delete;
  NvmlDriver& operator=(const NvmlDriver&) = delete;
  ~NvmlDriver() override {
    for (auto& [uuid, handle] : handles_) {
      if (handle.gpm_before != nullptr) calls_.nvmlGpmSampleFree(handle.gpm_before);
      if (handle.gpm_now != nullptr) calls_.nvmlGpmSampleFree(handle.gpm_now);
    }
    calls_.nvmlShutdown();
  }

  [[nodiscard]] SourceKind Kind() const override { return SourceKind::kNvml; }
  [[nodiscard]] Result<std::vector<Gpu>> List() override;
  [[nodiscard]] Result<GpuReading> Read(const Gpu& gpu, BootTime now) override;

  [[nodiscard]] tl::unexpected<Error> Refused(std::string what, nvml::Status status) const {
    const char* const words =
        calls_.nvmlErrorString != nullptr ? calls_.nvmlErrorString(status) : nullptr;
    return Fail(status == nvml::kNoPermission ? ErrorCode::kPermission : ErrorCode::kUnavailable,
                std::move(what), fmt::format("{} ({})", words != nullptr ? words : "NVML", status));
  }

 private:
  void Add(std::vector<Gpu>& gpus, Gpu gpu, Handle handle);
  void AddInstances(std::vector<Gpu>& gpus, const Gpu& whole, nvml::Device device);
  [[nodiscard]] Gpu Describe(nvml::Device device, std::int64_t index) const;
  [[nodiscard]] std::optional<Ppm> BusyByGpm(Handle& handle) const;
  void ReadProcesses(Handle& handle, GpuReading& reading) const;
  void AddEnded(Handle& handle, GpuReading& reading) const;

  Library library_;
  nvml::Calls calls_;
  std::map<std::string, Handle> handles_;  // by uuid
};

Gpu NvmlDriver::Describe(nvml::Device device, std::int64_t index) const {
  Gpu gpu;
  gpu.index = index;
  std::array<char, nvml::kUuidLength> text{};
  if (Ask(calls_.nvmlDeviceGetUUID, device, text.data(), nvml::kUuidLength) == nvml::kSuccess)
    gpu.uuid = text.data();
  text = {};
  if (Ask(calls_.nvmlDeviceGetName, device, text.data(), nvml::kNameLength) == nvml::kSuccess)
    gpu.name = text.data();
  nvml::Memory memory{};
  if (Ask(calls_.nvmlDeviceGetMemoryInfo, device, &memory) == nvml::kSuccess)
    gpu.memory_bytes = static_cast<std::int64_t>(memory.total);
  gpu.power_limit_mw = NumberOf(calls_.nvmlDeviceGetEnforcedPowerLimit, device).value_or(0);
  return gpu;
}

Result<std::vector<Gpu>> NvmlDriver::List() {
  unsigned count = 0;
  if (const nvml::Status status = calls_.nvmlDeviceGetCount_v2(&count); status != nvml::kSuccess)
    return Refused(Say("NVML does not list the GPUs"), status);
  std::vector<Gpu> gpus;
  for (unsigned index = 0; index < count; ++index) {
    nvml::Device device = nullptr;
    const nvml::Status status = calls_.nvmlDeviceGetHandleByIndex_v2(index, &device);
    // One that fell off the bus, or is another container's, must not hide the others.
    if (status != nvml::kSuccess) continue;
    Gpu gpu = Describe(device, index);
    if (gpu.uuid.empty()) gpu.uuid = fmt::format("GPU-{}", index);
    unsigned mig = 0;
    unsigned pending = 0;
    const bool is_split =
        Ask(calls_.nvmlDeviceGetMigMode, device, &mig, &pending) == nvml::kSuccess && mig == 1;
    if (is_split) {
      AddInstances(gpus, gpu, device);
    } else {
      Add(gpus, std::move(gpu), {.device = device, .physical = device});
    }
  }
  return gpus;
}

void NvmlDriver::AddInstances(std::vector<Gpu>& gpus, const Gpu& whole, nvml::Device device) {
  unsigned most = 0;
  if (Ask(calls_.nvmlDeviceGetMaxMigDeviceCount, device, &most) != nvml::kSuccess) return;
  for (unsigned number = 0; number < most; ++number) {
    nvml::Device instance = nullptr;
    if (Ask(calls_.nvmlDeviceGetMigDeviceHandleByIndex, device, number, &instance) !=
        nvml::kSuccess)
      continue;
    Gpu gpu = Describe(instance, whole.index);
    gpu.instance = number;
    if (gpu.name.empty()) gpu.name = whole.name;
    if (gpu.uuid.empty()) gpu.uuid = fmt::format("MIG-{}/{}", whole.uuid, number);
    gpu.power_limit_mw = whole.power_limit_mw;
    nvml::Attributes attributes{};
    if (Ask(calls_.nvmlDeviceGetAttributes_v2, instance, &attributes) == nvml::kSuccess &&
        attributes.gpu_slices > 0) {
      gpu.share = std::min(kAll, attributes.gpu_slices * kAll / kSlicesOfAGpu);
    }
    Handle handle{.device = instance, .physical = device};
    unsigned id = 0;
    if (Ask(calls_.nvmlDeviceGetGpuInstanceId, instance, &id) == nvml::kSuccess)
      handle.instance = id;
    Add(gpus, std::move(gpu), handle);
  }
}

void NvmlDriver::Add(std::vector<Gpu>& gpus, Gpu gpu, Handle handle) {
  const auto [known, is_new] = handles_.try_emplace(gpu.uuid, handle);
  if (is_new) {
    nvml::GpmSupport support;
    Handle& kept = known->second;
    kept.has_gpm =
        Ask(calls_.nvmlGpmQueryDeviceSupport, kept.physical, &support) == nvml::kSuccess &&
        support.is_supported == 1 && calls_.nvmlGpmMetricsGet != nullptr &&
        calls_.nvmlGpmSampleFree != nullptr &&
        Ask(calls_.nvmlGpmSampleAlloc, &kept.gpm_before) == nvml::kSuccess &&
        Ask(calls_.nvmlGpmSampleAlloc, &kept.gpm_now) == nvml::kSuccess;
  }
  gpus.push_back(std::move(gpu));
}

// Between this call and the one before, to the clock: no window of the driver's choosing.
std::optional<Ppm> NvmlDriver::BusyByGpm(Handle& handle) const {
  if (!handle.has_gpm) return std::nullopt;
  std::swap(handle.gpm_before, handle.gpm_now);
  const nvml::Status taken =
      handle.instance
          ? Ask(calls_.nvmlGpmMigSampleGet, handle.physical, *handle.instance, handle.gpm_now)
          : Ask(calls_.nvmlGpmSampleGet, handle.device, handle.gpm_now);
  const bool has_both = std::exchange(handle.has_gpm_before, taken == nvml::kSuccess);
  if (taken != nvml::kSuccess || !has_both) return std::nullopt;
  const auto metrics = std::make_unique<nvml::GpmMetrics>();
  metrics->from = handle.gpm_before;
  metrics->to = handle.gpm_now;
  metrics->metrics[0].id = nvml::kGpmGraphicsUtil;
  if (calls_.nvmlGpmMetricsGet(metrics.get()) != nvml::kSuccess) return std::nullopt;
  const nvml::GpmMetric& metric = metrics->metrics[0];
  if (metric.status != nvml::kSuccess || !(metric.value >= 0 && metric.value <= 100))
    return std::nullopt;
  return static_cast<Ppm>(std::llround(metric.value * kPpmPerPercent));
}

void NvmlDriver::ReadProcesses(Handle& handle, GpuReading& reading) const {
  const auto running = ListOf<nvml::ProcessInfo>([&](unsigned* count, nvml::ProcessInfo* items) {
    return Ask(calls_.nvmlDeviceGetComputeRunningProcesses_v3, handle.device, count, items);
  });
  reading.knows_processes = running.has_value();
  std::map<unsigned, GpuProcess> processes;
  for (const nvml::ProcessInfo& one : running.value_or(std::vector<nvml::ProcessInfo>{})) {
    GpuProcess& process = processes[one.pid];
    process.pid = static_cast<pid_t>(one.pid);
    if (one.used_memory != kNotTold)
      process.memory_bytes = static_cast<std::int64_t>(one.used_memory);
  }
  // Samples since those that were read: those of processes that ended in between are among them.
  const auto used =
      ListOf<nvml::ProcessUtilization>([&](unsigned* count, nvml::ProcessUtilization* items) {
        return Ask(calls_.nvmlDeviceGetProcessUtilization, handle.device, items, count,
                   static_cast<unsigned long long>(handle.seen_us));
      });
  std::map<unsigned, std::pair<Ppm, std::int64_t>> sums;
  const bool is_first = handle.seen_us == 0;
  for (const nvml::ProcessUtilization& one :
       used.value_or(std::vector<nvml::ProcessUtilization>{})) {
    handle.seen_us = std::max(handle.seen_us, one.time_us);
    auto& [sum, count] = sums[one.pid];
    sum += std::min(100U, one.sm) * kPpmPerPercent;
    ++count;
  }
  for (const auto& [pid, sum] : sums) {
    if (is_first && !processes.contains(pid)) continue;  // from before this run
    GpuProcess& process = processes[pid];
    process.pid = static_cast<pid_t>(pid);
    process.busy = sum.first / sum.second;
  }
  for (auto& [pid, process] : processes) reading.processes.push_back(process);
  AddEnded(handle, reading);
}

// Processes that came and went between two readings are in the accounting, where it is on.
void NvmlDriver::AddEnded(Handle& handle, GpuReading& reading) const {
  unsigned mode = 0;
  if (Ask(calls_.nvmlDeviceGetAccountingMode, handle.physical, &mode) != nvml::kSuccess ||
      mode != 1)
    return;
  const auto pids = ListOf<unsigned>([&](unsigned* count, unsigned* items) {
    return Ask(calls_.nvmlDeviceGetAccountingPids, handle.physical, count, items);
  });
  const bool is_first = !std::exchange(handle.has_read_accounting, true);
  for (const unsigned pid : pids.value_or(std::vector<unsigned>{})) {
    nvml::AccountingStats stats{};
    if (handle.accounted.contains(pid) ||
        Ask(calls_.nvmlDeviceGetAccountingStats, handle.physical, pid, &stats) != nvml::kSuccess ||
        stats.is_running != 0)
      continue;
    handle.accounted.insert(pid);
    const bool is_known = std::ranges::any_of(reading.processes, [pid](const GpuProcess& one) {
      return one.pid == static_cast<pid_t>(pid);
    });
    if (is_first || is_known) continue;
    GpuProcess ended;
    ended.pid = static_cast<pid_t>(pid);
    if (stats.max_memory != kNotTold)
      ended.memory_bytes = static_cast<std::int64_t>(stats.max_memory);
    if (stats.gpu_utilization <= 100) ended.busy = stats.gpu_utilization * kPpmPerPercent;
    reading.processes.push_back(ended);
  }
}

Result<GpuReading> NvmlDriver::Read(const Gpu& gpu, BootTime now) {
  const auto found = handles_.find(gpu.uuid);
  if (found == handles_.end())
    return Fail(ErrorCode::kNotFound, Say("NVML no longer lists the GPU {}", gpu.uuid));
  Handle& handle = found->second;
  GpuReading reading;
  reading.at = now;
  nvml::Memory memory{};
  const nvml::Status status = Ask(calls_.nvmlDeviceGetMemoryInfo, handle.device, &memory);
  if (status == nvml::kGpuIsLost) return Refused(Say("GPU {} fell off the bus", gpu.index), status);
  if (status == nvml::kSuccess)
    reading.memory_used_bytes = static_cast<std::int64_t>(memory.used);
  else if (status != nvml::kNotSupported)
    return Refused(Say("GPU {} does not answer", gpu.index), status);
  if (const auto millijoules =
          NumberOf(calls_.nvmlDeviceGetTotalEnergyConsumption, handle.physical))
    reading.energy_uj = *millijoules * kMicrojoulesPerMillijoule;
  reading.power_mw = NumberOf(calls_.nvmlDeviceGetPowerUsage, handle.physical);
  unsigned clock = 0;
  if (Ask(calls_.nvmlDeviceGetClockInfo, handle.physical, nvml::kClockSm, &clock) == nvml::kSuccess)
    reading.clock_mhz = clock;
  reading.throttle = static_cast<std::uint64_t>(
      NumberOf(calls_.nvmlDeviceGetCurrentClocksThrottleReasons, handle.physical).value_or(0));
  reading.busy = BusyByGpm(handle);
  nvml::Utilization utilization{};
  if (!reading.busy &&
      Ask(calls_.nvmlDeviceGetUtilizationRates, handle.device, &utilization) == nvml::kSuccess)
    reading.busy = std::min(100U, utilization.gpu) * kPpmPerPercent;
  ReadProcesses(handle, reading);
  return reading;
}

}  // namespace

Result<std::unique_ptr<GpuDriver>> OpenNvml(const std::string& library) {
  auto loaded = Library::Open(library);
  if (!loaded) return tl::unexpected(loaded.error());
  const nvml::Calls calls = FindCalls(*loaded);
  if (calls.nvmlInit_v2 == nullptr || calls.nvmlShutdown == nullptr ||
      calls.nvmlDeviceGetCount_v2 == nullptr || calls.nvmlDeviceGetHandleByIndex_v2 == nullptr) {
    return Fail(ErrorCode::kUnsupported, Say("{} is no NVML that can be used", library),
                Say("it lacks nvmlInit_v2 or the list of devices"),
                Say("a driver of 418 or newer"));
  }
  if (const nvml::Status status = calls.nvmlInit_v2(); status != nvml::kSuccess) {
    const char* const words =
        calls.nvmlErrorString != nullptr ? calls.nvmlErrorString(status) : nullptr;
    return Fail(ErrorCode::kUnavailable, Say("NVML does not start"),
                fmt::format("{} ({})", words != nullptr ? words : "NVML", status),
                status == nvml::kDriverNotLoaded
                    ? Say("load the NVIDIA driver: nvidia-smi shows it")
                    : std::string{});
  }
  return std::make_unique<NvmlDriver>(std::move(*loaded), calls);
}

std::string ThrottleWords(std::uint64_t throttle) {
  constexpr std::array<std::pair<std::uint64_t, const char*>, 5> kWords = {{
      {0x4, "power cap"},
      {0x8, "hardware slowdown"},
      {0x20, "thermal"},
      {0x40, "thermal"},
      {0x80, "power brake"},
  }};
  std::string words;
  for (const auto& [bit, word] : kWords) {
    const std::string_view said = Translate(word);
    if ((throttle & bit) == 0 || words.ends_with(said)) continue;
    words += (words.empty() ? "" : ", ") + std::string(said);
  }
  return words;
}

}  // namespace epochcost::probe
