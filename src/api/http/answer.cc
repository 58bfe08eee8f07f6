#include "api/http/answer.h"

#include <fmt/format.h>
#include <zlib.h>

#include <array>
#include <ctime>

#include "api/json_parts.h"
#include "base/retell.h"

namespace epochcost::api::http {
namespace {

constexpr std::size_t kWorthCompressing = 1024;

struct Known {
  ErrorCode code;
  int status;
  std::string_view name;
};
constexpr std::array kKnown = {
    Known{ErrorCode::kInvalidInput, 400, "invalid_input"},
    Known{ErrorCode::kNotFound, 404, "not_found"},
    Known{ErrorCode::kPermission, 403, "permission"},
    Known{ErrorCode::kUnavailable, 503, "unavailable"},
    Known{ErrorCode::kUnsupported, 501, "unsupported"},
    Known{ErrorCode::kOverflow, 500, "overflow"},
    Known{ErrorCode::kConflict, 409, "conflict"},
    Known{ErrorCode::kCorrupt, 500, "corrupt"},
    Known{ErrorCode::kIo, 500, "io"},
};

const Known& KnownOf(ErrorCode code) {
  for (const Known& known : kKnown) {
    if (known.code == code) return known;
  }
  return kKnown.back();
}

std::string_view Reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 421:
      return "Misdirected Request";
    case 431:
      return "Request Header Fields Too Large";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    default:
      return "Internal Server Error";
  }
}

// Empty where it fails or gains nothing.
std::string Gzip(std::string_view text) {
  z_stream stream{};
  constexpr int kGzipWindow = 15 + 16;
  if (deflateInit2(&stream, 1, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK) return {};
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const bool is_whole = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (!is_whole || out.size() * 3 > text.size() * 2) return {};
  return out;
}

std::uint64_t Fnv(std::string_view text) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return hash;
}

std::string_view CacheControl(Caching caching) {
  switch (caching) {
    case Caching::kNever:
      return "no-store";
    case Caching::kAsk:
      return "no-cache, private";
    case Caching::kImmutable:
      return "public, max-age=31536000, immutable";
  }
  return "no-store";
}

constexpr std::string_view kPagePolicy =
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'";
constexpr std::string_view kForeignPolicy =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'none'";

std::string ProblemJson(int status, const Error& error) {
  const Json json = {{"type", "about:blank"},
                     {"title", Text(error.what)},
                     {"status", status},
                     {"code", KnownOf(error.code).name},
                     {"detail", TextOrNull(error.why)},
                     {"hint", TextOrNull(error.hint)}};
  return json.dump();
}

}  // namespace

int StatusOf(ErrorCode code) { return KnownOf(code).status; }

Answer Problem(const Error& error) { return Problem(StatusOf(error.code), error); }

Answer Problem(int status, const Error& error) {
  Answer answer;
  answer.status = status;
  answer.content_type = "application/problem+json";
  answer.body = ProblemJson(status, error);
  answer.caching = Caching::kNever;
  answer.error = error;
  return answer;
}

Answer Retold(Answer answer, Language language) {
  if (!answer.error) return answer;
  const Error& error = *answer.error;
  answer.body =
      ProblemJson(answer.status, {error.code, Retell(error.what, language),
                                  Retell(error.why, language), Retell(error.hint, language)});
  return answer;
}

void Finish(Answer& answer) {
  if (answer.status != 200 || answer.caching == Caching::kNever) return;
  answer.etag = fmt::format("\"{:016x}\"", Fnv(answer.body));
  if (answer.body.size() >= kWorthCompressing) answer.gzip = Gzip(answer.body);
}

std::string HeadOf(const Answer& answer, const Manner& manner, std::string_view date) {
  const int status = manner.is_not_modified ? 304 : answer.status;
  const bool is_gzip = manner.is_gzip_accepted && !answer.gzip.empty();
  std::string head;
  head.reserve(768);
  const auto line = [&head](std::string_view name, std::string_view value) {
    head.append(name).append(": ").append(value).append("\r\n");
  };
  head.append("HTTP/1.1 ").append(std::to_string(status)).append(" ").append(Reason(status));
  head.append("\r\n");
  line("Date", date);
  if (!manner.is_not_modified) {
    line("Content-Type", answer.content_type);
    line("Content-Length", std::to_string((is_gzip ? answer.gzip : answer.body).size()));
    if (is_gzip) line("Content-Encoding", "gzip");
  }
  line("Vary", "Accept-Encoding, Accept-Language, Cookie, Authorization");
  line("Cache-Control", CacheControl(answer.caching));
  if (!answer.etag.empty()) line("ETag", "W/" + answer.etag);
  if (!answer.location.empty()) line("Location", answer.location);
  if (!answer.set_cookie.empty()) line("Set-Cookie", answer.set_cookie);
  if (!answer.allow.empty()) line("Allow", answer.allow);
  if (answer.status == 401) line("WWW-Authenticate", "Bearer");
  if (answer.status == 503) line("Retry-After", "1");
  if (!answer.file_name.empty()) {
    line("Content-Disposition", "attachment; filename=\"" + answer.file_name + "\"");
  }
  line("Content-Security-Policy", answer.is_foreign_page ? kForeignPolicy : kPagePolicy);
  line("X-Content-Type-Options", "nosniff");
  line("Referrer-Policy", "no-referrer");
  line("Cross-Origin-Opener-Policy", "same-origin");
  line("Cross-Origin-Resource-Policy", "same-origin");
  if (!manner.is_kept_alive) line("Connection", "close");
  head.append("\r\n");
  return head;
}

std::string_view BodyOf(const Answer& answer, const Manner& manner) {
  if (manner.is_head || manner.is_not_modified) return {};
  return manner.is_gzip_accepted && !answer.gzip.empty() ? answer.gzip : answer.body;
}

std::string HttpDate(std::int64_t unix_seconds) {
  // The names are the protocol's, whatever the locale.
  constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t at = unix_seconds;
  std::tm utc{};
  gmtime_r(&at, &utc);
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT",
                     kDays.at(static_cast<std::size_t>(utc.tm_wday)), utc.tm_mday,
                     kMonths.at(static_cast<std::size_t>(utc.tm_mon)), utc.tm_year + 1900,
                     utc.tm_hour, utc.tm_min, utc.tm_sec);
}

}  // namespace epochcost::api::http
