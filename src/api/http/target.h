#pragma once
// What a client asked for: the target of a request line, taken apart. Bytes from outside.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/text.h"

namespace epochcost::api::http {

inline constexpr std::size_t kLongestTarget = 4096;

// The parameters behind the question mark, decoded, in their order; no name is there twice.
class Query {
 public:
  Query() = default;
  explicit Query(std::vector<std::pair<std::string, std::string>> values)
      : values_(std::move(values)) {}

  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& All() const {
    return values_;
  }
  [[nodiscard]] std::optional<std::string> Get(std::string_view name) const;
  // Error kInvalidInput: no whole number, or not in [least, most].
  [[nodiscard]] Result<std::int64_t> Integer(std::string_view name, std::int64_t least,
                                             std::int64_t most, std::int64_t otherwise) const;
  // Error kInvalidInput: longer than `most` bytes.
  [[nodiscard]] Result<std::optional<std::string>> Text(std::string_view name,
                                                        std::size_t most) const;
  // Error kInvalidInput, with what was probably meant: a name that is not among `known`.
  [[nodiscard]] Result<void> Only(const std::vector<std::string_view>& known) const;

 private:
  std::vector<std::pair<std::string, std::string>> values_;
};

struct Target {
  std::vector<std::string> segments;  // of the path, decoded; "/" has none
  Query query;
};

// `raw` in origin form: "/api/v1/runs?limit=20". Error kInvalidInput: too long, not in origin form,
// a broken escape, bytes that are no UTF-8, a control character, an escaped slash, "." or ".." or
// an empty segment in the middle, a parameter that is there twice.
[[nodiscard]] Result<Target> ParseTarget(std::string_view raw);

// The value of a cookie in a Cookie header; nothing where it is absent or there twice.
[[nodiscard]] std::optional<std::string_view> CookieOf(std::string_view header,
                                                       std::string_view name);

// Whether an Accept-Encoding header takes gzip.
[[nodiscard]] bool AcceptsGzip(std::string_view header);

// The first language of an Accept-Language header that this program speaks; none: its own.
[[nodiscard]] Language LanguageOf(std::string_view header);

// Whether an If-None-Match header names this entity tag (or "*"), weakly compared.
[[nodiscard]] bool NamesEtag(std::string_view header, std::string_view etag);

}  // namespace epochcost::api::http
