#include "probe/io/rdma.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "base/text.h"
#include "probe/proc/text.h"

namespace epochcost::probe {
namespace {

constexpr Wide kBytesPerCount = 4;  // port_*_data counts 32-bit words

std::optional<Wide> Bytes(const KeptFile& file, std::vector<char>& buffer) {
  std::string_view text = file.Read(buffer);
  const auto words = TakeNumber(text);
  if (!words) return std::nullopt;
  return Wide{*words} * kBytesPerCount;
}

// What came since `last`; after a reset, what the counter has.
Wide Step(Wide now, Wide last) { return now >= last ? now - last : now; }

}  // namespace

Result<std::unique_ptr<Source>> RdmaPorts::Open(const std::string& folder) {
  namespace fs = std::filesystem;
  std::vector<Port> ports;
  std::error_code ignored;
  for (const auto& device : fs::directory_iterator(folder, ignored)) {
    for (const auto& port : fs::directory_iterator(device.path() / "ports", ignored)) {
      const std::string counters = port.path() / "counters";
      auto in = KeptFile::Open(counters + "/port_rcv_data");
      auto out = KeptFile::Open(counters + "/port_xmit_data");
      if (!in || !out) continue;
      ports.push_back({device.path().filename().string() + "/" + port.path().filename().string(),
                       std::move(*in), std::move(*out), 0, 0});
    }
  }
  if (ports.empty())
    return Fail(ErrorCode::kNotFound, Say("no RDMA port"), Say("{} has none", folder));
  std::ranges::sort(ports, {}, &Port::name);
  return std::unique_ptr<Source>(new RdmaPorts(std::move(ports)));
}

Result<void> RdmaPorts::Poll(BootTime now, std::vector<Sample>& out) {
  std::vector<std::pair<Wide, Wide>> readings;
  for (const Port& port : ports_) {
    const auto received = Bytes(port.in, buffer_);
    const auto sent = Bytes(port.out, buffer_);
    if (!received || !sent)
      return Fail(ErrorCode::kUnavailable, Say("cannot read the RDMA port {}", port.name),
                  SystemReason(errno));
    readings.emplace_back(*received, *sent);
  }
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    if (has_base_) {
      in_ += Step(readings[i].first, ports_[i].last_in);
      out_ += Step(readings[i].second, ports_[i].last_out);
    }
    ports_[i].last_in = readings[i].first;
    ports_[i].last_out = readings[i].second;
  }
  has_base_ = true;
  out.push_back({Signal::kRdmaInBytes, Kind(), 0, now, in_, Quality::kAssumed});
  out.push_back({Signal::kRdmaOutBytes, Kind(), 0, now, out_, Quality::kAssumed});
  return {};
}

}  // namespace epochcost::probe
