#pragma once
// Tokens that people were given, and the file that they are kept in.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"

namespace epochcost::api::http {

// A token that a person was given. The token itself is not kept, only its SHA-256.
struct TokenEntry {
  std::string name;  // what a person calls it; unique
  std::string sha256;
  std::optional<ProjectId> project;  // the only one it sees; nothing: all
  UtcTime created;
  std::optional<UtcTime> expires;
};

// 64 hexadecimal digits.
[[nodiscard]] std::string Sha256(std::string_view text);
// "ect_" and 40 random hexadecimal digits.
[[nodiscard]] std::string NewToken();

// The token file: a JSON object of entries. Errors: kIo, kCorrupt; a file that is not there has no
// entries.
[[nodiscard]] Result<std::vector<TokenEntry>> ReadTokens(const std::string& path);
// Replaces it as a whole, mode 0600.
[[nodiscard]] Result<void> WriteTokens(const std::string& path,
                                       const std::vector<TokenEntry>& entries);

}  // namespace epochcost::api::http
