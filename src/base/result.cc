#include "base/result.h"

#include <fmt/format.h>

#include <cstring>

#include "base/text.h"

namespace epochcost {

std::string SystemReason(int errno_value) {
  const char* const symbol = strerrorname_np(errno_value);
  const char* const words = strerrordesc_np(errno_value);
  return fmt::format("{} ({})", words != nullptr ? words : "unknown error",
                     symbol != nullptr ? symbol : std::to_string(errno_value).c_str());
}

std::string Describe(const Error& error) {
  std::string text = Say("error: {}", error.what);
  if (!error.why.empty()) text += "\n  " + Say("because {}", error.why);
  if (!error.hint.empty()) text += "\n  " + Say("hint: {}", error.hint);
  return text;
}

}  // namespace epochcost
