#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "model/mark.h"
#include "probe/marks/mark_file.h"

namespace epochcost::probe::marks {

// Writes a mark file, for the supervisor: epochs recognised from what a program prints. One thread.
class MarkWriter {
 public:
  // Makes `folder`/<pid>-<start>.marks of the header, or continues the one that is there. Error
  // kIo, kUnavailable (disk full): nothing was made.
  static Result<MarkWriter> Open(const std::string& folder, const MarkFileHeader& header);

  // The same for this process, as replica 0.
  static Result<MarkWriter> Create(const std::string& folder);

  // Appends one mark; its replica is the header's. Error kUnavailable: not written (disk full, or
  // the file is as long as it may be); the same call may be repeated.
  Result<void> Append(const Mark& mark);

  // Overwrites the counters of the header.
  Result<void> Count(std::int64_t steps, std::int64_t samples, BootTime last_step);

 private:
  MarkWriter() = default;
  std::string path_;
  Descriptor file_;
  std::int64_t end_ = kHeaderBytes;
  std::int64_t size_ = 0;
};

}  // namespace epochcost::probe::marks
