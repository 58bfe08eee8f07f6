#pragma once
// Energy of processors and memory.

#include <map>
#include <string>
#include <vector>

#include "probe/kept_file.h"
#include "probe/source.h"

namespace epochcost::probe {

// The run's part of what the machine's packages and memory drew: RAPL's counters of all packages
// and of their memory, shared out by CPU time, idle power included. It needs the run's CPU time of
// the same poll, so it stands behind the source of that. A counter that wraps is followed; one that
// cannot be read any more is an error.
class Rapl final : public Source {
 public:
  // `powercap` is /sys/class/powercap. Errors: kNotFound (no RAPL here), kPermission (since
  // Linux 5.10 only root may read the counters).
  [[nodiscard]] static Result<std::unique_ptr<Source>> Open(const std::string& powercap,
                                                            const std::string& proc_root);
  [[nodiscard]] SourceKind Kind() const override { return SourceKind::kRapl; }
  [[nodiscard]] Result<void> Poll(BootTime now, std::vector<Sample>& out) override;

 private:
  struct Zone {
    std::string name;
    KeptFile energy;
    std::int64_t range_uj = 0;  // where the counter begins again
    std::int64_t last_uj = 0;
  };
  Rapl(std::vector<Zone> zones, KeptFile stat) : zones_(std::move(zones)), stat_(std::move(stat)) {}

  std::vector<Zone> zones_;
  KeptFile stat_;
  std::vector<char> buffer_ = std::vector<char>(65536);
  bool has_base_ = false;
  Wide machine_ticks_ = 0;                  // busy CPU time of the machine
  std::map<std::int32_t, Wide> run_ns_;     // CPU time of each replica
  std::map<std::int32_t, Wide> energy_uj_;  // what each replica was given
};

// Where no counter can be read: 4 W for each thread that is busy (processors of servers under load
// take 3.5 to 4.3 W a virtual CPU: Cloud Carbon Footprint, methodology, coefficients of 2021), good
// to ±50 %; assumed.
class PowerModel final : public Source {
 public:
  [[nodiscard]] SourceKind Kind() const override { return SourceKind::kPowerModel; }
  // Stands behind the source of CPU time.
  [[nodiscard]] Result<void> Poll(BootTime now, std::vector<Sample>& out) override;
};

}  // namespace epochcost::probe
