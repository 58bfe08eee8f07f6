#include "probe/marks/mark_reader.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <memory>
#include <utility>

#include "base/retell.h"

namespace epochcost::probe::marks {
namespace {

constexpr std::size_t kMaxFiles = 4'096;
constexpr int kRestPolls = 16;
// Rejections told by one poll; a flood of nonsense is told as such.
constexpr std::size_t kMaxRejected = 64;

bool IsSame(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

// The kernel stamps a folder with a clock that ticks every few milliseconds. A change in the same
// tick as a scan leaves no trace, so a scan only settles what is older than that.
bool IsOld(const timespec& changed) {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  const std::int64_t age =
      (now.tv_sec - changed.tv_sec) * kNanosPerSecond + (now.tv_nsec - changed.tv_nsec);
  return age > 100 * kNanosPerMilli;
}

void Tell(std::vector<Rejected>& rejected, Rejected one) {
  const bool is_again =
      !rejected.empty() && rejected.back().file == one.file && rejected.back().reason == one.reason;
  if (!is_again && rejected.size() < kMaxRejected) {
    rejected.push_back(std::move(one));
  } else {
    rejected.back().count += one.count;
  }
}

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};

}  // namespace

struct MarkReader::Lane {
  MarkFile* file = nullptr;
  std::vector<Entry> entries;
  std::size_t next = 0;
  std::uint32_t writer = 0;
  bool is_cut_off = false;  // there may be more in the file than was read
  [[nodiscard]] bool IsEmpty() const { return next == entries.size(); }
  [[nodiscard]] const Entry& Head() const { return entries[next]; }
  // What is no mark has no time and goes first.
  [[nodiscard]] std::int64_t HeadTime() const {
    return Head().mark ? Head().mark->at.ns : INT64_MIN;
  }
};

Result<MarkReader> MarkReader::Open(const std::string& folder,
                                    const std::vector<MarkOffset>& resume,
                                    std::int64_t records_per_poll) {
  MarkReader reader;
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  struct stat info{};
  if (fd < 0 || fstat(fd, &info) != 0) {
    const ErrorCode code = errno == EACCES ? ErrorCode::kPermission : ErrorCode::kIo;
    return Fail(code, ForRecord("cannot read the marks of the run in {}", folder),
                SystemReason(errno), "the run's folder must stay while it runs");
  }
  reader.folder_ = Descriptor(fd);
  reader.owner_ = info.st_uid;
  reader.limit_ = std::max<std::int64_t>(records_per_poll, 1);
  for (const MarkOffset& each : resume) {
    // A stored offset that points inside a record is behind that record's begin: read on from its
    // end, because a mark that was taken into account must not be taken again.
    const std::int64_t past = std::max<std::int64_t>(each.offset - kHeaderBytes, 0);
    const std::int64_t records = (past + kRecordBytes - 1) / kRecordBytes;
    reader.resume_[each.file] = kHeaderBytes + std::min(records, kMaxRecords) * kRecordBytes;
  }
  return reader;
}

void MarkReader::Refuse(const std::string& name, std::string reason, ReadMarks& out) {
  if (!refused_.emplace(name, true).second) return;
  // Sixty-four are told; that there are more is said by the last one's count.
  Tell(out.rejected, Rejected{.file = name, .reason = std::move(reason)});
}

void MarkReader::Admit(const std::string& name, ReadMarks& out) {
  if (files_.contains(name) || refused_.contains(name)) return;
  if (name.ends_with(".new")) return;  // a file that its writer is still making
  const auto identity = ParseMarkFileName(name);
  if (!identity) return Refuse(name, "its name is not that of a mark file", out);
  if (files_.size() >= kMaxFiles) {
    return Refuse(name, ForRecord("there are more than {} mark files", kMaxFiles), out);
  }
  const auto resumed = resume_.find(name);
  const std::int64_t offset = resumed == resume_.end() ? kHeaderBytes : resumed->second;
  files_.emplace(name, MarkFile(name, *identity, offset, owner_));
}

Result<void> MarkReader::ScanIfChanged(ReadMarks& out) {
  struct stat info{};
  if (fstat(folder_.Get(), &info) != 0) {
    return Fail(ErrorCode::kIo, "the folder of the marks cannot be read", SystemReason(errno));
  }
  if (is_settled_ && IsSame(info.st_mtim, scanned_)) return {};
  const int copy = openat(folder_.Get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (copy < 0) return {};  // removed underneath: what is open is read on
  const std::unique_ptr<DIR, CloseFolder> listing(fdopendir(copy));
  if (listing == nullptr) {
    close(copy);
    return Fail(ErrorCode::kIo, "the folder of the marks cannot be listed", SystemReason(errno));
  }
  scanned_ = info.st_mtim;
  is_settled_ = IsOld(scanned_);
  while (const dirent* const entry = readdir(listing.get())) {  // NOLINT(concurrency-mt-unsafe)
    const std::string name = entry->d_name;
    if (name != "." && name != "..") Admit(name, out);
    if (refused_.size() > kMaxFiles) break;  // a flood of foreign files
  }
  return {};
}

// Writers that have closed are looked at now and then only, so that thousands of short programs in
// one run cost nothing.
bool MarkReader::MayRest(const std::string& name) {
  const auto found = resting_.find(name);
  if (found == resting_.end()) return false;
  if (--found->second > 0) return true;
  resting_.erase(found);
  return false;
}

std::vector<MarkReader::Lane> MarkReader::ReadLanes(ReadMarks& out) {
  std::vector<Lane> lanes;
  const auto awake = static_cast<std::int64_t>(files_.size() - resting_.size());
  const std::int64_t share = std::max<std::int64_t>(limit_ / std::max<std::int64_t>(awake, 1), 1);
  for (auto& [name, file] : files_) {
    if (refused_.contains(name)) continue;
    if (!MayRest(name)) {
      auto refreshed = file.Refresh(folder_.Get());
      auto entries = refreshed ? file.ReadAhead(share) : tl::unexpected(refreshed.error());
      if (entries) {
        const bool is_cut_off = static_cast<std::int64_t>(entries->size()) >= share;
        lanes.push_back({.file = &file, .entries = std::move(*entries), .is_cut_off = is_cut_off});
      } else if (entries.error().code != ErrorCode::kUnavailable) {
        Refuse(name, entries.error().what, out);
        file.Rest();
      }
    }
    if (!file.IsKnown()) continue;
    if (!lanes.empty() && lanes.back().file == &file) {
      lanes.back().writer = static_cast<std::uint32_t>(out.writers.size());
    }
    out.writers.push_back({file.Header(), name});
  }
  return lanes;
}

void MarkReader::Merge(std::vector<Lane>& lanes, ReadMarks& out) {
  // What a cut-off lane holds beyond what was read may be older than the other lanes' next marks:
  // they wait for the next poll. At least that lane's whole share has gone by then.
  for (;;) {
    Lane* first = nullptr;
    for (Lane& lane : lanes) {
      if (lane.IsEmpty() && lane.is_cut_off) return;
      if (!lane.IsEmpty() && (first == nullptr || lane.HeadTime() < first->HeadTime())) {
        first = &lane;
      }
    }
    if (first == nullptr) return;
    const Entry& entry = first->Head();
    first->file->Consume(entry);
    if (entry.mark) {
      out.marks.push_back(*entry.mark);
      out.mark_writers.push_back(first->writer);
    } else {
      Tell(out.rejected,
           Rejected{.file = first->file->Name(), .offset = entry.offset, .reason = entry.reason});
    }
    ++first->next;
  }
}

Result<ReadMarks> MarkReader::Poll() {
  ReadMarks out;
  if (auto scanned = ScanIfChanged(out); !scanned) return tl::unexpected(scanned.error());
  std::vector<Lane> lanes = ReadLanes(out);
  Merge(lanes, out);
  for (const Lane& lane : lanes) {
    out.more |= lane.is_cut_off || !lane.IsEmpty();
    if (lane.file->IsHopeless()) {
      Refuse(lane.file->Name(), "too many of its records are damaged", out);
      lane.file->Rest();
    } else if (lane.file->IsClosed() && lane.entries.empty()) {
      lane.file->Rest();
      resting_[lane.file->Name()] = kRestPolls;
    }
  }
  for (const auto& [name, file] : files_) {
    if (file.IsKnown()) out.offsets.push_back({.file = name, .offset = file.Offset()});
  }
  return out;
}

}  // namespace epochcost::probe::marks
