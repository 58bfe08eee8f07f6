#include "base/text.h"

#include <cstddef>
#include <cstdint>

#include "base/text_zh.h"

namespace epochcost {
namespace {

Language current = Language::kEnglish;

struct CodePoint {
  std::uint32_t value;
  std::size_t bytes;
};

CodePoint Decode(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::size_t length = byte(0) < 0x80 ? 1 : byte(0) < 0xE0 ? 2 : byte(0) < 0xF0 ? 3 : 4;
  if (length == 1 || text.size() < length) return {byte(0), 1};
  std::uint32_t value = byte(0) & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) value = (value << 6) | (byte(i) & 0x3FU);
  return {value, length};
}

int CellWidth(std::uint32_t c) {
  if (c >= 0x300 && c <= 0x36F) return 0;  // combining marks
  const bool wide = (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) ||
                    (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xF900 && c <= 0xFAFF) ||
                    (c >= 0xFE30 && c <= 0xFE4F) || (c >= 0xFF00 && c <= 0xFF60) ||
                    (c >= 0xFFE0 && c <= 0xFFE6) || (c >= 0x1F300 && c <= 0x1FAFF) ||
                    (c >= 0x20000 && c <= 0x3FFFD);
  return wide ? 2 : 1;
}

std::string Spaces(std::string_view text, int width) {
  const int missing = width - DisplayWidth(text);
  return missing > 0 ? std::string(static_cast<std::size_t>(missing), ' ') : std::string{};
}

}  // namespace

void SetLanguage(Language language) { current = language; }
Language CurrentLanguage() { return current; }

Language ChooseLanguage(std::string_view epochcost_lang, std::string_view lc_all,
                        std::string_view lc_messages, std::string_view lang) {
  for (const std::string_view value : {epochcost_lang, lc_all, lc_messages, lang}) {
    if (!value.empty()) return value.starts_with("zh") ? Language::kChinese : Language::kEnglish;
  }
  return Language::kEnglish;
}

std::string_view Translate(std::string_view english) {
  if (current == Language::kEnglish) return english;
  const std::string_view chinese = ChineseFor(english);
  return chinese.empty() ? english : chinese;
}

int DisplayWidth(std::string_view utf8) {
  int width = 0;
  while (!utf8.empty()) {
    const CodePoint point = Decode(utf8);
    width += CellWidth(point.value);
    utf8.remove_prefix(point.bytes);
  }
  return width;
}

std::string PadRight(std::string_view text, int width) {
  return std::string(text) + Spaces(text, width);
}

std::string PadLeft(std::string_view text, int width) {
  return Spaces(text, width) + std::string(text);
}

}  // namespace epochcost
