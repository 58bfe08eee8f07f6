#pragma once
// Memory without privileges: resident pages, weighed by how much of them is the process's own.

#include <cstdint>
#include <vector>

#include "probe/kept_file.h"
#include "probe/proc/process_tree.h"
#include "probe/source.h"

namespace epochcost::probe {

// Σ over the run's processes of anonymous × its share + shared memory × its share. The pages come
// from statm, of up to 24 processes at every reading. The shares (1 where nobody else has the
// pages) come from smaps_rollup, which costs up to tens of milliseconds for a large process: each
// minute, and soon after a process has joined or left, which is when shares change. All of it is
// kept below a five-hundredth of the time. `modelled`.
class ProcessMemory final : public Source {
 public:
  // Borrows the tree, which outlives it.
  explicit ProcessMemory(ProcessTree& tree);
  [[nodiscard]] SourceKind Kind() const override { return SourceKind::kProcMemory; }
  // Error kNotFound: no process of the run is there.
  [[nodiscard]] Result<void> Poll(BootTime now, std::vector<Sample>& out) override;

 private:
  struct Watched {
    pid_t pid = 0;
    pid_t parent = 0;
    std::int64_t start_ticks = 0;
    KeptFile statm;
    ProcessPages pages;
    // Parts of a million.
    std::int64_t anonymous_share = 0;
    std::int64_t memory_share = 0;
    BootTime joined;
    BootTime measured;  // until then: when it joined
    bool is_measured = false;
    bool is_stale = true;  // the others changed since
    bool is_gone = false;
  };

  void Meet(BootTime now);
  void ReadPages();
  void ReadPagesOf(Watched& process);
  void MeasureShares(BootTime now);
  [[nodiscard]] const Watched& SharesOf(const Watched& process) const;
  void Measure(Watched& process, BootTime now);

  ProcessTree& tree_;
  std::int64_t generation_ = -1;
  std::int64_t page_bytes_;
  std::vector<Watched> watched_;  // by pid
  std::vector<char> buffer_ = std::vector<char>(4096);
  std::size_t next_ = 0;  // whose pages are read next
  BootTime may_measure_;
};

}  // namespace epochcost::probe
