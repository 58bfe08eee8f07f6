#pragma once

#include <memory>
#include <string>
#include <vector>

#include "probe/gpu/gpu.h"
#include "probe/gpu/gpu_meter.h"
#include "probe/gpu/selection.h"
#include "probe/source.h"

namespace epochcost::probe {

// A GPU and what it showed last.
struct LiveGpu {
  Gpu gpu;
  GpuReading reading;
};

// The run's GPUs, read by a thread of its own: a driver that hangs delays nobody. Poll() hands over
// what the thread added up by then, with the instant at which it was read. Error kUnavailable while
// the driver has not answered for a second.
class GpuSource final : public Source {
 public:
  // Reads once, and starts the thread. `period`: between two readings, at least 100 ms. Errors: no
  // GPU of the driver's is the run's; the driver's own.
  [[nodiscard]] static Result<std::unique_ptr<GpuSource>> Open(std::unique_ptr<GpuDriver> driver,
                                                               const Environment& environment,
                                                               ReplicaOf replica_of, Nanos period);
  ~GpuSource() override;
  GpuSource(const GpuSource&) = delete;
  GpuSource& operator=(const GpuSource&) = delete;

  [[nodiscard]] SourceKind Kind() const override { return kind_; }
  [[nodiscard]] Result<void> Poll(BootTime now, std::vector<Sample>& out) override;
  [[nodiscard]] std::optional<std::string> TakeNotice() override;
  // Appends what each rank has of what the last Poll() gave of all: nothing where that gave
  // nothing, or no process on a GPU is of a rank.
  void TakeRanks(std::vector<Sample>& out);
  // With the rank of each process that is one's.
  [[nodiscard]] std::vector<LiveGpu> Live() const;
  // "8 GPUs of CUDA_VISIBLE_DEVICES=…"
  [[nodiscard]] const std::string& Words() const { return words_; }

 private:
  struct Shared;
  GpuSource(SourceKind kind, std::shared_ptr<Shared> shared, std::string words);

  SourceKind kind_;
  std::shared_ptr<Shared> shared_;  // the thread's too: it may hang in the driver when we end
  std::string words_;
  BootTime said_;
  std::vector<Sample> of_ranks_;  // of the last Poll()
};

}  // namespace epochcost::probe
