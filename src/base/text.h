#pragma once
// What a person reads, in English and 简体中文. The English sentence is the key: the code reads
// like the program speaks. tools/check_text.py fails the build where a sentence has no translation,
// a translation no sentence, or where their placeholders differ.

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace epochcost {

enum class Language { kEnglish, kChinese };

// Set once at the start, before threads. The default is English.
void SetLanguage(Language language);
[[nodiscard]] Language CurrentLanguage();

// From EPOCHCOST_LANG, LC_ALL, LC_MESSAGES, LANG as POSIX orders them ("zh_CN.UTF-8", "zh"). The
// arguments are those variables' values, empty where unset.
[[nodiscard]] Language ChooseLanguage(std::string_view epochcost_lang, std::string_view lc_all,
                                      std::string_view lc_messages, std::string_view lang);

// The sentence in the current language; English where there is no translation.
[[nodiscard]] std::string_view Translate(std::string_view english);

// Translate, then fill in. `english` is a fmt format string, written as a literal.
template <class... Args>
[[nodiscard]] std::string Say(std::string_view english, const Args&... args) {
  return fmt::vformat(Translate(english), fmt::make_format_args(args...));
}

// How many terminal cells UTF-8 text takes: CJK and full-width forms are two, combining marks none.
[[nodiscard]] int DisplayWidth(std::string_view utf8);

// `text` with spaces added (left or right) until it is `width` cells wide; longer text is
// unchanged.
[[nodiscard]] std::string PadRight(std::string_view text, int width);
[[nodiscard]] std::string PadLeft(std::string_view text, int width);

}  // namespace epochcost
