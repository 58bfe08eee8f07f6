#pragma once

#include <string>
#include <vector>

#include "probe/kept_file.h"
#include "probe/source.h"

namespace epochcost::probe {

// Port counters of RDMA adapters, which no counter of IP sees. A port belongs to the machine: its
// bytes are everybody's; assumed. From 0 at the first reading.
class RdmaPorts final : public Source {
 public:
  // `folder` is /sys/class/infiniband. Error kNotFound: no port there.
  [[nodiscard]] static Result<std::unique_ptr<Source>> Open(const std::string& folder);
  [[nodiscard]] SourceKind Kind() const override { return SourceKind::kRdmaPorts; }
  [[nodiscard]] Result<void> Poll(BootTime now, std::vector<Sample>& out) override;

 private:
  struct Port {
    std::string name;
    KeptFile in;
    KeptFile out;
    Wide last_in = 0;
    Wide last_out = 0;
  };
  explicit RdmaPorts(std::vector<Port> ports) : ports_(std::move(ports)) {}

  std::vector<Port> ports_;
  std::vector<char> buffer_ = std::vector<char>(256);
  bool has_base_ = false;
  Wide in_ = 0;
  Wide out_ = 0;
};

}  // namespace epochcost::probe
