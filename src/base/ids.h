#pragma once
// Identifiers that cannot be mistaken for each other.

#include <compare>
#include <string>
#include <utility>

#include "base/result.h"

namespace epochcost {

template <class Tag>
class Id {
 public:
  Id() = default;
  explicit Id(std::string value) : value_(std::move(value)) {}
  [[nodiscard]] const std::string& Value() const { return value_; }
  [[nodiscard]] bool IsEmpty() const { return value_.empty(); }
  friend auto operator<=>(const Id&, const Id&) = default;

 private:
  std::string value_;
};

using ProjectId = Id<struct ProjectTag>;
using RunId = Id<struct RunTag>;      // 12 hexadecimal digits, random
using AgentId = Id<struct AgentTag>;  // the machine
using BootId = Id<struct BootTag>;    // random per start of the meter

// `digits` random hexadecimal digits from the kernel.
[[nodiscard]] std::string RandomHex(int digits);

// A project is named by a person: 1–128 bytes of UTF-8 without control characters, '/' or a leading
// '.'. Error kInvalidInput says which of these was broken.
[[nodiscard]] Result<ProjectId> ParseProjectId(std::string_view text);

}  // namespace epochcost
