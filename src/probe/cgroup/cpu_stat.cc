#include "probe/cgroup/cpu_stat.h"

#include <cerrno>

#include "base/text.h"
#include "probe/proc/text.h"

namespace epochcost::probe {

Result<std::unique_ptr<Source>> CgroupCpu::Open(const std::string& folder) {
  std::string path = folder + "/cpu.stat";
  auto file = KeptFile::Open(path);
  if (!file) return tl::unexpected(file.error());
  return std::unique_ptr<Source>(new CgroupCpu(std::move(path), std::move(*file)));
}

Result<void> CgroupCpu::Poll(BootTime now, std::vector<Sample>& out) {
  const std::string_view text = file_.Read(buffer_);
  const auto usage_us = NumberOf(text, "usage_usec");
  if (!usage_us) {
    return Fail(ErrorCode::kUnavailable, Say("cannot read {}", path_),
                text.empty() ? SystemReason(errno) : Say("it says no usage_usec"));
  }
  out.push_back({Signal::kCpuNs, Kind(), 0, now, Wide{*usage_us} * 1000, Quality::kMeasured});
  return {};
}

}  // namespace epochcost::probe
