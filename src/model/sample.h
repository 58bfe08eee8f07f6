#pragma once

#include <cstdint>

#include "base/time.h"
#include "base/wide.h"
#include "model/vocabulary.h"

namespace epochcost {

// What a reading is of. Counters only grow (until they are reset); gauges are read as they stand.
enum class Signal : std::uint8_t {
  kGpuBusyNs,        // counter
  kCpuNs,            // counter
  kMemoryBytes,      // gauge
  kNetworkInBytes,   // counter, loopback apart
  kNetworkOutBytes,  // counter, loopback apart
  kLoopbackBytes,    // counter
  kGpuHeldNs,        // counter
  kGpuEnergyUj,      // counter
  kCpuEnergyUj,      // counter
  kDiskReadBytes,    // counter
  kDiskWriteBytes,   // counter
  kRdmaInBytes,      // counter
  kRdmaOutBytes,     // counter
};
inline constexpr Signal kLastSignal = Signal::kRdmaOutBytes;

// One reading of one source at one instant: what the counter or gauge says, never a rate, never
// money.
struct Sample {
  Signal signal{};
  SourceKind source = SourceKind::kNone;
  std::int32_t replica = 0;
  BootTime at;
  Wide value = 0;
  Quality quality = Quality::kMeasured;
};

}  // namespace epochcost
