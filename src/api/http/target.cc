#include "api/http/target.h"

#include <algorithm>
#include <charconv>

#include "api/escape.h"
#include "base/nearest.h"
#include "base/text.h"

namespace epochcost::api::http {
namespace {

constexpr std::size_t kMostParameters = 64;

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Result<std::string> Decode(std::string_view raw, bool plus_is_space) {
  std::string text;
  text.reserve(raw.size());
  for (std::size_t i = 0; i < raw.size(); ++i) {
    char c = raw[i];
    if (c == '%') {
      const int high = i + 2 < raw.size() ? HexDigit(raw[i + 1]) : -1;
      const int low = high >= 0 ? HexDigit(raw[i + 2]) : -1;
      if (low < 0) {
        return Fail(ErrorCode::kInvalidInput, Say("the address has a broken escape"),
                    Say("% is followed by two hexadecimal digits"), "");
      }
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus_is_space) {
      c = ' ';
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      return Fail(ErrorCode::kInvalidInput, Say("the address has a control character"));
    }
    text += c;
  }
  if (ValidUtf8(text) != text) {
    return Fail(ErrorCode::kInvalidInput, Say("the address is not UTF-8"));
  }
  return text;
}

Result<std::vector<std::string>> ParsePath(std::string_view path) {
  std::vector<std::string> segments;
  path.remove_prefix(1);
  if (path.empty()) return segments;
  for (;;) {
    const std::size_t slash = path.find('/');
    auto segment = Decode(path.substr(0, slash), false);
    if (!segment) return tl::unexpected(segment.error());
    if (segment->empty() || *segment == "." || *segment == ".." ||
        segment->find_first_of("/\\") != std::string::npos) {
      return Fail(ErrorCode::kInvalidInput, Say("the path of the address is not plain"),
                  Say("it has an empty part, a dot part or an escaped slash"), "");
    }
    segments.push_back(*std::move(segment));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

Result<Query> ParseQuery(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> values;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    auto name = Decode(pair.substr(0, equals), true);
    auto value = Decode(pair.substr(std::min(equals + 1, pair.size())), true);
    if (!name || !value) return tl::unexpected(name ? value.error() : name.error());
    const bool is_twice =
        std::ranges::any_of(values, [&](const auto& each) { return each.first == *name; });
    if (is_twice || values.size() == kMostParameters) {
      return Fail(ErrorCode::kInvalidInput, is_twice
                                                ? Say("the parameter {} is there twice", *name)
                                                : Say("more than {} parameters", kMostParameters));
    }
    values.emplace_back(*std::move(name), *std::move(value));
  }
  return Query{std::move(values)};
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Calls `each` with every part of a list that is separated by `separator`, until it says true.
template <class Each>
bool AnyPart(std::string_view list, char separator, Each each) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(separator), list.size());
    if (each(Trimmed(list.substr(0, end)))) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

bool IsZero(std::string_view weight) {
  return weight.find_first_not_of("0.") == std::string_view::npos;
}

}  // namespace

std::optional<std::string> Query::Get(std::string_view name) const {
  for (const auto& [key, value] : values_) {
    if (key == name) return value;
  }
  return std::nullopt;
}

Result<std::int64_t> Query::Integer(std::string_view name, std::int64_t least, std::int64_t most,
                                    std::int64_t otherwise) const {
  const auto text = Get(name);
  if (!text) return otherwise;
  std::int64_t value = 0;
  const char* const end = text->data() + text->size();
  const auto [stopped, error] = std::from_chars(text->data(), end, value);
  if (error != std::errc{} || stopped != end || value < least || value > most) {
    return Fail(ErrorCode::kInvalidInput, Say("{} is not a valid {}", ForTerminal(*text, 40), name),
                Say("it is a whole number from {} to {}", least, most), "");
  }
  return value;
}

Result<std::optional<std::string>> Query::Text(std::string_view name, std::size_t most) const {
  auto text = Get(name);
  if (text && text->size() > most) {
    return Fail(ErrorCode::kInvalidInput, Say("{} is too long", name),
                Say("at most {} bytes are taken", most), "");
  }
  return text;
}

Result<void> Query::Only(const std::vector<std::string_view>& known) const {
  for (const auto& [name, value] : values_) {
    if (std::ranges::find(known, name) != known.end()) continue;
    const std::string_view nearest = Nearest(name, known);
    return Fail(ErrorCode::kInvalidInput, Say("no such parameter: {}", ForTerminal(name, 40)), "",
                nearest.empty() ? Say("/api/v1/openapi.json lists them")
                                : Say("did you mean: {}", nearest));
  }
  return {};
}

Result<Target> ParseTarget(std::string_view raw) {
  if (raw.empty() || raw.front() != '/' || raw.size() > kLongestTarget) {
    return Fail(ErrorCode::kInvalidInput, Say("the address cannot be read"),
                Say("it begins with / and has at most {} bytes", kLongestTarget), "");
  }
  raw = raw.substr(0, raw.find('#'));
  const std::size_t question = std::min(raw.find('?'), raw.size());
  auto segments = ParsePath(raw.substr(0, question));
  if (!segments) return tl::unexpected(segments.error());
  auto query = ParseQuery(raw.substr(std::min(question + 1, raw.size())));
  if (!query) return tl::unexpected(query.error());
  return Target{*std::move(segments), *std::move(query)};
}

std::optional<std::string_view> CookieOf(std::string_view header, std::string_view name) {
  std::optional<std::string_view> found;
  bool is_twice = false;
  AnyPart(header, ';', [&](std::string_view part) {
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos || part.substr(0, equals) != name) return false;
    is_twice = found.has_value();
    found = part.substr(equals + 1);
    return is_twice;
  });
  if (is_twice) return std::nullopt;
  return found;
}

bool AcceptsGzip(std::string_view header) {
  return AnyPart(header, ',', [](std::string_view coding) {
    const std::size_t end = std::min(coding.find(';'), coding.size());
    if (Trimmed(coding.substr(0, end)) != "gzip") return false;
    const std::size_t weight = coding.find("q=", end);
    return weight == std::string_view::npos || !IsZero(coding.substr(weight + 2));
  });
}

Language LanguageOf(std::string_view header) {
  Language language = CurrentLanguage();
  AnyPart(header, ',', [&language](std::string_view part) {
    const bool is_chinese = part.starts_with("zh");
    const bool is_english = part.starts_with("en");
    if (is_chinese) language = Language::kChinese;
    if (is_english) language = Language::kEnglish;
    return is_chinese || is_english;
  });
  return language;
}

bool NamesEtag(std::string_view header, std::string_view etag) {
  if (etag.empty()) return false;
  return AnyPart(header, ',', [etag](std::string_view part) {
    if (part.starts_with("W/")) part.remove_prefix(2);
    return part == etag || part == "*";
  });
}

}  // namespace epochcost::api::http
