#pragma once
// Bytes that the run read from and wrote to block devices.

#include <map>
#include <string>
#include <vector>

#include "probe/kept_file.h"
#include "probe/proc/process_tree.h"
#include "probe/source.h"

namespace epochcost::probe {

// io.stat of the run's control group: the living and the dead, all devices.
class CgroupIo final : public Source {
 public:
  // Error: `folder` has no readable io.stat (the io controller is not on).
  [[nodiscard]] static Result<std::unique_ptr<Source>> Open(const std::string& folder);
  [[nodiscard]] SourceKind Kind() const override { return SourceKind::kCgroupIoStat; }
  [[nodiscard]] Result<void> Poll(BootTime now, std::vector<Sample>& out) override;

 private:
  CgroupIo(std::string path, KeptFile file) : path_(std::move(path)), file_(std::move(file)) {}

  std::string path_;
  KeptFile file_;
  std::vector<char> buffer_ = std::vector<char>(65536);
};

// /proc/<pid>/io of the living, looked at once a second: what a process did after its last look is
// lost, so the sum is a lower bound; modelled.
class ProcessIo final : public Source {
 public:
  // Error: /proc keeps no such accounting, or not for us.
  [[nodiscard]] static Result<std::unique_ptr<Source>> Open(ProcessTree& tree);
  [[nodiscard]] SourceKind Kind() const override { return SourceKind::kProcIo; }
  [[nodiscard]] Result<void> Poll(BootTime now, std::vector<Sample>& out) override;

 private:
  struct Bytes {
    Wide read = 0;
    Wide written = 0;
  };
  explicit ProcessIo(ProcessTree& tree) : tree_(tree) {}

  ProcessTree& tree_;
  std::map<std::pair<pid_t, std::int64_t>, Bytes> last_;
  Bytes sum_;
  BootTime due_;
};

}  // namespace epochcost::probe
