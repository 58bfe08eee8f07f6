#include "probe/io/disk.h"

#include <fmt/format.h>

#include <cerrno>

#include "base/text.h"
#include "probe/proc/text.h"

namespace epochcost::probe {
namespace {

constexpr Nanos kLookEvery{kNanosPerSecond};

// Σ of "key=number" over all lines.
Wide SumOf(std::string_view text, std::string_view key) {
  Wide sum = 0;
  for (std::size_t at = text.find(key); at != std::string_view::npos; at = text.find(key, at + 1)) {
    if (at > 0 && text[at - 1] != ' ') continue;
    std::string_view rest = text.substr(at + key.size());
    sum += TakeNumber(rest).value_or(0);
  }
  return sum;
}

void Put(std::vector<Sample>& out, SourceKind kind, BootTime now, Wide read, Wide written,
         Quality quality) {
  out.push_back({Signal::kDiskReadBytes, kind, 0, now, read, quality});
  out.push_back({Signal::kDiskWriteBytes, kind, 0, now, written, quality});
}

}  // namespace

Result<std::unique_ptr<Source>> CgroupIo::Open(const std::string& folder) {
  std::string path = folder + "/io.stat";
  auto file = KeptFile::Open(path);
  if (!file) return tl::unexpected(file.error());
  return std::unique_ptr<Source>(new CgroupIo(std::move(path), std::move(*file)));
}

Result<void> CgroupIo::Poll(BootTime now, std::vector<Sample>& out) {
  errno = 0;
  const std::string_view text = file_.Read(buffer_);
  // A group that has done no I/O yet has an empty file.
  if (text.empty() && errno != 0)
    return Fail(ErrorCode::kUnavailable, Say("cannot read {}", path_), SystemReason(errno));
  Put(out, Kind(), now, SumOf(text, "rbytes="), SumOf(text, "wbytes="), Quality::kMeasured);
  return {};
}

Result<std::unique_ptr<Source>> ProcessIo::Open(ProcessTree& tree) {
  if (auto own = ReadWhole(tree.ProcRoot() + "/self/io"); !own) return tl::unexpected(own.error());
  return std::unique_ptr<Source>(new ProcessIo(tree));
}

Result<void> ProcessIo::Poll(BootTime now, std::vector<Sample>& out) {
  if (now >= due_) {
    due_ = now + kLookEvery;
    tree_.Refresh(now, false);
    std::map<std::pair<pid_t, std::int64_t>, Bytes> seen;
    for (const Process& process : tree_.Members()) {
      const auto text = ReadWhole(fmt::format("{}/{}/io", tree_.ProcRoot(), process.pid));
      if (!text) continue;  // it ended
      const auto read = NumberOf(*text, "read_bytes:");
      const auto written = NumberOf(*text, "write_bytes:");
      if (!read || !written) continue;
      const std::pair who{process.pid, process.start_ticks};
      const Bytes before = last_.contains(who) ? last_.at(who) : Bytes{};
      seen[who] = {*read, *written};
      sum_.read += *read - before.read;
      sum_.written += *written - before.written;
    }
    last_ = std::move(seen);
  }
  Put(out, Kind(), now, sum_.read, sum_.written, Quality::kModelled);
  return {};
}

}  // namespace epochcost::probe
