#pragma once

#include <string>
#include <vector>

#include "probe/kept_file.h"
#include "probe/source.h"

namespace epochcost::probe {

// CPU time of a cgroup v2 since it was made (`usage_usec` of its cpu.stat): the living and the
// dead, to a microsecond.
class CgroupCpu final : public Source {
 public:
  // Error: `folder` has no readable cpu.stat.
  [[nodiscard]] static Result<std::unique_ptr<Source>> Open(const std::string& folder);
  [[nodiscard]] SourceKind Kind() const override { return SourceKind::kCgroupCpuStat; }
  [[nodiscard]] Result<void> Poll(BootTime now, std::vector<Sample>& out) override;

 private:
  CgroupCpu(std::string path, KeptFile file) : path_(std::move(path)), file_(std::move(file)) {}

  std::string path_;
  KeptFile file_;
  std::vector<char> buffer_ = std::vector<char>(4096);
};

}  // namespace epochcost::probe
