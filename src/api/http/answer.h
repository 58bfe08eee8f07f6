#pragma once
// What is said to a client, before it is written to a socket.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/text.h"

namespace epochcost::api::http {

enum class Caching : std::uint8_t {
  kNever,      // no-store: it holds a secret, or is an error
  kAsk,        // no-cache: may be kept, but is asked for again with its ETag
  kImmutable,  // its name changes when it changes
};

struct Answer {
  int status = 200;
  std::string_view content_type = "application/json";
  std::string body;
  std::string gzip;  // the same, compressed; empty where that was not worth it
  std::string etag;
  Caching caching = Caching::kAsk;
  std::string location;          // of a redirection
  std::string set_cookie;        // a whole Set-Cookie value
  std::string file_name;         // offered to be saved under this name
  std::string allow;             // of a 405: the methods that there are
  bool is_foreign_page = false;  // a document of its own: it may style itself and nothing else
  std::optional<Error> error;    // of a problem: what its body says
};

// 400, 404, 503 and so on.
[[nodiscard]] int StatusOf(ErrorCode code);

// application/problem+json (RFC 9457): title is what, detail is why, hint is what to do.
[[nodiscard]] Answer Problem(const Error& error);
[[nodiscard]] Answer Problem(int status, const Error& error);

// A problem in the reader's language; anything else as it is.
[[nodiscard]] Answer Retold(Answer answer, Language language);

// Adds what the body decides: the ETag, and the compressed form where it is smaller by a third.
void Finish(Answer& answer);

// The bytes for a client of HTTP/1.1. `date` is the value of the Date header.
struct Manner {
  bool is_gzip_accepted = false;
  bool is_head = false;
  bool is_kept_alive = true;
  bool is_not_modified = false;  // the client has it: 304 instead
};
[[nodiscard]] std::string HeadOf(const Answer& answer, const Manner& manner, std::string_view date);
// What follows the head; empty for HEAD and 304.
[[nodiscard]] std::string_view BodyOf(const Answer& answer, const Manner& manner);

// "Tue, 24 Nov 2026 23:30:22 GMT"
[[nodiscard]] std::string HttpDate(std::int64_t unix_seconds);

}  // namespace epochcost::api::http
