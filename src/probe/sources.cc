#include "probe/sources.h"

#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <functional>
#include <utility>

#include "base/retell.h"
#include "base/text.h"
#include "probe/bpf/cgroup_network.h"
#include "probe/cgroup/cpu_stat.h"
#include "probe/cgroup/memory_stat.h"
#include "probe/gpu/amd_driver.h"
#include "probe/gpu/nvml_driver.h"
#include "probe/gpu/ownership.h"
#include "probe/io/disk.h"
#include "probe/io/rdma.h"
#include "probe/power/rapl.h"
#include "probe/proc/net_dev.h"
#include "probe/proc/process_clocks.h"
#include "probe/proc/process_memory.h"

namespace epochcost::probe {
namespace {

using Opened = Result<std::unique_ptr<Source>>;

// One way to read a term.
struct Way {
  SourceKind source;
  std::function<Opened()> open;
};

// Opens what a run needs; holds what the ways share.
class Opener {
 public:
  Opener(const Target& target, const OpenOptions& options) : target_(target), options_(options) {}

  SourceSet Open() {
    Try(Term::kGpu, {{SourceKind::kAmdSmi, [this] { return AmdGpus(); }},
                     {SourceKind::kNvml, [this] { return NvidiaGpus(); }}});
    Try(Term::kCpu, {{SourceKind::kCgroupCpuStat, [this] { return CgroupCpuTime(); }},
                     {SourceKind::kBpfSwitch, [this] { return TreeCpu(); }},
                     {SourceKind::kProcessClocks, [this] { return Clocks(); }}});
    Try(Term::kMemory, {{SourceKind::kCgroupMemory, [this] { return MemoryOfV2(); }},
                        {SourceKind::kCgroupMemoryV1, [this] { return MemoryOfV1(); }},
                        {SourceKind::kProcMemory, [this] { return MemoryOfProcesses(); }}});
    Try(Term::kNetwork, {{SourceKind::kBpfCgroupSkb, [this] { return PacketsOfCgroup(); }},
                         {SourceKind::kBpfSockLength, [this] { return TreeSockets(); }},
                         {SourceKind::kProcNetDev, [this] { return Interfaces(); }}});
    if (auto ports = RdmaPorts::Open(options_.sys_root + "/class/infiniband"))
      set_.sources.push_back(std::move(*ports));
    // Behind the source of CPU time, by which energy is shared out.
    Try(Term::kEnergy, {{SourceKind::kRapl, [this] { return PackagesAndMemory(); }},
                        {SourceKind::kPowerModel, [] { return std::make_unique<PowerModel>(); }}});
    Try(Term::kDisk, {{SourceKind::kCgroupIoStat, [this] { return IoOfCgroup(); }},
                      {SourceKind::kProcIo, [this] { return ProcessIo::Open(Tree()); }}});
    // A task has one tree: where the run's own source has put them all into one, ranks are told
    // apart by their processes.
    set_.ranks =
        std::make_unique<RankUse>(target_, Tree(),
                                  RankUse::Options{.may_load = !options_.as_ordinary_user &&
                                                               !set_.counter && MayCountInKernel(),
                                                   .handles = options_.handles,
                                                   .roots = rank_roots_,
                                                   .proc_root = options_.proc_root});
    return std::move(set_);
  }

  void CountFirst() {
    if (MayUse(SourceKind::kBpfCgroupSkb, {SourceKind::kBpfSockLength, SourceKind::kProcNetDev}))
      (void)PacketsOfCgroup();
    const bool has_better = !IsOnly(SourceKind::kBpfSwitch) && CgroupCpuTime().has_value();
    if (!has_better &&
        MayUse(SourceKind::kBpfSwitch, {SourceKind::kCgroupCpuStat, SourceKind::kProcessClocks}))
      (void)TreeCpu();
  }

 private:
  [[nodiscard]] bool IsOnly(SourceKind source) const {
    return std::ranges::find(options_.only, source) != options_.only.end();
  }
  // Asked for, or none of those that would serve the same term is.
  [[nodiscard]] bool MayUse(SourceKind source, const std::vector<SourceKind>& others) const {
    return IsOnly(source) ||
           std::ranges::none_of(others, [this](SourceKind other) { return IsOnly(other); });
  }

