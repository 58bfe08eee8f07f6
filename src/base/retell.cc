#include "base/retell.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstddef>
#include <optional>
#include <vector>

#include "base/text_zh.h"

namespace epochcost {
namespace {

// A sentence that is kept holds one of another room, which holds an error's reason.
constexpr int kDeepest = 4;
constexpr std::size_t kMostPlaceholders = 16;
// Fewer fixed bytes than these recognise nothing: "{}: {}" is every sentence.
constexpr std::size_t kFewestFixed = 6;

// A format string taken apart: fixed text, placeholder, fixed text, … It begins and ends with fixed
// text, which may be empty.
struct Pattern {
  std::vector<std::string> fixed;
  std::vector<std::size_t> order;  // which argument stands where
  [[nodiscard]] std::size_t FixedBytes() const {
    std::size_t sum = 0;
    for (const std::string& part : fixed) sum += part.size();
    return sum;
  }
};

Pattern TakeApart(std::string_view format) {
  Pattern pattern{{std::string{}}, {}};
  for (std::size_t at = 0; at < format.size(); ++at) {
    const char c = format[at];
    const bool is_doubled = at + 1 < format.size() && format[at + 1] == c;
    if ((c == '{' || c == '}') && is_doubled) {
      pattern.fixed.back() += c;
      ++at;
      continue;
    }
    const std::size_t end = c == '{' ? format.find('}', at) : std::string_view::npos;
    if (end == std::string_view::npos) {
      pattern.fixed.back() += c;
      continue;
    }
    std::size_t index = pattern.order.size();
    std::from_chars(format.data() + at + 1, format.data() + end, index);
    pattern.order.push_back(std::min(index, kMostPlaceholders - 1));
    pattern.fixed.emplace_back();
    at = end;
  }
  return pattern;
}

using Arguments = std::array<std::string_view, kMostPlaceholders>;

std::optional<Arguments> Match(const Pattern& pattern, std::string_view sentence) {
  const std::string& first = pattern.fixed.front();
  const std::string& last = pattern.fixed.back();
  if (!sentence.starts_with(first)) return std::nullopt;
  sentence.remove_prefix(first.size());
  if (pattern.order.empty()) {
    return sentence.empty() ? std::optional<Arguments>(std::in_place) : std::nullopt;
  }
  if (!sentence.ends_with(last)) return std::nullopt;
  sentence.remove_suffix(last.size());
  Arguments arguments;
  for (std::size_t i = 0; i < pattern.order.size(); ++i) {
    const bool is_last = i + 1 == pattern.order.size();
    const std::size_t end = is_last ? sentence.size() : sentence.find(pattern.fixed[i + 1]);
    if (end == std::string_view::npos) return std::nullopt;
    arguments.at(pattern.order[i]) = sentence.substr(0, end);
    if (!is_last) sentence.remove_prefix(end + pattern.fixed[i + 1].size());
  }
  return arguments;
}

std::optional<std::string> RetellWhole(std::string_view sentence, Language language, int depth);
std::string RetellAny(std::string_view sentence, Language language, int depth);

std::string FillIn(const Pattern& pattern, const Arguments& arguments, Language language,
                   int depth) {
  std::string out = pattern.fixed.front();
  for (std::size_t i = 0; i < pattern.order.size(); ++i) {
    const std::string_view argument = arguments.at(pattern.order[i]);
    // One word is a name, which is nobody's to translate.
    const bool is_sentence = argument.find(' ') != std::string_view::npos;
    out += is_sentence ? RetellAny(argument, language, depth + 1) : std::string(argument);
    out += pattern.fixed[i + 1];
  }
  return out;
}

std::optional<std::string> RetellWhole(std::string_view sentence, Language language, int depth) {
  std::optional<Arguments> arguments;
  Pattern best;
  std::string_view other;
  std::size_t most = 0;
  ForEachPair([&](std::string_view english, std::string_view chinese) {
    const bool into_chinese = language == Language::kChinese;
    Pattern pattern = TakeApart(into_chinese ? english : chinese);
    const std::size_t fixed = pattern.FixedBytes();
    if (fixed <= most || (!pattern.order.empty() && fixed < kFewestFixed)) return;
    auto matched = Match(pattern, sentence);
    if (!matched) return;
    most = fixed;
    arguments = matched;
    other = into_chinese ? chinese : english;
  });
  if (!arguments) return std::nullopt;
  return FillIn(TakeApart(other), *arguments, language, depth);
}

std::string RetellAny(std::string_view sentence, Language language, int depth) {
  if (depth > kDeepest || sentence.empty()) return std::string(sentence);
  if (auto whole = RetellWhole(sentence, language, depth)) return *whole;
  constexpr std::string_view kColon = ": ";
  for (std::size_t at = sentence.find(kColon); at != std::string_view::npos;
       at = sentence.find(kColon, at + 1)) {
    const std::string_view rest = sentence.substr(at + kColon.size());
    const auto left = RetellWhole(sentence.substr(0, at), language, depth + 1);
    const auto right = RetellWhole(rest, language, depth + 1);
    if (!left && !right) continue;
    return left.value_or(std::string(sentence.substr(0, at))) +
           std::string(language == Language::kChinese ? ChineseFor(kColon) : kColon) +
           RetellAny(rest, language, depth + 1);
  }
  return std::string(sentence);
}

}  // namespace

std::string Retell(std::string_view sentence, Language language) {
  return RetellAny(sentence, language, 0);
}

}  // namespace epochcost
