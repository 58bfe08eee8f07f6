#include "api/escape.h"

#include <cstdint>

#include "base/text.h"

namespace epochcost::api {
namespace {

constexpr std::uint32_t kReplacement = 0xFFFD;

// Takes one code point from the front of `text`, which is not empty. Overlong forms, surrogates and
// what lies beyond Unicode are U+FFFD and one byte long.
std::uint32_t Take(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t length = first < 0x80   ? 1
                             : first < 0xC2 ? 0
                             : first < 0xE0 ? 2
                             : first < 0xF0 ? 3
                             : first < 0xF5 ? 4
                                            : 0;
  std::uint32_t value = length == 1 ? first : first & (0x7FU >> length);
  bool valid = length > 0 && text.size() >= length;
  for (std::size_t i = 1; valid && i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    valid = (next & 0xC0U) == 0x80;
    value = (value << 6) | (next & 0x3FU);
  }
  valid = valid && !(length == 3 && (value < 0x800 || (value >= 0xD800 && value <= 0xDFFF))) &&
          !(length == 4 && (value < 0x10000 || value > 0x10FFFF));
  text.remove_prefix(valid ? length : 1);
  return valid ? value : kReplacement;
}

void Put(std::string& out, std::uint32_t c) {
  const auto byte = [&out](std::uint32_t value) { out += static_cast<char>(value); };
  if (c < 0x80) return byte(c);
  if (c < 0x800) {
    byte(0xC0 | (c >> 6));
  } else if (c < 0x10000) {
    byte(0xE0 | (c >> 12));
    byte(0x80 | ((c >> 6) & 0x3F));
  } else {
    byte(0xF0 | (c >> 18));
    byte(0x80 | ((c >> 12) & 0x3F));
    byte(0x80 | ((c >> 6) & 0x3F));
  }
  byte(0x80 | (c & 0x3F));
}

bool IsControl(std::uint32_t c) { return c < 0x20 || (c >= 0x7F && c < 0xA0); }

// Marks that show nothing but change what is shown: reading direction, joiners, line separators.
bool IsHidden(std::uint32_t c) {
  return (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2060 && c <= 0x2069) || c == 0x061C || c == 0xFEFF;
}

}  // namespace

std::string ValidUtf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) Put(out, Take(text));
  return out;
}

std::string ForTerminal(std::string_view text, int cells, bool ascii) {
  const std::string_view ellipsis = ascii ? "..." : "…";
  const int room = cells - DisplayWidth(ellipsis);
  std::string out;
  std::size_t short_form = 0;  // as many bytes of `out` as leave room for the ellipsis
  int width = 0;
  while (!text.empty()) {
    const std::uint32_t c = Take(text);
    if (IsHidden(c)) continue;
    const std::size_t before = out.size();
    Put(out, IsControl(c) ? ' ' : c);
    width += DisplayWidth(std::string_view(out).substr(before));
    if (width <= room) short_form = out.size();
    if (width > cells) return out.substr(0, short_form) + std::string(ellipsis);
  }
  return out;
}

std::string ForHtml(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::uint32_t c = Take(text);
    if (IsHidden(c)) continue;
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        Put(out, IsControl(c) ? ' ' : c);
    }
  }
  return out;
}

std::string ForCsv(std::string_view text) {
  std::string out = ValidUtf8(text);
  constexpr std::string_view kFormulaStarts = "=+-@\t\r";
  if (!out.empty() && kFormulaStarts.find(out.front()) != std::string_view::npos) {
    out.insert(out.begin(), '\'');
  }
  if (out.find_first_of(",\"\n\r\t") == std::string::npos) return out;
  std::string quoted = "\"";
  for (const char c : out) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

}  // namespace epochcost::api
