#pragma once
// Names come from outside: of programs, projects, files. They may hold markup, control characters,
// marks that turn the reading direction, spreadsheet formulas, broken UTF-8 or ten kilobytes. Each
// place that shows them has its own danger; here is what each needs.

#include <string>
#include <string_view>

namespace epochcost::api {

// Valid UTF-8: what is not becomes U+FFFD.
[[nodiscard]] std::string ValidUtf8(std::string_view text);

// On one line of a terminal: no control characters (so no escape sequences), no direction marks, at
// most `cells` wide with "…" (or "..." where `ascii`) for the rest.
[[nodiscard]] std::string ForTerminal(std::string_view text, int cells, bool ascii = false);

// As text or as the value of a quoted attribute; direction marks and control characters are
// dropped.
[[nodiscard]] std::string ForHtml(std::string_view text);

// One field of RFC 4180, quoted where needed. What a spreadsheet would run as a formula (it begins
// with = + - @ tab or return) gets an apostrophe in front.
[[nodiscard]] std::string ForCsv(std::string_view text);

}  // namespace epochcost::api
