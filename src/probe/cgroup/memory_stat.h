#pragma once

#include <string>
#include <vector>

#include "probe/kept_file.h"
#include "probe/source.h"

namespace epochcost::probe {

// Memory of a control group that cannot be given back without swapping: anonymous and shared, page
// cache apart. From memory.stat; v1 and v2 name the parts differently.
class CgroupMemory final : public Source {
 public:
  // Errors: `folder` has no memory.stat (its memory controller is off), or not the parts needed.
  [[nodiscard]] static Result<std::unique_ptr<Source>> OpenV2(const std::string& folder);
  [[nodiscard]] static Result<std::unique_ptr<Source>> OpenV1(const std::string& folder);
  [[nodiscard]] SourceKind Kind() const override { return kind_; }
  [[nodiscard]] Result<void> Poll(BootTime now, std::vector<Sample>& out) override;

 private:
  CgroupMemory(SourceKind kind, std::string path, KeptFile file);
  [[nodiscard]] static Result<std::unique_ptr<Source>> Open(SourceKind kind,
                                                            const std::string& folder);

  SourceKind kind_;
  std::string path_;
  KeptFile file_;
  std::vector<char> buffer_ = std::vector<char>(8192);
};

}  // namespace epochcost::probe