  Opened Gpus(Result<std::unique_ptr<GpuDriver>> driver) {
    if (!driver) return tl::unexpected(driver.error());
    auto source =
        GpuSource::Open(std::move(*driver), EnvironmentOf(options_.proc_root, target_.root_pid),
                        OwnershipOf(target_, options_.proc_root, rank_roots_), options_.period);
    if (!source) return tl::unexpected(source.error());
    set_.gpus = source->get();
    return std::move(*source);
  }

  Opened NvidiaGpus() {
    if (options_.nvml_library.empty() && access("/dev/nvidiactl", F_OK) != 0)
      return Fail(ErrorCode::kNotFound, Say("no GPU: /dev/nvidiactl does not exist"));
    return Gpus(OpenNvml(options_.nvml_library.empty() ? kNvmlLibrary : options_.nvml_library));
  }

  Opened AmdGpus() {
    if (options_.amd_library.empty() && access("/dev/kfd", F_OK) != 0)
      return Fail(ErrorCode::kNotFound, Say("no GPU: /dev/kfd does not exist"));
    return Gpus(OpenAmd(options_.amd_library.empty() ? kAmdLibrary : options_.amd_library));
  }

  Opened PackagesAndMemory() const {
    return Rapl::Open(options_.sys_root + "/class/powercap", options_.proc_root);
  }

  Opened IoOfCgroup() const {
    if (auto has = NeedCgroup(); !has) return tl::unexpected(has.error());
    return CgroupIo::Open(target_.cgroup->V2Path());
  }

  void Try(Term term, const std::vector<Way>& ways) {
    const auto is_asked_for = [this](const Way& way) {
      return std::ranges::find(options_.only, way.source) != options_.only.end();
    };
    const bool is_restricted = std::ranges::any_of(ways, is_asked_for);
    Choice choice{term, SourceKind::kNone, Quality::kAssumed, {}};
    for (const Way& way : ways) {
      if (is_restricted && !is_asked_for(way)) {
        choice.rejected.push_back({way.source, Say("another source was asked for"), ""});
        continue;
      }
      Opened opened = way.open();
      if (opened) {
        choice.chosen = way.source;
        choice.quality = Info(way.source).quality;
        set_.sources.push_back(std::move(*opened));
        break;
      }
      const Error& error = opened.error();
      choice.rejected.push_back(
          {way.source,
           error.why.empty() ? error.what : fmt::format("{}: {}", error.what, error.why),
           error.hint});
    }
    set_.choices.push_back(std::move(choice));
  }

  [[nodiscard]] static tl::unexpected<Error> Refused() {
    return Fail(ErrorCode::kPermission, Say("not tried, as an ordinary user"), "",
                Say("run as root"));
  }

  [[nodiscard]] Result<void> NeedCgroup() const {
    if (options_.as_ordinary_user) return Refused();
    if (target_.cgroup) return {};
    if (target_.attached) {
      return Fail(ErrorCode::kUnsupported, Say("the run has no control group of its own"),
                  Say("it ran before the meter came"),
                  Say("start it by: epochcost run -- PROGRAM"));
    }
    return Fail(ErrorCode::kUnsupported, Say("the run has no control group of its own"),
                options_.no_cgroup, HowToGetCgroup());
  }

  Opened CgroupCpuTime() {
    if (auto has = NeedCgroup(); !has) return tl::unexpected(has.error());
    return CgroupCpu::Open(target_.cgroup->V2Path());
  }

  Opened MemoryOfV2() {
    if (auto has = NeedCgroup(); !has) return tl::unexpected(has.error());
    Opened opened = CgroupMemory::OpenV2(target_.cgroup->V2Path());
    if (!opened && opened.error().code == ErrorCode::kNotFound) {
      return Fail(ErrorCode::kUnsupported, Say("the memory controller of cgroup v2 is not on here"),
                  "",
                  target_.cgroup->V1MemoryPath().empty()
                      ? Say("run inside: systemd-run --scope -p Delegate=yes")
                      : std::string{});
    }
    return opened;
  }

  Opened MemoryOfV1() {
    if (auto has = NeedCgroup(); !has) return tl::unexpected(has.error());
    if (target_.cgroup->V1MemoryPath().empty()) {
      return Fail(ErrorCode::kUnsupported, Say("cgroup v1 keeps no memory here"));
    }
    return CgroupMemory::OpenV1(target_.cgroup->V1MemoryPath());
  }

  Opened PacketsOfCgroup() {
    if (auto has = NeedCgroup(); !has) return tl::unexpected(has.error());
    return OpenCgroupNetwork(target_.run, target_.cgroup->V2Path(), options_.handles);
  }

