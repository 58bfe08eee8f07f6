#pragma once
// Typed values out of a JSON file that a person hands in. Private to the room: it is the only place
// that sees the JSON library.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace epochcost::estimate {

// Error kInvalidInput: not JSON (with the byte), not an object, nested too deep or larger than 64
// MB.
[[nodiscard]] Result<nlohmann::json> ParseJson(std::string_view text, std::string_view file);

// As TableReader: the first error is kept, later calls return defaults.
class ObjectReader {
 public:
  // `object` and `file` must outlive the reader. `place` is said in errors: "operators[3]".
  ObjectReader(const nlohmann::json& object, std::string_view file, std::string place = {})
      : object_(object), file_(file), place_(std::move(place)) {}

  [[nodiscard]] bool Has(std::string_view key) const;  // there, and not null
  void CheckKeys(std::span<const std::string_view> known);
  std::int64_t Whole(std::string_view key);  // an error where there is none
  std::int64_t WholeOr(std::string_view key, std::int64_t otherwise);
  std::string Text(std::string_view key);
  std::string TextOr(std::string_view key, std::string_view otherwise);
  bool FlagOr(std::string_view key, bool otherwise);

  void Refuse(std::string what, std::string why = {}, std::string hint = {});
  [[nodiscard]] const std::optional<Error>& FirstError() const { return first_; }

 private:
  const nlohmann::json& object_;
  std::string_view file_;
  std::string place_;
  std::optional<Error> first_;
};

}  // namespace epochcost::estimate
