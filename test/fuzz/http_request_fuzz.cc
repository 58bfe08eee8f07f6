// Any bytes as the parts of a request: an answer, never a crash; nobody gets in without a token.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "api/http/front.h"

namespace {

using namespace epochcost;             // NOLINT: one page
using namespace epochcost::api::http;  // NOLINT

// The next line of what is left.
std::string_view TakeLine(std::string_view& bytes) {
  const std::size_t end = std::min(bytes.find('\n'), bytes.size());
  const std::string_view line = bytes.substr(0, end);
  bytes.remove_prefix(std::min(end + 1, bytes.size()));
  return line;
}

Ports NoPorts(const Clock& clock) {
  Ports ports;
  const auto nothing = [](auto&&...) -> tl::unexpected<Error> {
    return Fail(ErrorCode::kUnavailable, "nothing");
  };
  ports.open_ledger = nothing;
  ports.bill = nothing;
  ports.billed = nothing;
  ports.formula = [](const EpochCost&, const PriceSheet&) { return std::string(); };
  ports.forecasts = nothing;
  ports.estimate = nothing;
  ports.demo = nothing;
  ports.plan = nothing;
  ports.plan_changes = nothing;
  ports.plan_layers = nothing;
  ports.comparison = nothing;
  ports.catalog = nothing;
  ports.layers = nothing;
  ports.presets = nothing;
  ports.doctor = nothing;
  ports.verdicts = nothing;
  ports.judge = nothing;
  ports.clock = &clock;
  return ports;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const SystemClock clock;
  static const Ports ports = NoPorts(clock);
  static Register runs;
  static EventLog events("boot");
  static Library library(ports, runs, {});
  static const Desk desk{ports, runs, events, library};
  static Front front(desk,
                     Access({.token = "ect_secret", .cookie = "c", .hosts = {"localhost"}}, clock));

  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const bool has_token = !bytes.empty() && bytes.front() == '!';
  Incoming incoming;
  incoming.method = TakeLine(bytes);
  if (has_token) incoming.method.remove_prefix(1);
  const std::string target(TakeLine(bytes));
  incoming.target = target;
  incoming.content_type = TakeLine(bytes);
  incoming.from.host = has_token ? "localhost" : TakeLine(bytes);
  incoming.from.origin = TakeLine(bytes);
  incoming.from.cookie = TakeLine(bytes);
  incoming.from.authorization = has_token ? "Bearer ect_secret" : TakeLine(bytes);
  (void)AcceptsGzip(incoming.from.cookie);
  (void)NamesEtag(incoming.from.cookie, "\"a\"");
  (void)events.PlaceOf(incoming.from.origin);
  incoming.body = std::string(bytes);
  const Outcome outcome = front.Receive(std::move(incoming));
  if (outcome.answer) {
    const std::string head = HeadOf(*outcome.answer, {}, "");
    if (head.find("\r\n\r\n") != head.size() - 4) std::abort();  // a header was split
  }
  if (outcome.job) (void)front.Keep(outcome, outcome.job());
  return 0;
}
