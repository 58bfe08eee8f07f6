#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/quantity.h"

namespace epochcost::app {

// How long commits took, from their newest reading to their return. Keeps the newest 4,096.
class Latency {
 public:
  void Add(Nanos took) {
    if (kept_.size() < kMost) {
      kept_.push_back(took.Count());
    } else {
      kept_[next_] = took.Count();
      next_ = (next_ + 1) % kMost;
    }
    ++count_;
  }
  [[nodiscard]] std::int64_t Count() const { return count_; }
  // The share `ppm` millionths of the kept ones is at or below this; 0 if there is none.
  [[nodiscard]] Nanos Quantile(std::int64_t ppm) const {
    if (kept_.empty()) return Nanos{0};
    std::vector<std::int64_t> sorted = kept_;
    std::ranges::sort(sorted);
    const auto last = static_cast<std::int64_t>(sorted.size()) - 1;
    return Nanos{sorted[static_cast<std::size_t>(last * ppm / 1'000'000)]};
  }

 private:
  static constexpr std::size_t kMost = 4096;
  std::vector<std::int64_t> kept_;
  std::size_t next_ = 0;
  std::int64_t count_ = 0;
};

}  // namespace epochcost::app
