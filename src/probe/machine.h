#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace epochcost::probe {

// What decides which sources there are on this machine, for this user, in this build.
struct Machine {
  std::string kernel;   // release
  std::string cgroups;  // where v2 and v1 memory are mounted
  bool is_root = false;
  bool has_btf = false;  // the kernel describes its own types
  bool is_built_with_bpf = false;
  bool has_bpf_file_system = false;       // counters can outlive a meter
  std::vector<std::string> capabilities;  // of those that eBPF asks for, the effective ones
};

[[nodiscard]] Machine InspectMachine();

// Of CAP_SYS_ADMIN, CAP_NET_ADMIN, CAP_PERFMON and CAP_BPF those in the text of /proc/self/status.
[[nodiscard]] std::vector<std::string> CapabilitiesIn(std::string_view status);

}  // namespace epochcost::probe
