#include "api/http/access.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "api/http/target.h"
#include "base/log.h"
#include "base/text.h"

namespace epochcost::api::http {
namespace {

constexpr std::size_t kMostSessions = 10'000;
constexpr Nanos kBetweenLooks{kNanosPerSecond};

// In the same time whatever differs.
bool IsSame(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

tl::unexpected<Error> Unknown() {
  return Fail(ErrorCode::kPermission, Say("who asks is not known"),
              Say("no valid token came with the request, or it has expired"),
              Say("open the address that `epochcost serve` prints, or send Authorization: Bearer "
                  "TOKEN"));
}

// The port may be another one than ours: of a tunnel.
std::string_view WithoutPort(std::string_view host) {
  const std::size_t colon = host.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos;
  return has_port ? host.substr(0, colon) : host;
}

std::string_view BearerOf(std::string_view authorization) {
  constexpr std::string_view kScheme = "Bearer ";
  if (!authorization.starts_with(kScheme)) return {};
  return authorization.substr(kScheme.size());
}

}  // namespace

std::string Sha256(std::string_view text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return fmt::format("{:02x}", fmt::join(digest, ""));
}

std::string NewToken() { return "ect_" + RandomHex(40); }

Result<void> Access::CheckOrigin(const Credentials& from) const {
  const bool is_called_so =
      options_.hosts.empty() ||
      std::ranges::find(options_.hosts, WithoutPort(from.host)) != options_.hosts.end();
  if (!is_called_so) {
    return Fail(ErrorCode::kInvalidInput, Say("this server is not called so"),
                Say("the Host header names another one"), "");
  }
  const std::string own = fmt::format("{}://{}", options_.is_tls ? "https" : "http", from.host);
  const bool is_foreign_origin = !from.origin.empty() && from.origin != own;
  const bool is_foreign_site = from.fetch_site == "cross-site" || from.fetch_site == "same-site";
  if (is_foreign_origin || is_foreign_site) {
    return Fail(ErrorCode::kPermission, Say("a page of another site asks"),
                Say("only this server's own page may read its answers"), "");
  }
  return {};
}

void Access::ReadChangedTokens() {
  if (options_.token_file.empty()) return;
  const UtcTime now = clock_.Utc();
  if (tokens_were_read_ && now - tokens_looked_ < kBetweenLooks && now >= tokens_looked_) return;
  tokens_looked_ = now;
  struct stat file{};
  FileState state;
  if (stat(options_.token_file.c_str(), &file) == 0) {
    state = {file.st_mtim.tv_sec * kNanosPerSecond + file.st_mtim.tv_nsec, file.st_ino,
             file.st_size};
  }
  if (tokens_were_read_ && state == tokens_state_) return;
  auto tokens = ReadTokens(options_.token_file);
  // Tokens that cannot be read are no tokens: who was let in by one must not stay.
  if (!tokens) LogWarning("{}", tokens.error().what);
  tokens_ = tokens ? *std::move(tokens) : std::vector<TokenEntry>{};
  tokens_state_ = state;
  tokens_were_read_ = true;
}

std::optional<Access::Grant> Access::GrantOf(std::string_view token) {
  ReadChangedTokens();
  const std::string hash = Sha256(token);
  std::optional<Grant> grant;
  if (!options_.token.empty() && IsSame(hash, Sha256(options_.token))) grant = Grant{{}, hash};
  for (const TokenEntry& entry : tokens_) {
    const bool is_expired = entry.expires && *entry.expires <= clock_.Utc();
    if (IsSame(hash, entry.sha256) && !is_expired) grant = Grant{entry.project, hash};
  }
  return grant;
}

bool Access::IsStillValid(const Grant& grant) {
  ReadChangedTokens();
  if (!options_.token.empty() && IsSame(grant.sha256, Sha256(options_.token))) return true;
  return std::ranges::any_of(tokens_, [&](const TokenEntry& entry) {
    return IsSame(grant.sha256, entry.sha256) && (!entry.expires || *entry.expires > clock_.Utc());
  });
}

Result<Visitor> Access::Identify(const Credentials& from) {
  if (const std::string_view bearer = BearerOf(from.authorization); !bearer.empty()) {
    const auto grant = GrantOf(bearer);
    if (!grant) return Unknown();
    return Visitor{.project = grant->project, .csrf = "", .is_known = true};
  }
  const auto cookie = CookieOf(from.cookie, options_.cookie);
  if (!cookie || cookie->empty()) return Unknown();
  const auto found = sessions_.find(Sha256(*cookie));
  if (found == sessions_.end()) return Unknown();
  Session& session = found->second;
  const UtcTime now = clock_.Utc();
  if (now - session.used > options_.session_length || !IsStillValid(session.grant)) {
    sessions_.erase(found);
    return Unknown();
  }
  session.used = now;
  return Visitor{.project = session.grant.project, .csrf = session.csrf, .is_known = true};
}

Result<void> Access::CheckIntent(const Credentials& from, const Visitor& visitor) const {
  if (visitor.csrf.empty() || IsSame(from.csrf, visitor.csrf)) return {};
  return Fail(ErrorCode::kPermission, Say("the request does not carry the session's own word"),
              Say("X-EpochCost-CSRF is not the csrf of /api/v1/session"), "");
}

Result<std::string> Access::BeginSession(std::string_view token) {
  const auto grant = GrantOf(token);
  if (!grant) return Unknown();
  if (sessions_.size() >= kMostSessions) {
    sessions_.erase(
        std::ranges::min_element(sessions_, {}, [](const auto& each) { return each.second.used; }));
  }
  const std::string value = RandomHex(40);
  sessions_[Sha256(value)] = Session{*grant, RandomHex(32), clock_.Utc()};
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}{}", options_.cookie,
                     value, options_.session_length.Count() / kNanosPerSecond,
                     options_.is_tls ? "; Secure" : "");
}

}  // namespace epochcost::api::http
