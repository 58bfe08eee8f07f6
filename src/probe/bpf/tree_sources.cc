#include <algorithm>

#include "base/text.h"
#include "probe/bpf/tree_counter.h"

namespace epochcost::probe {
namespace {

class TreeCpu final : public Source {
 public:
  explicit TreeCpu(TreeCounter& counter) : counter_(counter) {}
  [[nodiscard]] SourceKind Kind() const override { return SourceKind::kBpfSwitch; }

  [[nodiscard]] Result<void> Poll(BootTime now, std::vector<Sample>& out) override {
    counter_.Settle();
    const auto reading = counter_.Read(0);
    if (!reading) return tl::unexpected(reading.error());
    lost_ = reading->lost_tasks > 0;
    // Two bookings of a task that meet may leave the sum a tick too high for a moment.
    said_ns_ = std::max(said_ns_, reading->cpu_ns);
    out.push_back({Signal::kCpuNs, Kind(), 0, now, said_ns_,
                   lost_ ? Quality::kModelled : Quality::kMeasured});
    return {};
  }

  [[nodiscard]] std::optional<std::string> TakeNotice() override {
    if (!lost_ || was_told_) return std::nullopt;
    was_told_ = true;
    return Say("the kernel had no memory to follow a new process: what it uses is not counted");
  }

 private:
  TreeCounter& counter_;
  std::int64_t said_ns_ = 0;
  bool lost_ = false;
  bool was_told_ = false;
};

class TreeSockets final : public Source {
 public:
  explicit TreeSockets(TreeCounter& counter) : counter_(counter) {}
  [[nodiscard]] SourceKind Kind() const override { return SourceKind::kBpfSockLength; }

  [[nodiscard]] Result<void> Poll(BootTime now, std::vector<Sample>& out) override {
    const auto reading = counter_.Read(0);
    if (!reading) return tl::unexpected(reading.error());
    const auto add = [&](Signal signal, std::int64_t bytes) {
      out.push_back({signal, Kind(), 0, now, bytes, Quality::kModelled});
    };
    add(Signal::kNetworkInBytes, reading->received_bytes);
    add(Signal::kNetworkOutBytes, reading->sent_bytes);
    add(Signal::kLoopbackBytes, reading->loopback_bytes);
    return {};
  }

 private:
  TreeCounter& counter_;
};

}  // namespace

std::unique_ptr<Source> MakeTreeCpu(TreeCounter& counter) {
  return std::make_unique<TreeCpu>(counter);
}

std::unique_ptr<Source> MakeTreeSockets(TreeCounter& counter) {
  return std::make_unique<TreeSockets>(counter);
}

}  // namespace epochcost::probe