  ProcessTree& Tree() {
    if (!set_.tree)
      set_.tree = std::make_unique<ProcessTree>(target_, options_.proc_root, getpid());
    return *set_.tree;
  }

  Opened Clocks() { return std::make_unique<ProcessClocks>(Tree(), options_.dead_feed); }
  Opened MemoryOfProcesses() { return std::make_unique<ProcessMemory>(Tree()); }
  Opened Interfaces() { return NetDev::Open(options_.proc_root, target_.root_pid); }

  // One object of eBPF programs serves CPU and sockets, so it is loaded once, for what is wanted of
  // it: sockets are only followed where no control group counts packets.
  Result<TreeCounter*> Counter(TreeCounter::Options wanted) {
    if (options_.as_ordinary_user) return Refused();
    if (set_.counter && (!wanted.sockets || counts_.sockets)) return set_.counter.get();
    set_.counter.reset();
    counts_ = wanted;
    auto counter = TreeCounter::Open(target_.run, wanted, options_.handles);
    if (!counter) return tl::unexpected(counter.error());
    std::vector<pid_t> processes;
    for (const Process& process : Tree().Members()) processes.push_back(process.pid);
    // Where /proc is hidden, the root is known all the same, to who started it.
    const bool is_unseen = processes.empty() && !target_.attached && kill(target_.root_pid, 0) == 0;
    if (is_unseen) processes.push_back(target_.root_pid);
    if (auto followed = (*counter)->Follow(0, processes); !followed) {
      return tl::unexpected(followed.error());
    }
    set_.counter = std::move(*counter);
    return set_.counter.get();
  }

  Opened TreeCpu() {
    TreeCounter::Options wanted{.cpu = true, .sockets = !NeedCgroup()};
    auto counter = Counter(wanted);
    // Who lacks CAP_SYS_ADMIN may not look for a missing tracepoint in the modules, and is refused.
    if (!counter && wanted.sockets) counter = Counter({.cpu = true, .sockets = false});
    if (!counter) return tl::unexpected(counter.error());
    return MakeTreeCpu(**counter);
  }

  Opened TreeSockets() {
    if (set_.counter && !counts_.sockets) {
      return Fail(ErrorCode::kUnsupported, Say("this kernel has no sock_send_length tracepoint"),
                  "", Say("a kernel of 6.3 or newer"));
    }
    auto counter = Counter({.cpu = false, .sockets = true});
    if (!counter) return tl::unexpected(counter.error());
    return MakeTreeSockets(**counter);
  }

  Target target_;
  OpenOptions options_;
  SourceSet set_;
  TreeCounter::Options counts_;
  std::shared_ptr<RankRoots> rank_roots_ = std::make_shared<RankRoots>();
};

}  // namespace

std::string Choice::Sentence() const {
  if (chosen != SourceKind::kNone)
    return ForRecord("{}: {}, {}", Name(term), Info(chosen).name, Name(quality));
  if (rejected.empty()) return ForRecord("{}: no source", Name(term));
  return ForRecord("{}: no source, {}", Name(term), rejected.back().why_not);
}

std::string Choice::Account() const {
  std::string account = Sentence();
  if (chosen == SourceKind::kNone) return account;
  for (const Rejected& better : rejected)
    account = ForRecord("{}; not {}: {}", account, Info(better.source).name, better.why_not);
  return account;
}

std::string Choice::Hint() const {
  for (const Rejected& better : rejected) {
    if (!better.how_to_get.empty()) return better.how_to_get;
  }
  return {};
}

void SourceSet::AddRoot(pid_t pid, std::int64_t start_ticks) {
  tree->AddRoot(pid, start_ticks);
  if (!counter) return;
  std::vector<pid_t> processes;
  for (const Process& process : tree->Members()) processes.push_back(process.pid);
  (void)counter->Follow(0, processes);  // who is followed already stays where he is
}

bool MayCountInKernel() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets{};
  if (syscall(SYS_capget, &header, sets.data()) != 0) return false;
  const auto has = [&sets](unsigned capability) {
    return (sets.at(CAP_TO_INDEX(capability)).effective & CAP_TO_MASK(capability)) != 0;
  };
  return has(CAP_BPF) || has(CAP_SYS_ADMIN);
}

void CountFromTheStart(const Target& target, const OpenOptions& options) {
  Opener(target, options).CountFirst();
}

SourceSet OpenSources(const Target& target, const OpenOptions& options) {
  return Opener(target, options).Open();
}

}  // namespace epochcost::probe
