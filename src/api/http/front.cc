#include "api/http/front.h"

#include <zlib.h>

#include <exception>
#include <utility>

#include "base/text.h"

namespace epochcost::api::http {
namespace {

Outcome Said(Answer answer) {
  Outcome outcome;
  outcome.answer = std::make_shared<const Answer>(std::move(answer));
  return outcome;
}

// Fails only on bytes that this program was not built with.
std::string Inflate(std::string_view gzip) {
  z_stream stream{};
  constexpr int kGzipWindow = 15 + 16;
  if (inflateInit2(&stream, kGzipWindow) != Z_OK) return {};
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(gzip.data()));
  stream.avail_in = static_cast<uInt>(gzip.size());
  std::string text;
  int state = Z_OK;
  while (state == Z_OK) {
    const std::size_t before = text.size();
    text.resize(before + 65536);
    stream.next_out = reinterpret_cast<Bytef*>(text.data() + before);
    stream.avail_out = 65536;
    state = inflate(&stream, Z_NO_FLUSH);
    text.resize(text.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  return text;
}

std::string_view TypeOf(std::string_view path) {
  const auto ends = [path](std::string_view ending) { return path.ends_with(ending); };
  if (ends(".html")) return "text/html; charset=utf-8";
  if (ends(".js")) return "text/javascript; charset=utf-8";
  if (ends(".css")) return "text/css; charset=utf-8";
  if (ends(".svg")) return "image/svg+xml";
  if (ends(".json")) return "application/json";
  if (ends(".png")) return "image/png";
  if (ends(".ico")) return "image/x-icon";
  if (ends(".webmanifest")) return "application/manifest+json";
  if (ends(".txt")) return "text/plain; charset=utf-8";
  return "application/octet-stream";
}

std::string PathOf(const Target& target) {
  std::string path;
  for (const std::string& segment : target.segments) path += '/' + segment;
  return path.empty() ? "/" : path;
}

bool IsJson(std::string_view content_type) {
  return content_type.substr(0, content_type.find(';')) == "application/json";
}

}  // namespace

Front::Front(const Desk& desk, Access access, std::size_t most_bytes)
    : desk_(desk), access_(std::move(access)), most_bytes_(most_bytes) {
  for (const Asset& asset : desk.ports.assets) {
    Answer answer;
    answer.content_type = TypeOf(asset.path);
    answer.body = Inflate(asset.gzip);
    Finish(answer);
    answer.gzip = asset.gzip;
    // The build names these by their content.
    if (asset.path.starts_with("assets/")) answer.caching = Caching::kImmutable;
    files_["/" + std::string(asset.path)] = std::make_shared<const Answer>(std::move(answer));
  }
}

std::uint64_t Front::RevisionOf(const RunId& run) const {
  if (run.IsEmpty()) return desk_.runs.Revision();
  const RunEntryPtr entry = desk_.runs.Find(run);
  return entry ? entry->revision : 0;
}

// The page's own addresses ("/r/7f3a") are all answered with the page.
Outcome Front::File(const Incoming& incoming, const Target& target) {
  if (incoming.method != "GET" && incoming.method != "HEAD") {
    Answer answer = Problem(405, {ErrorCode::kInvalidInput, Say("a page is only read"), "", ""});
    answer.allow = "GET, HEAD";
    return Said(std::move(answer));
  }
  if (const auto token = target.query.Get("token")) return Enter(target, *token);
  const std::string path = PathOf(target);
  auto found = files_.find(path);
  const bool is_file = path.rfind('.') != std::string::npos && path.rfind('.') > path.rfind('/');
  if (found == files_.end() && !is_file) found = files_.find("/index.html");
  if (found != files_.end()) {
    Outcome outcome;
    outcome.answer = found->second;
    return outcome;
  }
  return Said(Problem({ErrorCode::kNotFound, Say("no such file: {}", path), "", ""}));
}

// The token in the printed address becomes a cookie, and leaves the address.
Outcome Front::Enter(const Target& target, const std::string& token) {
  auto cookie = access_.BeginSession(token);
  if (!cookie) return Said(Problem(401, cookie.error()));
  Answer answer;
  answer.status = 303;
  answer.caching = Caching::kNever;
  answer.content_type = "text/plain; charset=utf-8";
  answer.set_cookie = *std::move(cookie);
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-_.~";
  const std::string path = PathOf(target);
  const bool is_plain = path.find_first_not_of(kPlain) == std::string::npos;
  answer.location = is_plain ? path : "/";
  return Said(std::move(answer));
}

Outcome Front::Receive(Incoming incoming) {
  const Language language = LanguageOf(incoming.accept_language);
  Outcome outcome = Decide(std::move(incoming), language);
  if (outcome.answer && outcome.answer->error) {
    outcome.answer = std::make_shared<const Answer>(Retold(*outcome.answer, language));
  }
  return outcome;
}

Outcome Front::Decide(Incoming incoming, Language language) {
  const auto target = ParseTarget(incoming.target);
  if (!target) return Said(Problem(target.error()));
  if (const auto trusted = access_.CheckOrigin(incoming.from); !trusted) {
    return Said(trusted.error().code == ErrorCode::kInvalidInput ? Problem(421, trusted.error())
                                                                 : Problem(trusted.error()));
  }
  Match match = FindRoute(incoming.method, target->segments);
  if (match.allow.empty()) {
    if (target->segments.empty() || target->segments.front() != "api") {
      return File(incoming, *target);
    }
    return Said(Problem({ErrorCode::kNotFound, Say("no such address: {}", PathOf(*target)), "",
                         Say("/api/v1/openapi.json lists them")}));
  }
  if (match.route == nullptr) {
    Answer answer = Problem(
        405, {ErrorCode::kInvalidInput, Say("this address does not take {}", incoming.method),
              Say("it takes {}", match.allow), ""});
    answer.allow = match.allow;
    return Said(std::move(answer));
  }
  Outcome outcome;
  if (!match.route->is_open) {
    auto visitor = access_.Identify(incoming.from);
    if (!visitor) return Said(Problem(401, visitor.error()));
    outcome.visitor = *std::move(visitor);
  }
  if (const auto known = target->query.Only(match.route->query); !known)
    return Said(Problem(known.error()));
  if (match.route->answer == nullptr) {
    outcome.is_stream = true;
    return outcome;
  }
  const bool is_read = incoming.method == "GET" || incoming.method == "HEAD";
  if (!is_read) {
    if (const auto meant = access_.CheckIntent(incoming.from, outcome.visitor); !meant)
      return Said(Problem(meant.error()));
    if (!IsJson(incoming.content_type)) {
      return Said(Problem(415, {ErrorCode::kInvalidInput, Say("the body is not said to be JSON"),
                                "", "Content-Type: application/json"}));
    }
  }
  const RunId run{match.route->is_of_run && !match.arguments.empty() ? match.arguments.front()
                                                                     : ""};
  outcome.as_of = RevisionOf(run);
  if (is_read && match.route->is_kept) {
    outcome.key = std::string(incoming.target) + '\n' +
                  (outcome.visitor.project ? "p" + outcome.visitor.project->Value() : "") + '\n' +
                  run.Value() + (language == Language::kChinese ? "\nzh" : "");
    const auto found = kept_.find(outcome.key);
    if (found != kept_.end() && found->second.as_of == outcome.as_of) {
      outcome.answer = found->second.answer;
      return outcome;
    }
  }
  outcome.job = [this, route = match.route, query = target->query,
                 arguments = std::move(match.arguments), visitor = outcome.visitor,
                 body = std::move(incoming.body), language]() -> Answer {
    try {
      auto answer = route->answer(Call{desk_, query, arguments, visitor, body, language});
      if (!answer) return Retold(Problem(answer.error()), language);
      Finish(*answer);
      return *std::move(answer);
    } catch (const std::exception& e) {  // of memory or of a library; the next request is served
      return Problem({ErrorCode::kIo, Say("an unforeseen fault: {}", e.what()), "", ""});
    }
  };
  return outcome;
}

AnswerPtr Front::Keep(const Outcome& outcome, Answer answer) {
  auto shared = std::make_shared<const Answer>(std::move(answer));
  if (outcome.key.empty() || shared->status != 200 || shared->caching == Caching::kNever)
    return shared;
  const std::size_t size = shared->body.size() + shared->gzip.size() + outcome.key.size();
  if (bytes_ + size > most_bytes_) {
    kept_.clear();
    bytes_ = 0;
  }
  const auto [slot, is_new] = kept_.try_emplace(outcome.key);
  if (!is_new)
    bytes_ -=
        slot->second.answer->body.size() + slot->second.answer->gzip.size() + outcome.key.size();
  bytes_ += size;
  slot->second = Kept{shared, outcome.as_of};
  return shared;
}

}  // namespace epochcost::api::http
