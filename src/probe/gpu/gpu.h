#pragma once
// GPUs as their drivers show them: what there is, and what each shows at an instant.

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/vocabulary.h"

namespace epochcost::probe {

// A whole number of millionths: 1,000,000 is all of it.
using Ppm = std::int64_t;
inline constexpr Ppm kAll = 1'000'000;

// One GPU, or one MIG instance of one.
struct Gpu {
  std::int64_t index = 0;                // of the physical GPU, in the driver's order
  std::optional<std::int64_t> instance;  // MIG: number of the instance on it
  std::string uuid;
  std::string name;
  std::int64_t memory_bytes = 0;
  std::int64_t power_limit_mw = 0;  // 0: not told
  Ppm share = kAll;                 // of the physical GPU; less for a MIG instance
};

// A process with a context on a GPU.
struct GpuProcess {
  pid_t pid = 0;
  std::optional<std::int64_t> memory_bytes;
  // Of the time since the reading before, the part in which its kernels ran.
  std::optional<Ppm> busy;
  // Of the run's ranks, kSharedReplica for its processes that are no rank's; filled in by the
  // meter, absent for somebody else's.
  std::optional<std::int32_t> rank;
};

// What a GPU shows at an instant. Absent: this driver or board does not say, which is not 0.
struct GpuReading {
  BootTime at;
  std::optional<Ppm> busy;  // part of the time since the reading before, or of the driver's window
  std::optional<std::int64_t> energy_uj;  // counter since the driver was loaded
  std::optional<std::int64_t> power_mw;
  std::optional<std::int64_t> memory_used_bytes;
  std::optional<std::int64_t> clock_mhz;
  std::uint64_t throttle = 0;    // bits as in ThrottleWords
  bool knows_processes = false;  // `processes` is complete; false: the driver does not tell
  std::vector<GpuProcess> processes;
};

// A driver's library. Called from one thread. Any call may hang for seconds: never call it from
// where other sources are read.
class GpuDriver {
 public:
  virtual ~GpuDriver() = default;
  [[nodiscard]] virtual SourceKind Kind() const = 0;
  // Errors: the driver's own words.
  [[nodiscard]] virtual Result<std::vector<Gpu>> List() = 0;
  // Of a GPU that List() gave. Error kUnavailable: it fell off the bus, or the driver is stopped.
  [[nodiscard]] virtual Result<GpuReading> Read(const Gpu& gpu, BootTime now) = 0;
};

// "power cap, thermal": why a GPU runs slower than it could; empty where nothing holds it back.
[[nodiscard]] std::string ThrottleWords(std::uint64_t throttle);

}  // namespace epochcost::probe
