#include "base/ids.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>

namespace epochcost {

std::string RandomHex(int digits) {
  assert(digits > 0 && digits <= 64);
  std::array<std::uint8_t, 32> bytes{};
  const ssize_t got = getrandom(bytes.data(), bytes.size(), 0);
  assert(got == static_cast<ssize_t>(bytes.size()));
  (void)got;
  std::string text;
  for (const std::uint8_t byte : bytes) text += fmt::format("{:02x}", byte);
  text.resize(static_cast<std::size_t>(digits));
  return text;
}

Result<ProjectId> ParseProjectId(std::string_view text) {
  const auto refuse = [text](std::string why) {
    return Fail(ErrorCode::kInvalidInput,
                fmt::format("not a project name: '{}'", text.substr(0, 40)), std::move(why),
                "for example --project llama-sft");
  };
  if (text.empty()) return refuse("it is empty");
  if (text.size() > 128) return refuse("it is longer than 128 bytes");
  if (text.starts_with('.')) return refuse("it starts with '.'");
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::ranges::any_of(text, is_control)) return refuse("it has a control character");
  if (text.find('/') != std::string_view::npos) return refuse("it has a '/'");
  return ProjectId{std::string(text)};
}

}  // namespace epochcost
