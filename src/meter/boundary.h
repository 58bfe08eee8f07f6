#pragma once
// Where one scope of a replica ends and the next begins.

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/time.h"
#include "model/vocabulary.h"

namespace epochcost::meter {

struct Boundary {
  BootTime at;
  Scope scope;                // from here on
  std::vector<Scope> live;    // `scope` and what waits beneath it; every other scope is over
  std::vector<Scope> closes;  // scopes that a mark of their own ends here
  // An epoch that turns out to be none: the last update() of a program opens one more, and nothing
  // comes of it. What lies in it belongs to `scope` already, unless some of it is sealed.
  std::optional<Scope> disowns;
  std::optional<std::int64_t> steps;  // of the epoch that it closes, if its marks counted them
};

// The boundaries of one replica in one poll, in order, at most `kKept` of them. Where more are
// added those in the middle become one: it lies where the first of them lay and leads where the
// last of them led, so that what was used in between belongs to the last.
class BoundaryBatch {
 public:
  static constexpr std::size_t kKept = 200;

  void Add(Boundary boundary);
  [[nodiscard]] std::int64_t Folded() const { return folded_; }  // how many went into the one
  [[nodiscard]] std::vector<Boundary> Take();

 private:
  std::vector<Boundary> head_;
  std::vector<Boundary> fold_;  // none or one
  std::deque<Boundary> tail_;
  std::int64_t folded_ = 0;
};

}  // namespace epochcost::meter
