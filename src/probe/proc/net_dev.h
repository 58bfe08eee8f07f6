#pragma once

#include <string>
#include <vector>

#include "probe/kept_file.h"
#include "probe/proc/text.h"
#include "probe/source.h"

namespace epochcost::probe {

// Bytes of the network interfaces in the root's namespace since this was opened, link headers
// included. Everybody's bytes in that namespace: `assumed`.
class NetDev final : public Source {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Source>> Open(const std::string& proc_root,
                                                            pid_t pid);
  [[nodiscard]] SourceKind Kind() const override { return SourceKind::kProcNetDev; }
  [[nodiscard]] Result<void> Poll(BootTime now, std::vector<Sample>& out) override;

 private:
  NetDev(std::string path, KeptFile file) : path_(std::move(path)), file_(std::move(file)) {}
  [[nodiscard]] Result<InterfaceBytes> Read();

  std::string path_;
  KeptFile file_;
  InterfaceBytes last_;
  InterfaceBytes sum_;
  std::vector<char> buffer_ = std::vector<char>(65536);
};

}  // namespace epochcost::probe
