#include "probe/proc/net_dev.h"

#include <fmt/format.h>

#include <cerrno>

#include "base/text.h"

namespace epochcost::probe {
namespace {

// An interface that went away took its bytes with it: the sum then falls, and what remains is the
// growth since. Counted is only growth.
void Add(std::int64_t now, std::int64_t last, std::int64_t& sum) {
  if (now > last) sum += now - last;
}

}  // namespace

Result<std::unique_ptr<Source>> NetDev::Open(const std::string& proc_root, pid_t pid) {
  std::string path = fmt::format("{}/{}/net/dev", proc_root, pid);
  auto file = KeptFile::Open(path);
  if (!file) return tl::unexpected(file.error());
  std::unique_ptr<NetDev> source(new NetDev(std::move(path), std::move(*file)));
  const auto first = source->Read();
  if (!first) return tl::unexpected(first.error());
  source->last_ = *first;
  return source;
}

Result<InterfaceBytes> NetDev::Read() {
  const std::string_view text = file_.Read(buffer_);
  const auto bytes = ParseNetDev(text);
  if (!bytes) {
    return Fail(ErrorCode::kUnavailable, Say("cannot read {}", path_),
                text.empty() ? SystemReason(errno) : Say("it is not in the form of a kernel's"));
  }
  return *bytes;
}

Result<void> NetDev::Poll(BootTime now, std::vector<Sample>& out) {
  const auto bytes = Read();
  if (!bytes) return tl::unexpected(bytes.error());
  Add(bytes->in, last_.in, sum_.in);
  Add(bytes->out, last_.out, sum_.out);
  Add(bytes->loopback, last_.loopback, sum_.loopback);
  last_ = *bytes;
  out.push_back({Signal::kNetworkInBytes, Kind(), 0, now, sum_.in, Quality::kAssumed});
  out.push_back({Signal::kNetworkOutBytes, Kind(), 0, now, sum_.out, Quality::kAssumed});
  out.push_back({Signal::kLoopbackBytes, Kind(), 0, now, sum_.loopback, Quality::kAssumed});
  return {};
}

}  // namespace epochcost::probe
