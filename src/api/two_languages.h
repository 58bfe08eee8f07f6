#pragma once
// Sentences of a page that holds both languages at once and shows one of them.

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "base/text_zh.h"

namespace epochcost::api {

// Chinese for an English sentence of the catalogue; the English where there is none.
[[nodiscard]] inline std::string_view InChinese(std::string_view english) {
  const std::string_view chinese = ChineseFor(english);
  return chinese.empty() ? english : chinese;
}

// Both, in spans that the style sheet shows one of. Arguments must be safe HTML already.
template <class... Args>
[[nodiscard]] std::string Both(std::string_view english, const Args&... args) {
  const auto filled = fmt::make_format_args(args...);
  return fmt::format(
      "<span class=\"en\" lang=\"en\">{}</span><span class=\"zh\" lang=\"zh-CN\">{}</span>",
      fmt::vformat(english, filled), fmt::vformat(InChinese(english), filled));
}

// The same inside an SVG, as two texts at one place.
template <class... Args>
[[nodiscard]] std::string BothInSvg(std::string_view attributes, std::string_view english,
                                    const Args&... args) {
  const auto filled = fmt::make_format_args(args...);
  return fmt::format("<text class=\"en\" {0}>{1}</text><text class=\"zh\" {0}>{2}</text>",
                     attributes, fmt::vformat(english, filled),
                     fmt::vformat(InChinese(english), filled));
}

}  // namespace epochcost::api
