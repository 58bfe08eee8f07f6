#include "probe/bpf/tree_counter.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <malloc.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/text.h"
#include "probe/bpf/loader.h"
#include "probe/bpf/shared.h"
#include "probe/bpf/tree.skel.h"

namespace epochcost::probe {
namespace {

static_assert(kMostTrees == MOST_TREES);

constexpr int kMostPasses = 8;
// Asking a CPU interrupts it. What has been running for less than this is booked at its next switch
// or asked for at the next reading.
constexpr __u64 kNotWorthAsking = 10 * kNanosPerMilli;

struct SkeletonDeleter {
  void operator()(tree_bpf* skeleton) const { tree_bpf__destroy(skeleton); }
};

// All that is kept open of the loaded object: the object itself is given back, with its memory.
struct Handles {
  Fd nodes;
  Fd uses;
  Fd running;
  Fd found;
  Fd book;
  Fd find;
  std::vector<Fd> links;
};

class LoadedTreeCounter final : public TreeCounter {
 public:
  LoadedTreeCounter(Handles handles, int cpus)
      : handles_(std::move(handles)),
        running_(static_cast<std::size_t>(cpus)),
        uses_(static_cast<std::size_t>(cpus)) {}

  Result<void> Follow(int id, const std::vector<pid_t>& processes) override {
    if (id < 0 || id >= kMostTrees) {
      return Fail(ErrorCode::kOverflow, Say("no room for process tree {}", id),
                  Say("at most {} are followed", kMostTrees));
    }
    if (auto kept_out = Mark(getpid(), NO_TREE); !kept_out) return kept_out;
    for (const pid_t pid : processes) {
      if (auto marked = Mark(pid, static_cast<__u32>(id)); !marked) return marked;
    }
    return FindTasks();
  }

  void Settle() override {
    const __u32 zero = 0;
    if (bpf_map_lookup_elem(handles_.running.Get(), &zero, running_.data()) != 0) return;
    const auto now = static_cast<__u64>(SystemClock().MonotonicNs());
    for (std::size_t cpu = 0; cpu < running_.size(); ++cpu) {
      if (running_[cpu] == 0 || now < running_[cpu] + kNotWorthAsking) continue;
      LIBBPF_OPTS(bpf_test_run_opts, options, .flags = BPF_F_TEST_RUN_ON_CPU,
                  .cpu = static_cast<__u32>(cpu));
      bpf_prog_test_run_opts(handles_.book.Get(), &options);  // a CPU gone offline has nothing
    }
  }

  Result<TreeReading> Read(int id) override {
    const __u32 tree = static_cast<__u32>(id);
    if (bpf_map_lookup_elem(handles_.uses.Get(), &tree, uses_.data()) != 0) {
      return tl::unexpected(BpfError(Say("cannot read process tree {}", id), -errno));
    }
    TreeReading sum;
    for (const tree_use& use : uses_) {
      sum.cpu_ns += use.cpu_ns;
      sum.received_bytes += static_cast<std::int64_t>(use.received_bytes);
      sum.sent_bytes += static_cast<std::int64_t>(use.sent_bytes);
      sum.loopback_bytes += static_cast<std::int64_t>(use.loopback_bytes);
      sum.lost_tasks += static_cast<std::int64_t>(use.lost_tasks);
    }
    return sum;
  }

