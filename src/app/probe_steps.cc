#include "app/probe_steps.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <utility>

namespace epochcost::app {
namespace {

constexpr std::size_t kMostOfLine = 4096;

bool IsDigit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

std::optional<std::int64_t> TakeNumber(std::string_view& text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || text.empty() || !IsDigit(text.front())) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

// "12/938", with spaces about the stroke, or "12" alone.
std::optional<SaidStep> TakeCount(std::string_view& text) {
  const auto step = TakeNumber(text);
  if (!step) return std::nullopt;
  SaidStep said{.step = *step, .of = std::nullopt};
  std::string_view rest = text;
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  if (!rest.starts_with('/')) return said;
  rest.remove_prefix(1);
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  said.of = TakeNumber(rest);
  if (said.of) text = rest;
  return said;
}

// "… 12/938 [00:04<05:10, 3.0it/s]": the form of tqdm.
std::optional<SaidStep> StepInBar(std::string_view line) {
  const std::size_t bracket = line.rfind(" [");
  if (bracket == std::string_view::npos || line.find('<', bracket) == std::string_view::npos) {
    return std::nullopt;
  }
  std::size_t begin = bracket;
  while (begin > 0 && (IsDigit(line[begin - 1]) || line[begin - 1] == '/')) --begin;
  std::string_view count = line.substr(begin, bracket - begin);
  auto said = TakeCount(count);
  if (!said || !said->of || !count.empty()) return std::nullopt;
  return said;
}

// The number behind a word that counts steps.
std::optional<SaidStep> StepBehindWord(std::string_view line) {
  constexpr std::array<std::string_view, 6> kWords = {"iteration", "step",  "iter",
                                                      "batch",     "steps", "it"};
  std::string small(line);
  std::ranges::transform(small, small.begin(), [](unsigned char c) { return std::tolower(c); });
  const auto is_letter = [&](std::size_t i) {
    return i < small.size() &&
           (std::isalpha(static_cast<unsigned char>(small[i])) != 0 || small[i] == '_');
  };
  for (const std::string_view word : kWords) {
    for (std::size_t at = small.find(word); at != std::string::npos;
         at = small.find(word, at + 1)) {
      const std::size_t end = at + word.size();
      if ((at > 0 && is_letter(at - 1)) || is_letter(end)) continue;
      std::string_view tail = std::string_view(small).substr(end);
      while (!tail.empty() &&
             std::string_view(" :=#[(").find(tail.front()) != std::string_view::npos) {
        tail.remove_prefix(1);
      }
      auto said = TakeCount(tail);
      // "step 0.13 s" is a duration.
      if (said && !tail.starts_with('.')) return said;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<SaidStep> StepInLine(std::string_view line) {
  line = line.substr(0, kMostOfLine);
  if (auto said = StepInBar(line)) return said;
  return StepBehindWord(line);
}

void StepEar::Feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find_first_of("\r\n");
    const std::string_view part = bytes.substr(0, end);
    if (line_.size() < kMostOfLine) line_ += part.substr(0, kMostOfLine - line_.size());
    // A progress bar returns before it writes, so its last state has no end yet.
    if (end == std::string_view::npos) {
      if (StepInBar(line_)) Hear(line_);
      return;
    }
    Hear(std::exchange(line_, {}));
    bytes.remove_prefix(end + 1);
  }
}

void StepEar::Hear(std::string_view line) {
  const auto said = StepInLine(line);
  if (!said || said->step < 0 || said->step > 1'000'000'000'000) return;
  if (said->step < last_) base_ += last_;
  last_ = said->step;
  if (said->of) planned_ = said->of;
}

}  // namespace epochcost::app
