#include "app/run_choice.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <iostream>

#include "app/billing.h"
#include "base/nearest.h"
#include "base/text.h"

namespace epochcost::app {
namespace {

constexpr std::int64_t kRunsToCompare = 1'000;

// Everything, although the system may take it in pieces.
bool WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

tl::unexpected<Error> CannotWrite(const std::string& path, int reason) {
  return Fail(ErrorCode::kIo, Say("cannot write {}", path), SystemReason(reason),
              Say("name another place with -o, or -o - for stdout"));
}

}  // namespace

Result<Run> ChooseRun(store::Store& ledger, const std::string& text) {
  auto run = ledger.FindRun(text);
  if (run || run.error().code != ErrorCode::kNotFound || text.empty()) return run;
  Error error = run.error();
  error.hint = Say("epochcost runs lists them");
  if (const auto runs = ledger.Runs({.limit = kRunsToCompare})) {
    std::vector<std::string_view> known;
    for (const Run& one : *runs) {
      known.push_back(one.id.Value());
      known.push_back(one.name);
    }
    const std::string nearest{Nearest(text, known)};
    if (!nearest.empty()) error.hint = Say("did you mean: {}", nearest);
  }
  return tl::unexpected(error);
}

Result<RunCost> CostOf(const Context& context, store::Store& ledger, const Run& run) {
  auto cost = ledger.Cost(run.id);
  if (!cost) return cost;
  if (const auto filled = FillBilling(ledger, *cost, context.clock.Utc()); !filled) {
    return tl::unexpected(filled.error());
  }
  return cost;
}

Result<RunCost> CostOfChoice(const Context& context, const std::string& text) {
  auto ledger = context.OpenLedger(true);
  if (!ledger) return tl::unexpected(ledger.error());
  const auto run = ChooseRun(**ledger, text);
  if (!run) return tl::unexpected(run.error());
  return CostOf(context, **ledger, *run);
}

Result<void> WriteWhole(const std::string& path, const std::string& text) {
  if (path == "-") {
    std::cout.flush();
    if (!WriteAll(STDOUT_FILENO, text)) return CannotWrite(Say("stdout"), errno);
    return {};
  }
  // A device or a pipe is written to as it is; a file is replaced when its successor is whole.
  struct stat there{};
  const bool is_special = stat(path.c_str(), &there) == 0 && !S_ISREG(there.st_mode);
  const std::string draft = is_special ? path : path + ".part";
  const int fd = open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return CannotWrite(path, errno);
  const bool written = WriteAll(fd, text);
  const int reason = errno;
  const bool closed = close(fd) == 0;
  if (!written || !closed) {
    if (!is_special) unlink(draft.c_str());
    return CannotWrite(path, written ? errno : reason);
  }
  if (!is_special && rename(draft.c_str(), path.c_str()) != 0) {
    const int why = errno;
    unlink(draft.c_str());
    return CannotWrite(path, why);
  }
  return {};
}

}  // namespace epochcost::app
