#include "probe/cgroup/memory_stat.h"

#include <cerrno>

#include "base/text.h"
#include "probe/proc/text.h"

namespace epochcost::probe {
namespace {

struct Parts {
  std::string_view anonymous;
  std::string_view shared;
};

// v1 counts a group without the groups below it, unless one asks for the totals.
Parts PartsOf(SourceKind kind) {
  return kind == SourceKind::kCgroupMemory ? Parts{"anon", "shmem"}
                                           : Parts{"total_rss", "total_shmem"};
}

}  // namespace

CgroupMemory::CgroupMemory(SourceKind kind, std::string path, KeptFile file)
    : kind_(kind), path_(std::move(path)), file_(std::move(file)) {}

Result<std::unique_ptr<Source>> CgroupMemory::OpenV2(const std::string& folder) {
  return Open(SourceKind::kCgroupMemory, folder);
}

Result<std::unique_ptr<Source>> CgroupMemory::OpenV1(const std::string& folder) {
  return Open(SourceKind::kCgroupMemoryV1, folder);
}

Result<std::unique_ptr<Source>> CgroupMemory::Open(SourceKind kind, const std::string& folder) {
  std::string path = folder + "/memory.stat";
  auto file = KeptFile::Open(path);
  if (!file) return tl::unexpected(file.error());
  std::unique_ptr<Source> source(new CgroupMemory(kind, std::move(path), std::move(*file)));
  std::vector<Sample> trial;
  if (auto read = source->Poll({}, trial); !read) return tl::unexpected(read.error());
  return source;
}

Result<void> CgroupMemory::Poll(BootTime now, std::vector<Sample>& out) {
  const std::string_view text = file_.Read(buffer_);
  const Parts parts = PartsOf(kind_);
  const auto anonymous = NumberOf(text, parts.anonymous);
  const auto shared = NumberOf(text, parts.shared);
  if (!anonymous || !shared) {
    return Fail(ErrorCode::kUnavailable, Say("cannot read {}", path_),
                text.empty() ? SystemReason(errno)
                             : Say("it says no {}", anonymous ? parts.shared : parts.anonymous));
  }
  out.push_back(
      {Signal::kMemoryBytes, kind_, 0, now, Wide{*anonymous} + *shared, Quality::kMeasured});
  return {};
}

}  // namespace epochcost::probe
