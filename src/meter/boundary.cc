#include "meter/boundary.h"

#include <iterator>
#include <utility>

namespace epochcost::meter {
namespace {

constexpr std::size_t kHead = BoundaryBatch::kKept / 2;
constexpr std::size_t kTail = BoundaryBatch::kKept - kHead - 1;

}  // namespace

void BoundaryBatch::Add(Boundary boundary) {
  if (head_.size() < kHead) {
    head_.push_back(std::move(boundary));
    return;
  }
  tail_.push_back(std::move(boundary));
  if (tail_.size() <= kTail) return;
  Boundary middle = std::move(tail_.front());
  tail_.pop_front();
  if (fold_.empty()) {
    fold_.push_back(std::move(middle));  // alone it is still whole
    return;
  }
  folded_ += folded_ == 0 ? 2 : 1;
  fold_.front().scope = middle.scope;
  fold_.front().live = std::move(middle.live);
}

std::vector<Boundary> BoundaryBatch::Take() {
  std::vector<Boundary> all = std::move(head_);
  all.insert(all.end(), std::make_move_iterator(fold_.begin()),
             std::make_move_iterator(fold_.end()));
  all.insert(all.end(), std::make_move_iterator(tail_.begin()),
             std::make_move_iterator(tail_.end()));
  head_.clear();
  fold_.clear();
  tail_.clear();
  folded_ = 0;
  return all;
}

}  // namespace epochcost::meter
