#include "estimate/json_object.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/nearest.h"
#include "base/text.h"

namespace epochcost::estimate {

namespace {

// Whoever nests deeper than any model does would exhaust the stack of the destructor.
bool IsTooDeep(std::string_view text) {
  constexpr int kDeepest = 64;
  int depth = 0;
  bool is_text = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_text && c == '\\') ++i;
    if (c == '"') is_text = !is_text;
    if (is_text) continue;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (depth > kDeepest) return true;
  }
  return false;
}

}  // namespace

Result<nlohmann::json> ParseJson(std::string_view text, std::string_view file) try {
  constexpr std::size_t kMostBytes = 64'000'000;
  if (text.size() > kMostBytes) {
    return Fail(ErrorCode::kOverflow, Say("{} is too large: {} bytes", file, text.size()),
                Say("at most {}", kMostBytes));
  }
  if (IsTooDeep(text)) {
    return Fail(ErrorCode::kInvalidInput, Say("{} is nested too deep", file));
  }
  nlohmann::json json = nlohmann::json::parse(text);
  if (!json.is_object()) {
    return Fail(ErrorCode::kInvalidInput, Say("{} holds no JSON object", file),
                Say("it is {}", std::string(json.type_name())));
  }
  return json;
} catch (const nlohmann::json::exception& error) {  // the library throws; this room does not
  return Fail(ErrorCode::kInvalidInput, Say("{} is not JSON", file), std::string(error.what()));
}

bool ObjectReader::Has(std::string_view key) const {
  const auto found = object_.find(key);
  return found != object_.end() && !found->is_null();
}

void ObjectReader::Refuse(std::string what, std::string why, std::string hint) {
  if (first_) return;
  const std::string place = place_.empty() ? "" : fmt::format("{}: ", place_);
  first_ = Error{ErrorCode::kInvalidInput, fmt::format("{}: {}{}", file_, place, what),
                 std::move(why), std::move(hint)};
}

void ObjectReader::CheckKeys(std::span<const std::string_view> known) {
  for (const auto& [key, value] : object_.items()) {
    if (std::ranges::find(known, key) != known.end()) continue;
    const std::string_view nearest = Nearest(key, known);
    Refuse(Say("unknown key '{}'", std::string_view(key).substr(0, 60)),
           Say("here can stand: {}", fmt::join(known, ", ")),
           nearest.empty() ? "" : Say("did you mean: {}", nearest));
  }
}

std::int64_t ObjectReader::Whole(std::string_view key) {
  if (!Has(key)) {
    Refuse(Say("no {} is given", key), Say("it must be said"));
    return 0;
  }
  return WholeOr(key, 0);
}

std::int64_t ObjectReader::WholeOr(std::string_view key, std::int64_t otherwise) {
  if (!Has(key)) return otherwise;
  const nlohmann::json& value = object_.at(std::string(key));
  const bool fits =
      value.is_number_integer() &&
      (!value.is_number_unsigned() || value.get<std::uint64_t>() <= std::uint64_t{INT64_MAX});
  if (!fits) {
    Refuse(Say("{} is no whole number", key));
    return otherwise;
  }
  return value.get<std::int64_t>();
}

std::string ObjectReader::Text(std::string_view key) {
  if (!Has(key)) {
    Refuse(Say("no {} is given", key), Say("it must be said"));
    return {};
  }
  return TextOr(key, "");
}

std::string ObjectReader::TextOr(std::string_view key, std::string_view otherwise) {
  if (!Has(key)) return std::string(otherwise);
  const nlohmann::json& value = object_.at(std::string(key));
  if (value.is_string()) return value.get<std::string>();
  Refuse(Say("{} is no text", key));
  return std::string(otherwise);
}

bool ObjectReader::FlagOr(std::string_view key, bool otherwise) {
  if (!Has(key)) return otherwise;
  const nlohmann::json& value = object_.at(std::string(key));
  if (value.is_boolean()) return value.get<bool>();
  Refuse(Say("{} is neither true nor false", key));
  return otherwise;
}

}  // namespace epochcost::estimate
