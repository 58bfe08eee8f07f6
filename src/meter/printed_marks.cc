#include <string>

#include "meter/recogniser.h"

namespace epochcost::meter {

std::vector<Mark> PrintedMarks::ToMarks(const Recognised& recognised, BootTime at) {
  std::vector<Mark> marks;
  const auto mark = [&](MarkKind kind, std::int64_t index, BootTime when) {
    marks.push_back({.kind = kind,
                     .origin = MarkOrigin::kPrinted,
                     .index = index,
                     .at = when,
                     .name = std::string(recognised.form)});
  };
  const auto begin = [&](std::int64_t epoch, BootTime when) {
    mark(MarkKind::kEpochBegin, epoch, when);
    open_ = newest_ = epoch;
  };
  const std::int64_t epoch = recognised.epoch;
  if (recognised.planned && recognised.planned != planned_) {
    planned_ = recognised.planned;
    mark(MarkKind::kHorizon, *planned_, at);
  }
  if (!recognised.at_end) {
    if (epoch > newest_) begin(epoch, at);
    return marks;
  }
  if (newest_ < 0) begin(epoch, run_start_);
  if (!open_ || epoch < *open_) return marks;
  const bool is_last = planned_ && epoch + 1 >= *planned_;
  // Where an end was missed, the epoch that is open holds what was used since its begin.
  if (epoch == *open_ || is_last) mark(MarkKind::kEpochEnd, *open_, at);
  open_.reset();
  if (!is_last) begin(epoch + 1, at);
  return marks;
}

std::vector<Mark> PrintedMarks::AtEnd(BootTime at) {
  if (!open_ || !planned_ || *open_ + 1 != *planned_) return {};
  std::vector<Mark> marks;
  marks.push_back(
      {.kind = MarkKind::kEpochEnd, .origin = MarkOrigin::kPrinted, .index = *open_, .at = at});
  open_.reset();
  return marks;
}

}  // namespace epochcost::meter
