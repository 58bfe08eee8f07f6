#pragma once
// Who may see what: tokens, sessions, and from which page a request comes.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/http/tokens.h"
#include "api/http/visitor.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"

namespace epochcost::api::http {

struct AccessOptions {
  std::string token;       // sees everything; the one in the printed URL
  std::string token_file;  // of TokenEntry; read again when it changes; empty: none
  std::string cookie;      // name of the session cookie
  bool is_tls = false;
  // Names that a request may call this server by, without a port: "127.0.0.1", "[::1]"; empty: any.
  // Keeps pages of a name that was made to point here from reading the answers.
  std::vector<std::string> hosts;
  Nanos session_length{std::int64_t{12} * 3600 * kNanosPerSecond};  // since it was last used
};

// What of a request says who sent it; empty where absent.
struct Credentials {
  std::string_view authorization;
  std::string_view cookie;
  std::string_view host;
  std::string_view origin;
  std::string_view fetch_site;  // Sec-Fetch-Site
  std::string_view csrf;        // X-EpochCost-CSRF
};

// One thread.
class Access {
 public:
  Access(AccessOptions options, const Clock& clock) : options_(std::move(options)), clock_(clock) {}

  // Error kInvalidInput: the server is not called so. kPermission: another site's page asks.
  [[nodiscard]] Result<void> CheckOrigin(const Credentials& from) const;
  // Error kPermission: no token, or one that is not valid (any more). The clock is asked; all
  // comparisons take the same time whatever differs.
  [[nodiscard]] Result<Visitor> Identify(const Credentials& from);
  // A POST with a cookie must carry the session's own word. Error kPermission.
  [[nodiscard]] Result<void> CheckIntent(const Credentials& from, const Visitor& visitor) const;
  // The Set-Cookie value of a new session. Error kPermission.
  [[nodiscard]] Result<std::string> BeginSession(std::string_view token);

 private:
  struct Grant {
    std::optional<ProjectId> project;
    std::string sha256;  // of the token
  };
  struct Session {
    Grant grant;
    std::string csrf;
    UtcTime used;
  };
  [[nodiscard]] std::optional<Grant> GrantOf(std::string_view token);
  [[nodiscard]] bool IsStillValid(const Grant& grant);
  void ReadChangedTokens();

  AccessOptions options_;
  const Clock& clock_;
  std::map<std::string, Session> sessions_;  // by the SHA-256 of the cookie's value
  std::vector<TokenEntry> tokens_;
  // Which file was read: when it was written, its number, its size. Two files may be written at one
  // tick of the clock.
  struct FileState {
    std::int64_t written_ns = -1;
    std::uint64_t number = 0;
    std::int64_t size = 0;
    friend bool operator==(const FileState&, const FileState&) = default;
  };
  FileState tokens_state_;
  bool tokens_were_read_ = false;
  UtcTime tokens_looked_;
};

}  // namespace epochcost::api::http
