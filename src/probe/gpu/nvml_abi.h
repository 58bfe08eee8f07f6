#pragma once
// The calls of NVML that are used, declared here so that neither its header nor its library is
// needed to build. Numbers and layouts are those of NVML's application binary interface.

#include <cstdint>

namespace epochcost::probe::nvml {

using Status = int;
inline constexpr Status kSuccess = 0;
inline constexpr Status kNotSupported = 3;
inline constexpr Status kNoPermission = 4;
inline constexpr Status kNotFound = 6;
inline constexpr Status kInsufficientSize = 7;
inline constexpr Status kDriverNotLoaded = 9;
inline constexpr Status kGpuIsLost = 15;

using Device = struct DeviceTag*;
using GpmSample = struct GpmSampleTag*;

inline constexpr unsigned kClockSm = 1;
inline constexpr unsigned kUuidLength = 96;
inline constexpr unsigned kNameLength = 96;

struct Memory {
  std::uint64_t total, free, used;
};
struct Utilization {
  unsigned gpu, memory;  // percent
};
struct ProcessInfo {  // v2 and v3
  unsigned pid;
  std::uint64_t used_memory;  // all ones: not told
  unsigned gpu_instance, compute_instance;
};
struct ProcessUtilization {
  unsigned pid;
  std::uint64_t time_us;
  unsigned sm, memory, encoder, decoder;  // percent
};
struct AccountingStats {
  unsigned gpu_utilization, memory_utilization;  // percent
  std::uint64_t max_memory, time_ms, start_us;
  unsigned is_running;
  unsigned reserved[5];
};
struct Attributes {
  unsigned multiprocessors, copy_engines, decoders, encoders, jpegs, ofas, gpu_slices,
      compute_slices;
  std::uint64_t memory_mb;
};
struct GpmSupport {
  unsigned version = 1;
  unsigned is_supported = 0;
};
struct GpmMetric {
  unsigned id;
  Status status;
  double value;
  const char* names[3];
};
// The library looks at the first `count` metrics; its own structure has room for hundreds, more in
// each version, so there is room here for more than any has.
struct GpmMetrics {
  unsigned version = 1;
  unsigned count = 1;
  GpmSample from = nullptr;
  GpmSample to = nullptr;
  GpmMetric metrics[1024]{};
};
inline constexpr unsigned kGpmGraphicsUtil = 1;  // percent of the time with any kernel running

static_assert(sizeof(ProcessInfo) == 24 && sizeof(ProcessUtilization) == 32);
static_assert(sizeof(AccountingStats) == 56 && sizeof(Attributes) == 40 && sizeof(GpmMetric) == 40);

// The library's functions, by their exported names. Those that are null are not in this version.
struct Calls {
  Status (*nvmlInit_v2)() = nullptr;
  Status (*nvmlShutdown)() = nullptr;
  const char* (*nvmlErrorString)(Status) = nullptr;
  Status (*nvmlDeviceGetCount_v2)(unsigned*) = nullptr;
  Status (*nvmlDeviceGetHandleByIndex_v2)(unsigned, Device*) = nullptr;
  Status (*nvmlDeviceGetName)(Device, char*, unsigned) = nullptr;
  Status (*nvmlDeviceGetUUID)(Device, char*, unsigned) = nullptr;
  Status (*nvmlDeviceGetMemoryInfo)(Device, Memory*) = nullptr;
  Status (*nvmlDeviceGetEnforcedPowerLimit)(Device, unsigned*) = nullptr;
  Status (*nvmlDeviceGetPowerUsage)(Device, unsigned*) = nullptr;
  Status (*nvmlDeviceGetTotalEnergyConsumption)(Device, unsigned long long*) = nullptr;
  Status (*nvmlDeviceGetUtilizationRates)(Device, Utilization*) = nullptr;
  Status (*nvmlDeviceGetClockInfo)(Device, unsigned, unsigned*) = nullptr;
  Status (*nvmlDeviceGetCurrentClocksThrottleReasons)(Device, unsigned long long*) = nullptr;
  Status (*nvmlDeviceGetComputeRunningProcesses_v3)(Device, unsigned*, ProcessInfo*) = nullptr;
  Status (*nvmlDeviceGetComputeRunningProcesses_v2)(Device, unsigned*, ProcessInfo*) = nullptr;
  Status (*nvmlDeviceGetProcessUtilization)(Device, ProcessUtilization*, unsigned*,
                                            unsigned long long) = nullptr;
  Status (*nvmlDeviceGetAccountingMode)(Device, unsigned*) = nullptr;
  Status (*nvmlDeviceGetAccountingPids)(Device, unsigned*, unsigned*) = nullptr;
  Status (*nvmlDeviceGetAccountingStats)(Device, unsigned, AccountingStats*) = nullptr;
  Status (*nvmlDeviceGetMigMode)(Device, unsigned*, unsigned*) = nullptr;
  Status (*nvmlDeviceGetMaxMigDeviceCount)(Device, unsigned*) = nullptr;
  Status (*nvmlDeviceGetMigDeviceHandleByIndex)(Device, unsigned, Device*) = nullptr;
  Status (*nvmlDeviceGetGpuInstanceId)(Device, unsigned*) = nullptr;
  Status (*nvmlDeviceGetAttributes_v2)(Device, Attributes*) = nullptr;
  Status (*nvmlGpmQueryDeviceSupport)(Device, GpmSupport*) = nullptr;
  Status (*nvmlGpmSampleAlloc)(GpmSample*) = nullptr;
  Status (*nvmlGpmSampleFree)(GpmSample) = nullptr;
  Status (*nvmlGpmSampleGet)(Device, GpmSample) = nullptr;
  Status (*nvmlGpmMigSampleGet)(Device, unsigned, GpmSample) = nullptr;
  Status (*nvmlGpmMetricsGet)(GpmMetrics*) = nullptr;
};

}  // namespace epochcost::probe::nvml
