#pragma once
// A prepared statement in use: values in by position, columns out in order. The types that take two
// columns (Wide, Money) are taken apart and put together here and nowhere else.

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/money.h"
#include "base/time.h"
#include "base/wide.h"

namespace epochcost::store::sqlite {

// Thrown within this room: what is stored cannot be what this program wrote. Ends as kCorrupt.
struct Damaged {
  std::string why;
};
// Thrown within this room: a sum leaves its columns. Ends as kOverflow.
struct TooLarge {
  std::string what;
};

// Sums of stored numbers: they may come from a file that somebody else wrote.
template <class T>
[[nodiscard]] T AddExactly(T a, T b, std::string_view what) {
  T sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) throw TooLarge{std::string(what)};
  return sum;
}

class Statement {
 public:
  explicit Statement(SQLite::Statement& prepared) : prepared_(prepared) {}
  // A statement that is not reset keeps its transaction open.
  ~Statement() { prepared_.tryReset(); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // Binds all parameters, from the first.
  template <class... Values>
  Statement& Bind(const Values&... values) {
    index_ = 0;
    (Put(values), ...);
    return *this;
  }
  // Runs a statement that gives no rows, and makes it ready to be bound again.
  void Run() {
    prepared_.exec();
    prepared_.reset();
  }
  template <class... Values>
  void Run(const Values&... values) {
    Bind(values...);
    Run();
  }
  // The next row; its columns are taken from the first on.
  [[nodiscard]] bool Next() {
    index_ = 0;
    return prepared_.executeStep();
  }
  void Reset() { prepared_.reset(); }

  [[nodiscard]] std::int64_t Int() { return Column().getInt64(); }
  [[nodiscard]] double Real() { return Column().getDouble(); }
  [[nodiscard]] std::string Text() { return Column().getString(); }
  [[nodiscard]] bool IsNull() { return prepared_.isColumnNull(index_); }
  [[nodiscard]] std::optional<std::int64_t> MaybeInt();
  [[nodiscard]] Wide AWide();
  [[nodiscard]] Wide Nano();  // whole and nano units
  [[nodiscard]] Currency ACurrency();
  [[nodiscard]] std::int32_t Int32();
  [[nodiscard]] UtcTime Utc() { return UtcTime{Int()}; }
  [[nodiscard]] BootTime Boot() { return BootTime{Int()}; }
  // An enumeration whose last value is `last`.
  template <class Enum>
  [[nodiscard]] Enum AnEnum(Enum last) {
    return static_cast<Enum>(Below(static_cast<std::int64_t>(last) + 1));
  }

 private:
  [[nodiscard]] SQLite::Column Column() { return prepared_.getColumn(index_++); }
  [[nodiscard]] std::int64_t Below(std::int64_t bound);

  template <std::integral T>
  void Put(T value) {
    prepared_.bind(++index_, static_cast<std::int64_t>(value));
  }
  template <class T>
    requires std::is_enum_v<T>
  void Put(T value) {
    prepared_.bind(++index_, static_cast<std::int64_t>(value));
  }
  template <class T>
  void Put(const std::optional<T>& value) {
    value ? Put(*value) : Put(nullptr);
  }
  template <class Unit>
  void Put(Quantity<Unit> value) {
    Put(value.Count());
  }
  template <class Clock>
  void Put(Instant<Clock> value) {
    Put(value.ns);
  }
  void Put(std::nullptr_t) { prepared_.bind(++index_); }
  void Put(double value) { prepared_.bind(++index_, value); }
  void Put(const std::string& value) { prepared_.bind(++index_, value); }
  void Put(std::string_view value) { prepared_.bind(++index_, std::string(value)); }
  void Put(const char* value) { prepared_.bind(++index_, value); }
  void Put(Wide value);
  void Put(const Money& value);  // whole and nano; the currency is the context's

  SQLite::Statement& prepared_;
  int index_ = 0;
};

}  // namespace epochcost::store::sqlite