 private:
  // Gives the process's first thread a node; its other threads and its descendants get theirs from
  // the iterator. One that is gone, or has one, is left alone.
  Result<void> Mark(pid_t pid, __u32 tree) {
    const Fd process(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
    if (!process.IsOpen()) return {};
    const int key = process.Get();
    const tree_node node{0, tree, tree != NO_TREE};
    if (bpf_map_update_elem(handles_.nodes.Get(), &key, &node, BPF_NOEXIST) == 0) return {};
    if (errno == EEXIST || errno == ESRCH) return {};
    return tl::unexpected(BpfError(Say("cannot follow process {}", pid), -errno));
  }

  // Until a pass finds nobody new: who was forked by a process not yet found is found by the next.
  Result<void> FindTasks() {
    const __u32 zero = 0;
    __u64 before = 0;
    for (int pass = 0; pass < kMostPasses; ++pass) {
      const Fd link(bpf_link_create(handles_.find.Get(), 0, BPF_TRACE_ITER, nullptr));
      const Fd visit(link.IsOpen() ? bpf_iter_create(link.Get()) : -1);
      if (!visit.IsOpen())
        return tl::unexpected(BpfError(Say("cannot visit the processes"), -errno));
      std::array<char, 64> nothing{};
      while (read(visit.Get(), nothing.data(), nothing.size()) > 0) {
      }
      __u64 found = 0;
      bpf_map_lookup_elem(handles_.found.Get(), &zero, &found);
      if (found == before) return {};
      before = found;
    }
    return {};  // it forks faster than it can be looked at; new forks are followed all the same
  }

  Handles handles_;
  std::vector<__u64> running_;
  std::vector<tree_use> uses_;
};

constexpr std::array<std::pair<const char*, Fd Handles::*>, 6> kNames = {{
    {"tree_nodes", &Handles::nodes},
    {"tree_uses", &Handles::uses},
    {"tree_running", &Handles::running},
    {"tree_found", &Handles::found},
    {"tree_book", &Handles::book},
    {"tree_find", &Handles::find},
}};

bool IsWhole(const Handles& handles) {
  return std::ranges::all_of(
      kNames, [&handles](const auto& named) { return (handles.*named.second).IsOpen(); });
}

Handles OpenPinned(const std::string& folder) {
  Handles handles;
  for (const auto& [name, member] : kNames) handles.*member = Unpinned(folder, name);
  return handles;
}

Handles OpenHeld(const HandleSet& held) {
  Handles handles;
  for (const auto& [name, member] : kNames) handles.*member = Fd(held.Duplicate(name));
  return handles;
}

// By name, so that counting outlives this process.
void KeepAll(const std::string& folder, const Handles& handles, HandleSet* held) {
  const auto keep = [&](const std::string& name, const Fd& fd) {
    Pin(folder, name, fd.Get());
    if (held != nullptr) held->PutDuplicate(name, fd.Get());
  };
  int number = 0;
  for (const Fd& link : handles.links) keep("tree_link_" + std::to_string(number++), link);
  for (const auto& [name, member] : kNames) keep(name, handles.*member);
}

Result<Handles> Load(TreeCounter::Options options) {
  const std::string what = Say("cannot follow processes by eBPF");
  const std::unique_ptr<tree_bpf, SkeletonDeleter> skeleton(tree_bpf__open());
  if (!skeleton) return tl::unexpected(BpfError(what, -errno));
  auto& programs = skeleton->progs;
  bpf_program__set_autoload(programs.ec_switch, options.cpu);
  bpf_program__set_autoload(programs.ec_book, options.cpu);
  bpf_program__set_autoload(programs.ec_send, options.sockets);
  bpf_program__set_autoload(programs.ec_receive, options.sockets);
  if (const int refused = tree_bpf__load(skeleton.get()); refused != 0) {
    return tl::unexpected(BpfError(what, refused));
  }
  // Nobody is followed yet, so what is attached first does nothing.
  std::vector<bpf_program*> attached = {programs.ec_new_task};
  if (options.cpu) attached.push_back(programs.ec_switch);
  if (options.sockets) attached.insert(attached.end(), {programs.ec_send, programs.ec_receive});
  Handles handles;
  for (bpf_program* const program : attached) {
    bpf_link* const link = bpf_program__attach(program);
    if (link == nullptr) return tl::unexpected(BpfError(what, -errno));
    handles.links.push_back(Fd::Duplicate(bpf_link__fd(link)));
    bpf_link__destroy(link);
  }
  handles.nodes = Fd::Duplicate(bpf_map__fd(skeleton->maps.nodes));
  handles.uses = Fd::Duplicate(bpf_map__fd(skeleton->maps.uses));
  handles.running = Fd::Duplicate(bpf_map__fd(skeleton->maps.running));
  handles.found = Fd::Duplicate(bpf_map__fd(skeleton->maps.found));
  handles.book = Fd::Duplicate(bpf_program__fd(programs.ec_book));
  handles.find = Fd::Duplicate(bpf_program__fd(programs.ec_find));
  return handles;
}

}  // namespace

Result<std::unique_ptr<TreeCounter>> TreeCounter::Open(const RunId& run, Options options,
                                                       HandleSet* held) {
  QuietLibbpf();
  const int cpus = libbpf_num_possible_cpus();
  if (cpus <= 0) return tl::unexpected(BpfError(Say("cannot follow processes by eBPF"), cpus));
  if (held != nullptr) {
    if (Handles counting = OpenHeld(*held); IsWhole(counting))
      return std::make_unique<LoadedTreeCounter>(std::move(counting), cpus);
  }
  const std::string folder = PinFolder(run);
  if (Handles pinned = OpenPinned(folder); IsWhole(pinned))
    return std::make_unique<LoadedTreeCounter>(std::move(pinned), cpus);
  Result<Handles> handles = Load(options);
  malloc_trim(0);  // loading takes tens of times what staying loaded does
  if (!handles) return tl::unexpected(handles.error());
  KeepAll(folder, *handles, held);
  return std::make_unique<LoadedTreeCounter>(std::move(*handles), cpus);
}

}  // namespace epochcost::probe
