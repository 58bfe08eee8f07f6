#include "app/verdict_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "base/text.h"

namespace epochcost::app {
namespace {

using nlohmann::json;

std::string TextOf(const json& line, const char* key) {
  return line.contains(key) && line[key].is_string() ? line[key].get<std::string>() : std::string();
}

}  // namespace

Result<api::http::AlertVerdicts> ReadVerdicts(const std::string& path, const RunId& run) {
  api::http::AlertVerdicts verdicts;
  std::ifstream file(path);
  if (!file && errno != ENOENT)
    return Fail(ErrorCode::kIo, Say("cannot read {}", path), SystemReason(errno));
  std::string text;
  while (std::getline(file, text)) {
    const json line = json::parse(text, nullptr, false);
    if (!line.is_object() || !line.contains("at_ns") || !line["at_ns"].is_number_integer()) {
      LogWarning("a line of {} cannot be read and is left out", path);
      continue;
    }
    if (TextOf(line, "run") != run.Value()) continue;
    verdicts[TextOf(line, "alert")] = {TextOf(line, "verdict"), TextOf(line, "note"),
                                       UtcTime{line["at_ns"].get<std::int64_t>()}};
  }
  return verdicts;
}

Result<void> AppendVerdict(const std::string& path, const RunId& run, const std::string& alert,
                           const api::http::AlertVerdict& verdict) {
  const json line = {{"run", run.Value()},
                     {"alert", alert},
                     {"verdict", verdict.verdict},
                     {"note", verdict.note},
                     {"at_ns", verdict.at.ns}};
  const std::string text = line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return Fail(ErrorCode::kIo, Say("cannot write {}", path), SystemReason(errno));
  const bool is_whole = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int reason = errno;
  close(fd);
  if (is_whole) return {};
  return Fail(ErrorCode::kUnavailable, Say("cannot write {}", path), SystemReason(reason));
}

}  // namespace epochcost::app
