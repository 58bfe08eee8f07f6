#pragma once
// A number knows its unit.

#include <compare>
#include <cstdint>

namespace epochcost {

// A whole number that knows its unit. It converts to nothing by itself: joules cannot be added to
// seconds, and neither can be mistaken for money. Sums that leave 64 bits are a bug of the caller:
// what can grow that far is a Wide.
template <class Unit>
class Quantity {
 public:
  constexpr Quantity() = default;
  constexpr explicit Quantity(std::int64_t count) : count_(count) {}
  [[nodiscard]] constexpr std::int64_t Count() const { return count_; }
  friend constexpr auto operator<=>(Quantity, Quantity) = default;

  constexpr Quantity& operator+=(Quantity other) {
    count_ += other.count_;
    return *this;
  }
  constexpr Quantity& operator-=(Quantity other) {
    count_ -= other.count_;
    return *this;
  }
  friend constexpr Quantity operator+(Quantity a, Quantity b) { return a += b; }
  friend constexpr Quantity operator-(Quantity a, Quantity b) { return a -= b; }
  friend constexpr Quantity operator-(Quantity a) { return Quantity{-a.count_}; }

 private:
  std::int64_t count_ = 0;
};

using Nanos = Quantity<struct NanosecondUnit>;  // a length of time
using Bytes = Quantity<struct ByteUnit>;        // of memory or of network
using NanoMoney =
    Quantity<struct NanoMoneyUnit>;  // 1e-9 of a currency; which one, the context says

}  // namespace epochcost
