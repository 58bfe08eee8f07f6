#pragma once
// What the last minutes looked like: rates from sums that were seen one after the other.

#include <optional>
#include <vector>

#include "base/time.h"
#include "model/cost.h"

namespace epochcost::app::watch {

// The sums of a run at an instant.
struct Seen {
  UtcTime at;
  Wide nano = 0;  // used, what is provisional included
  std::optional<Wide> cpu_ns;
  std::optional<Wide> gpu_ns;
  std::optional<Wide> gpu_held_ns;
};
[[nodiscard]] Seen SeenIn(const RunCost& cost, UtcTime at);

// Rates between neighbouring sums, the oldest first, at most ten minutes of them. They are for the
// eye: money itself stays an integer in Seen.
class History {
 public:
  // An instant that is not later than the last is left out.
  void Add(const Seen& seen);

  [[nodiscard]] const std::vector<double>& UnitsPerHour() const { return units_per_hour_; }
  [[nodiscard]] const std::vector<double>& BusyCpus() const { return busy_cpus_; }
  [[nodiscard]] const std::vector<double>& GpuBusy() const { return gpu_busy_; }  // 0 to 1
  // Nano-units an hour over the last 30 s; nothing before two sums were seen.
  [[nodiscard]] std::optional<Wide> NanoPerHour() const;

 private:
  std::vector<Seen> seen_;
  std::vector<double> units_per_hour_;
  std::vector<double> busy_cpus_;
  std::vector<double> gpu_busy_;
};

}  // namespace epochcost::app::watch
