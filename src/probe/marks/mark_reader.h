#pragma once
// Reads the marks of a run: all mark files of its folder, merged in the order of time.

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/commit.h"
#include "model/mark.h"
#include "probe/marks/mark_file.h"

namespace epochcost::probe::marks {

// Records of a file that are no marks, or a file that is no mark file (offset 0). Neighbours with
// the same reason are told together.
struct Rejected {
  std::string file;
  std::int64_t offset = 0;  // of the first
  std::int64_t count = 1;
  std::string reason;
};

// Who wrote, and how far it has counted.
struct Writer : MarkFileHeader {
  std::string file;
};

// What one poll found. `marks[i]` is of `writers[mark_writers[i]]`. `offsets` stand behind the last
// of these marks: committed together with what the marks caused, they let a later reader continue.
struct ReadMarks {
  std::vector<Mark> marks;
  std::vector<std::uint32_t> mark_writers;
  std::vector<Writer> writers;
  std::vector<MarkOffset> offsets;
  std::vector<Rejected> rejected;
  bool more = false;  // the limit was reached: poll again soon
};

// Not more than this many records are taken by one poll, so that a flood cannot hold the meter.
inline constexpr std::int64_t kRecordsPerPoll = 20'000;

// One thread. What a program does to its mark files (cuts, exchanges, floods, removes them, or the
// folder) never makes a poll fail, block or crash: it is told in `rejected`, once.
class MarkReader {
 public:
  // `resume`: offsets of an earlier reader. Error kIo, kPermission: the folder cannot be opened.
  static Result<MarkReader> Open(const std::string& folder,
                                 const std::vector<MarkOffset>& resume = {},
                                 std::int64_t records_per_poll = kRecordsPerPoll);

  // Within one poll marks are in the order of time; those of one file keep their order always.
  Result<ReadMarks> Poll();

 private:
  struct Lane;  // a file's records in one poll

  MarkReader() = default;
  Result<void> ScanIfChanged(ReadMarks& out);
  void Admit(const std::string& name, ReadMarks& out);
  std::vector<Lane> ReadLanes(ReadMarks& out);
  void Merge(std::vector<Lane>& lanes, ReadMarks& out);
  void Refuse(const std::string& name, std::string reason, ReadMarks& out);
  bool MayRest(const std::string& name);

  Descriptor folder_;
  uid_t owner_ = 0;
  std::int64_t limit_ = kRecordsPerPoll;
  std::map<std::string, std::int64_t> resume_;  // offsets of files not met yet
  std::map<std::string, MarkFile> files_;
  std::map<std::string, int> resting_;   // closed writers: polls until they are looked at again
  std::map<std::string, bool> refused_;  // and told
  timespec scanned_{};                   // the folder's time of change at the last scan
  bool is_settled_ = false;              // nothing could have changed unseen since that scan
};

}  // namespace epochcost::probe::marks
