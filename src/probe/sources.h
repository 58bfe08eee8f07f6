#pragma once
// Which sources this machine, kernel and user allow for a run: the best of each is opened, and what
// could not be is said with its reason and with what to do about it.

#include <memory>
#include <string>
#include <vector>

#include "model/vocabulary.h"
#include "probe/bpf/tree_counter.h"
#include "probe/gpu/gpu_source.h"
#include "probe/handle_set.h"
#include "probe/proc/dead_feed.h"
#include "probe/proc/process_tree.h"
#include "probe/ranks/rank_use.h"
#include "probe/source.h"
#include "probe/target.h"

namespace epochcost::probe {

// A better source that is not to be had.
struct Rejected {
  SourceKind source = SourceKind::kNone;
  std::string why_not;
  std::string how_to_get;  // empty where nothing can be done
};

// What came of looking for one term's source.
struct Choice {
  Term term{};
  SourceKind chosen = SourceKind::kNone;
  Quality quality = Quality::kAssumed;
  std::vector<Rejected> rejected;  // best first

  // "cpu: cgroup-cpu-stat, measured"; English, for the record.
  [[nodiscard]] std::string Sentence() const;
  // The same, and why each better one is not: "...; not bpf-sched-switch: REASON".
  [[nodiscard]] std::string Account() const;
  // How to get a better one; empty where there is none.
  [[nodiscard]] std::string Hint() const;
};

struct OpenOptions {
  std::vector<SourceKind> only;   // of a term that one of these serves, nothing else is tried
  bool as_ordinary_user = false;  // leaves eBPF and control groups alone, as if they were refused
  std::string no_cgroup;          // why the run has no control group, where it has none
  DeadFeed* dead_feed = nullptr;  // borrowed; outlives the sources
  // What counts already for this run is taken from here, and what is loaded is put here as well.
  // Borrowed; may be null.
  HandleSet* handles = nullptr;
  std::string proc_root = "/proc";
  std::string sys_root = "/sys";
  Nanos period{100 * kNanosPerMilli};  // between two readings of a GPU
  // Other libraries than the drivers' own, for tests and for odd places.
  std::string nvml_library;
  std::string amd_library;
};

// The sources and what they stand on. Movable; what they borrow of each other does not move.
struct SourceSet {
  std::unique_ptr<ProcessTree> tree;
  std::unique_ptr<TreeCounter> counter;
  std::vector<std::unique_ptr<Source>> sources;
  std::unique_ptr<RankUse> ranks;  // what tells the ranks of the run apart
  // A process beside the root joins the run: one of several that were started by hand.
  void AddRoot(pid_t pid, std::int64_t start_ticks);

  GpuSource* gpus = nullptr;    // of `sources`; null where no GPU is read
  std::vector<Choice> choices;  // the terms of the formula in the order of kTerms, then the others
};

// Whether this process may load eBPF at all (CAP_BPF, or all of root's).
[[nodiscard]] bool MayCountInKernel();

// Loads and attaches what a run's program must not outrun, before it executes: packets at its
// control group and, where eBPF is to be its source of CPU time (there is no control group, or it
// is asked for), its process tree. Leaves in `options.handles` what counts; what is refused is left
// to OpenSources, which says why.
void CountFromTheStart(const Target& target, const OpenOptions& options);

// Never fails: a term without a source has kNone and says why. Loading eBPF takes some 20 ms and
// 14 MB for a moment; call it in the meter, not in what starts the training.
[[nodiscard]] SourceSet OpenSources(const Target& target, const OpenOptions& options);

}  // namespace epochcost::probe
