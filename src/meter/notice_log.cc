#include "meter/notice_log.h"

#include <utility>

#include "base/retell.h"

namespace epochcost::meter {

void NoticeLog::Add(Notice notice) {
  static_assert(static_cast<std::size_t>(NoticeKind::kBudget) + 1 == kKinds);
  Tally& tally = tallies_[static_cast<std::size_t>(notice.kind)];
  if (tally.told < kInDetail) {
    ++tally.told;
    notices_.push_back(std::move(notice));
    return;
  }
  ++tally.untold;
  tally.last = std::move(notice);
}

std::vector<Notice> NoticeLog::Take(UtcTime now, bool final) {
  for (Tally& tally : tallies_) {
    if (tally.untold == 0) continue;
    if (!final && tally.summarised.ns != 0 && now - tally.summarised < kBetweenSummaries) continue;
    tally.summarised = now;
    tally.last.detail = ForRecord("{} more of this kind; the last: {}",
                                  std::exchange(tally.untold, 0), tally.last.detail);
    notices_.push_back(std::move(tally.last));
  }
  return std::exchange(notices_, {});
}

}  // namespace epochcost::meter
