#include "store/sqlite/statement.h"

#include <limits>

namespace epochcost::store::sqlite {

std::optional<std::int64_t> Statement::MaybeInt() {
  if (!IsNull()) return Int();
  ++index_;
  return std::nullopt;
}

std::int32_t Statement::Int32() {
  const std::int64_t value = Int();
  if (value < std::numeric_limits<std::int32_t>::min() ||
      value > std::numeric_limits<std::int32_t>::max()) {
    throw Damaged{"a number is out of range: " + std::to_string(value)};
  }
  return static_cast<std::int32_t>(value);
}

std::int64_t Statement::Below(std::int64_t bound) {
  const std::int64_t value = Int();
  if (value < 0 || value >= bound) {
    throw Damaged{"a number names nothing known: " + std::to_string(value)};
  }
  return value;
}

Wide Statement::AWide() {
  const std::int64_t hi = Int();
  const std::int64_t lo = Int();
  return (Wide{hi} << 64) | static_cast<Wide>(static_cast<std::uint64_t>(lo));
}

Wide Statement::Nano() {
  const std::int64_t whole = Int();
  const std::int64_t nano = Int();
  return Wide{whole} * kNanoPerUnit + nano;
}

Currency Statement::ACurrency() {
  const auto currency = Currency::Parse(Text());
  if (!currency) throw Damaged{currency.error().what};
  return *currency;
}

void Statement::Put(Wide value) {
  Put(static_cast<std::int64_t>(value >> 64));
  Put(static_cast<std::int64_t>(static_cast<std::uint64_t>(value)));
}

void Statement::Put(const Money& value) {
  const auto whole = Narrow(value.nano / kNanoPerUnit);
  if (!whole) throw TooLarge{"a sum of money: " + ToDecimal(value.nano)};
  Put(*whole);
  Put(static_cast<std::int64_t>(value.nano % kNanoPerUnit));
}

}  // namespace epochcost::store::sqlite
