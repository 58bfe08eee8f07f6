#pragma once
// From a request's bytes to its answer, without a socket: addresses, files, access, what was
// answered before.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "api/http/access.h"
#include "api/http/call.h"

namespace epochcost::api::http {

// A request as it came; everything is valid while it is received.
struct Incoming {
  std::string_view method;
  std::string_view target;
  std::string_view content_type;
  std::string_view accept_language;
  std::string body;
  Credentials from;
};

using AnswerPtr = std::shared_ptr<const Answer>;

// One of: an answer, a job that gives one, a stream.
struct Outcome {
  AnswerPtr answer;
  // May take a while and may be called in any thread. What it gives goes through Keep().
  std::function<Answer()> job;
  std::string key;          // of what was answered before; empty: not kept
  std::uint64_t as_of = 0;  // the revision that the job is begun at
  bool is_stream = false;
  Visitor visitor;  // of a stream
};

// One thread, apart from the jobs.
class Front {
 public:
  Front(const Desk& desk, Access access, std::size_t most_bytes = std::size_t{64} << 20);

  [[nodiscard]] Outcome Receive(Incoming incoming);
  // Finishes an answer of a job and keeps it for the next who asks the same.
  AnswerPtr Keep(const Outcome& outcome, Answer answer);
  // Whether who opened a stream may still read it.
  [[nodiscard]] bool MayStay(const Credentials& from) { return access_.Identify(from).has_value(); }

 private:
  struct Kept {
    AnswerPtr answer;
    std::uint64_t as_of = 0;
  };
  [[nodiscard]] Outcome Decide(Incoming incoming, Language language);
  [[nodiscard]] Outcome File(const Incoming& incoming, const Target& target);
  [[nodiscard]] Outcome Enter(const Target& target, const std::string& token);
  [[nodiscard]] std::uint64_t RevisionOf(const RunId& run) const;

  const Desk& desk_;
  Access access_;
  std::size_t most_bytes_;
  std::size_t bytes_ = 0;
  std::unordered_map<std::string, Kept> kept_;
  std::unordered_map<std::string, AnswerPtr> files_;
};

}  // namespace epochcost::api::http
