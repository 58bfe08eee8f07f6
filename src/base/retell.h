#pragma once
// Sentences that were kept and are read later, perhaps by somebody of the other language.

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "base/text.h"

namespace epochcost {

// A sentence for the record: English, whoever runs the program. `english` is a literal with a pair
// in the catalogue, so that Retell() can say it in Chinese.
template <class... Args>
[[nodiscard]] std::string ForRecord(std::string_view english, const Args&... args) {
  return fmt::vformat(english, fmt::make_format_args(args...));
}

// What was said once, in English or in Chinese, in the language asked for. The sentence is
// recognised by the fixed words of the catalogue's pair that has most of them; what was filled in
// is taken over, and retold where it is a sentence itself. "a: b" is retold part by part. What
// nobody said before stays as it is.
[[nodiscard]] std::string Retell(std::string_view sentence, Language language);

}  // namespace epochcost
