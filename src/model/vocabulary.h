#pragma once
// The words of the trade, as data: what can be metered, in which unit, by which source, and how
// well it is known. Code, JSON and the manual take their names from here.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/wide.h"

namespace epochcost {

// What a resource is counted under. The first four are the terms of the formula.
enum class Term : std::uint8_t { kGpu, kCpu, kMemory, kNetwork, kEnergy, kDisk };
inline constexpr std::array kTerms = {Term::kGpu, Term::kCpu, Term::kMemory, Term::kNetwork};
[[nodiscard]] std::string_view Name(Term term);  // "gpu"

// What is metered and priced. The order is the order of the columns everywhere.
enum class Resource : std::uint8_t {
  kGpuTime,     // ns of GPU time in use
  kCpuTime,     // ns of CPU time used, exited children included
  kMemory,      // byte·ms of memory in use
  kNetworkIn,   // bytes received, loopback apart
  kNetworkOut,  // bytes sent, loopback apart
  kLoopback,    // bytes over loopback: told, never charged
  kGpuHeld,     // ns of GPU time held, used or not: told; rent is the sheet's
  kGpuEnergy,   // µJ drawn by the boards of the GPUs held
  kCpuEnergy,   // µJ drawn by processor packages and memory
  kDiskRead,    // bytes read from block devices
  kDiskWrite,   // bytes written to block devices
  kRdmaIn,      // bytes received by RDMA ports, which no IP counter sees
  kRdmaOut,     // bytes sent by RDMA ports
};
inline constexpr std::size_t kResourceCount = 13;
inline constexpr Resource kLastResource = Resource::kRdmaOut;

struct ResourceInfo {
  Resource resource;
  Term term;
  std::string_view name;           // as prices, tables and JSON say it: "cpu", "network_in"
  std::string_view quantity_name;  // JSON key with the base unit: "cpu_ns", "memory_byte_ms"
  std::string_view priced_unit;    // "hour", "GB_hour", "GB"
  Wide units_per_priced;           // base units in one priced unit: 3.6e12 ns in an hour
  bool is_charged;                 // loopback is not
  bool is_expected;                // on every machine: that it was not metered is told
  std::string_view sentence;
};
[[nodiscard]] const std::array<ResourceInfo, kResourceCount>& Resources();
[[nodiscard]] const ResourceInfo& Info(Resource resource);
[[nodiscard]] std::optional<Resource> ParseResource(std::string_view name);

// How a number is known. The worst of its parts is a sum's quality.
enum class Quality : std::uint8_t { kMeasured, kModelled, kAssumed };
[[nodiscard]] std::string_view Name(Quality quality);  // "measured"
[[nodiscard]] std::string_view Dot(Quality quality);   // "●" "◐" "○"
[[nodiscard]] std::optional<Quality> ParseQuality(std::string_view name);
[[nodiscard]] constexpr Quality Worse(Quality a, Quality b) { return a > b ? a : b; }

// Where a reading came from. Recorded with every line.
enum class SourceKind : std::uint8_t {
  kNone,            // no source: the signal is absent on this machine
  kCgroupCpuStat,   // cgroup v2 cpu.stat of the run's own cgroup
  kBpfSwitch,       // eBPF: se.sum_exec_runtime at sched_switch, by process tree
  kProcessClocks,   // clock_getcpuclockid of the living + wait4 of the dead
  kCgroupMemory,    // anon + shmem of the run's cgroup v2
  kCgroupMemoryV1,  // rss + shmem of the run's cgroup v1 memory hierarchy
  kProcMemory,      // Σ statm × last PSS/RSS ratio
  kBpfCgroupSkb,    // eBPF cgroup_skb on the run's cgroup
  kBpfSockLength,   // eBPF sock_send_length, sock_recv_length: payload
  kProcNetDev,      // /proc/net/dev of the network namespace: everybody's bytes
  kNvml,            // NVML
  kReplay,          // a recording
  kAmdSmi,          // AMD's amdsmi
  kRapl,            // RAPL energy counters of powercap
  kPowerModel,      // energy from CPU time and rated power
  kCgroupIoStat,    // io.stat of the run's own cgroup v2
  kProcIo,          // /proc/<pid>/io
  kRdmaPorts,       // port counters of /sys/class/infiniband
};
inline constexpr SourceKind kLastSource = SourceKind::kRdmaPorts;
struct SourceInfo {
  SourceKind source;
  std::string_view name;  // "cgroup-cpu-stat"
  Quality quality;        // the best that this source can give
  std::string_view sentence;
};
[[nodiscard]] const SourceInfo& Info(SourceKind source);
[[nodiscard]] std::optional<SourceKind> ParseSource(std::string_view name);

// What a moment of a run belongs to: an epoch, or a phase outside of epochs.
enum class ScopeKind : std::uint8_t { kEpoch, kSetup, kEval, kCheckpoint, kIdle };
[[nodiscard]] std::string_view Name(ScopeKind kind);  // "epoch"
[[nodiscard]] std::optional<ScopeKind> ParseScopeKind(std::string_view name);

// A phase's index is that of the epoch in or after which it lies: `eval 3` is evaluation during
// epoch 3; several of them are one scope.
struct Scope {
  ScopeKind kind = ScopeKind::kSetup;
  std::int64_t index = 0;
  friend constexpr auto operator<=>(const Scope&, const Scope&) = default;
};

}  // namespace epochcost
