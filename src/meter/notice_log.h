#pragma once
// What a reader must know, without being flooded with it.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/notice.h"

namespace epochcost::meter {

// Keeps the first `kInDetail` notices of each kind as they are and counts the rest, which are told
// as one notice per kind: in the next Take after at least `kBetweenSummaries`, and in the last.
class NoticeLog {
 public:
  static constexpr std::int64_t kInDetail = 10;
  static constexpr Nanos kBetweenSummaries{10 * kNanosPerSecond};

  void Add(Notice notice);
  [[nodiscard]] std::vector<Notice> Take(UtcTime now, bool final);

 private:
  static constexpr std::size_t kKinds = 14;
  struct Tally {
    std::int64_t told = 0;
    std::int64_t untold = 0;
    UtcTime summarised;
    Notice last;
  };
  std::array<Tally, kKinds> tallies_;
  std::vector<Notice> notices_;
};

}  // namespace epochcost::meter
