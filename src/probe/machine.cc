#include "probe/machine.h"

#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

#include "probe/cgroup/layout.h"
#include "probe/kept_file.h"

namespace epochcost::probe {
namespace {

constexpr long kBpfMagic = 0xcafe4a11;
// Numbers of linux/capability.h.
constexpr std::array<std::pair<int, std::string_view>, 4> kCapabilities = {
    {{12, "CAP_NET_ADMIN"}, {21, "CAP_SYS_ADMIN"}, {38, "CAP_PERFMON"}, {39, "CAP_BPF"}}};

}  // namespace

std::vector<std::string> CapabilitiesIn(std::string_view status) {
  constexpr std::string_view kKey = "\nCapEff:\t";
  const std::size_t at = status.find(kKey);
  if (at == std::string_view::npos) return {};
  status.remove_prefix(at + kKey.size());
  std::uint64_t effective = 0;
  if (std::from_chars(status.data(), status.data() + status.size(), effective, 16).ec !=
      std::errc{})
    return {};
  std::vector<std::string> names;
  for (const auto& [number, name] : kCapabilities) {
    if ((effective >> number & 1) != 0) names.emplace_back(name);
  }
  return names;
}

Machine InspectMachine() {
  Machine machine;
  utsname name{};
  if (uname(&name) == 0) machine.kernel = name.release;
  machine.cgroups = FindCgroupLayout().value_or(CgroupLayout{}).Describe();
  machine.is_root = geteuid() == 0;
  machine.has_btf = access("/sys/kernel/btf/vmlinux", R_OK) == 0;
#ifdef EPOCHCOST_HAS_BPF
  machine.is_built_with_bpf = true;
#endif
  struct statfs mounted{};
  machine.has_bpf_file_system = statfs("/sys/fs/bpf", &mounted) == 0 && mounted.f_type == kBpfMagic;
  machine.capabilities = CapabilitiesIn(ReadWhole("/proc/self/status").value_or(""));
  return machine;
}

}  // namespace epochcost::probe
