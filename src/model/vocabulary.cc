#include "model/vocabulary.h"

#include <algorithm>

#include "model/notice.h"

namespace epochcost {
namespace {

constexpr Wide kNsPerHour = Wide{3'600} * 1'000'000'000;
constexpr Wide kBytesPerGb = 1'000'000'000;  // decimal, as networks and the published formula count
constexpr Wide kMsPerHour = 3'600'000;
constexpr Wide kMicrojoulesPerKwh = Wide{3'600'000} * 1'000'000;

constexpr std::array<ResourceInfo, kResourceCount> kResources = {{
    {Resource::kGpuTime, Term::kGpu, "gpu", "gpu_ns", "hour", kNsPerHour, true, true,
     "GPU time in use."},
    {Resource::kCpuTime, Term::kCpu, "cpu", "cpu_ns", "hour", kNsPerHour, true, true,
     "CPU time used, exited children included."},
    {Resource::kMemory, Term::kMemory, "memory", "memory_byte_ms", "GB_hour",
     kBytesPerGb* kMsPerHour, true, true,
     "Memory in use (anonymous and shared, page cache apart), integrated over time."},
    {Resource::kNetworkIn, Term::kNetwork, "network_in", "network_in_bytes", "GB", kBytesPerGb,
     true, true, "Bytes received, loopback apart."},
    {Resource::kNetworkOut, Term::kNetwork, "network_out", "network_out_bytes", "GB", kBytesPerGb,
     true, true, "Bytes sent, loopback apart."},
    {Resource::kLoopback, Term::kNetwork, "loopback", "loopback_bytes", "GB", kBytesPerGb, false,
     true, "Bytes over the loopback interface: told, never charged."},
    {Resource::kGpuHeld, Term::kGpu, "gpu_held", "gpu_held_ns", "hour", kNsPerHour, false, false,
     "GPU time held, in use or not."},
    {Resource::kGpuEnergy, Term::kEnergy, "gpu_energy", "gpu_energy_uj", "kWh", kMicrojoulesPerKwh,
     false, false, "Energy drawn by the boards of the GPUs held."},
    {Resource::kCpuEnergy, Term::kEnergy, "cpu_energy", "cpu_energy_uj", "kWh", kMicrojoulesPerKwh,
     false, false, "Energy drawn by processor packages and memory."},
    {Resource::kDiskRead, Term::kDisk, "disk_read", "disk_read_bytes", "GB", kBytesPerGb, false,
     false, "Bytes read from block devices."},
    {Resource::kDiskWrite, Term::kDisk, "disk_write", "disk_write_bytes", "GB", kBytesPerGb, false,
     false, "Bytes written to block devices."},
    {Resource::kRdmaIn, Term::kNetwork, "rdma_in", "rdma_in_bytes", "GB", kBytesPerGb, true, false,
     "Bytes received by RDMA ports."},
    {Resource::kRdmaOut, Term::kNetwork, "rdma_out", "rdma_out_bytes", "GB", kBytesPerGb, true,
     false, "Bytes sent by RDMA ports."},
}};

constexpr std::array kSources = {
    SourceInfo{SourceKind::kNone, "none", Quality::kAssumed, "No source on this machine."},
    SourceInfo{SourceKind::kCgroupCpuStat, "cgroup-cpu-stat", Quality::kMeasured,
               "cpu.stat of the run's own cgroup v2."},
    SourceInfo{
        SourceKind::kBpfSwitch, "bpf-sched-switch", Quality::kMeasured,
        "eBPF: scheduler run time of the process tree, the last switch of each thread included."},
    SourceInfo{SourceKind::kProcessClocks, "process-clocks", Quality::kMeasured,
               "CPU clocks of living processes, wait4 of those that ended."},
    SourceInfo{SourceKind::kCgroupMemory, "cgroup-memory", Quality::kMeasured,
               "anon + shmem of the run's own cgroup v2."},
    SourceInfo{SourceKind::kCgroupMemoryV1, "cgroup-memory-v1", Quality::kMeasured,
               "rss + shmem of the run's own cgroup v1."},
    SourceInfo{SourceKind::kProcMemory, "proc-memory", Quality::kModelled,
               "resident memory of the processes × the last share of it that is their own."},
    SourceInfo{SourceKind::kBpfCgroupSkb, "bpf-cgroup-skb", Quality::kMeasured,
               "eBPF: IP bytes at the run's cgroup."},
    SourceInfo{SourceKind::kBpfSockLength, "bpf-sock-length", Quality::kModelled,
               "eBPF: payload bytes at the sockets of the process tree, headers left out."},
    SourceInfo{SourceKind::kProcNetDev, "proc-net-dev", Quality::kAssumed,
               "interface counters: the bytes of everybody in this network namespace."},
    SourceInfo{SourceKind::kNvml, "nvml", Quality::kMeasured, "NVML."},
    SourceInfo{SourceKind::kReplay, "replay", Quality::kMeasured, "a recording."},
    SourceInfo{SourceKind::kAmdSmi, "amdsmi", Quality::kMeasured, "AMD's amdsmi."},
    SourceInfo{SourceKind::kRapl, "rapl", Quality::kModelled,
               "RAPL counters of the whole machine × the run's share of its CPU time."},
    SourceInfo{SourceKind::kPowerModel, "power-model", Quality::kAssumed,
               "CPU time × an assumed power of a busy core."},
    SourceInfo{SourceKind::kCgroupIoStat, "cgroup-io-stat", Quality::kMeasured,
               "io.stat of the run's own cgroup v2."},
    SourceInfo{SourceKind::kProcIo, "proc-io", Quality::kModelled,
               "/proc/<pid>/io of the living processes."},
    SourceInfo{SourceKind::kRdmaPorts, "rdma-ports", Quality::kAssumed,
               "port counters of /sys/class/infiniband: everybody's bytes."},
};

constexpr std::array<std::string_view, 6> kTermNames = {"gpu",     "cpu",    "memory",
                                                        "network", "energy", "disk"};
constexpr std::array<std::string_view, 3> kQualityNames = {"measured", "modelled", "assumed"};
constexpr std::array<std::string_view, 3> kQualityDots = {"●", "◐", "○"};
constexpr std::array<std::string_view, 14> kNoticeNames = {
    "source_chosen", "source_lost", "source_back",     "counter_reset", "gap",
    "clock_jump",    "suspended",   "meter_restarted", "marks_folded",  "mark_rejected",
    "price_changed", "degraded",    "commit_failed",   "budget"};
constexpr std::array<std::string_view, 5> kScopeNames = {"epoch", "setup", "eval", "checkpoint",
                                                         "idle"};

template <class Enum, std::size_t N>
std::optional<Enum> Find(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto* const found = std::ranges::find(names, name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

}  // namespace

std::string_view Name(Term term) { return kTermNames.at(static_cast<std::size_t>(term)); }
std::string_view Name(Quality quality) {
  return kQualityNames.at(static_cast<std::size_t>(quality));
}
std::string_view Dot(Quality quality) { return kQualityDots.at(static_cast<std::size_t>(quality)); }
std::string_view Name(NoticeKind kind) { return kNoticeNames.at(static_cast<std::size_t>(kind)); }
std::string_view Name(ScopeKind kind) { return kScopeNames.at(static_cast<std::size_t>(kind)); }

const std::array<ResourceInfo, kResourceCount>& Resources() { return kResources; }
const ResourceInfo& Info(Resource resource) {
  return kResources.at(static_cast<std::size_t>(resource));
}
const SourceInfo& Info(SourceKind source) { return kSources.at(static_cast<std::size_t>(source)); }

std::optional<Resource> ParseResource(std::string_view name) {
  const auto* const found = std::ranges::find(kResources, name, &ResourceInfo::name);
  if (found == kResources.end()) return std::nullopt;
  return found->resource;
}

std::optional<SourceKind> ParseSource(std::string_view name) {
  const auto* const found = std::ranges::find(kSources, name, &SourceInfo::name);
  if (found == kSources.end()) return std::nullopt;
  return found->source;
}

std::optional<Quality> ParseQuality(std::string_view name) {
  return Find<Quality>(kQualityNames, name);
}
std::optional<ScopeKind> ParseScopeKind(std::string_view name) {
  return Find<ScopeKind>(kScopeNames, name);
}

}  // namespace epochcost
