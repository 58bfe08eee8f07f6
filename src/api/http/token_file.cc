// The file of tokens: read whole, written whole.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <sstream>

#include "api/figures.h"
#include "api/http/tokens.h"
#include "api/json_parts.h"
#include "base/text.h"

namespace epochcost::api::http {
namespace {

tl::unexpected<Error> Damaged(const std::string& path, std::string why) {
  return Fail(ErrorCode::kCorrupt, Say("cannot read the tokens in {}", path), std::move(why),
              Say("remove it; every token must then be made anew: epochcost token add"));
}

Json OfEntry(const TokenEntry& entry) {
  return {{"name", Text(entry.name)},
          {"sha256", entry.sha256},
          {"project", entry.project ? Text(entry.project->Value()) : Json(nullptr)},
          {"created", ExactUtc(entry.created)},
          {"expires", entry.expires ? Json(ExactUtc(*entry.expires)) : Json(nullptr)}};
}

Result<TokenEntry> EntryOf(const std::string& path, const Json& json) {
  const auto text = [&json](const char* key) {
    return json.is_object() && json.contains(key) && json[key].is_string()
               ? json[key].get<std::string>()
               : std::string();
  };
  TokenEntry entry;
  entry.name = text("name");
  entry.sha256 = text("sha256");
  if (entry.sha256.size() != 64) return Damaged(path, Say("an entry has no hash"));
  if (const std::string project = text("project"); !project.empty())
    entry.project = ProjectId{project};
  // An entry that says nothing of its project would see everything.
  if (!json.contains("project") || !(json["project"].is_null() || json["project"].is_string()))
    return Damaged(path, Say("an entry has no project"));
  const auto created = ParseUtc(text("created"));
  if (!created) return Damaged(path, created.error().what);
  entry.created = *created;
  if (json.contains("expires") && !json["expires"].is_null()) {
    const auto expires = ParseUtc(text("expires"));
    if (!expires) return Damaged(path, expires.error().what);
    entry.expires = *expires;
  }
  return entry;
}

}  // namespace

Result<std::vector<TokenEntry>> ReadTokens(const std::string& path) {
  std::vector<TokenEntry> entries;
  if (access(path.c_str(), F_OK) != 0 && errno == ENOENT) return entries;
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) return Fail(ErrorCode::kIo, Say("cannot read the tokens in {}", path));
  const Json json = Json::parse(text.str(), nullptr, false);
  if (!json.is_object() || !json.contains("tokens") || !json["tokens"].is_array())
    return Damaged(path, Say("it is no JSON object"));
  for (const Json& each : json["tokens"]) {
    auto entry = EntryOf(path, each);
    if (!entry) return tl::unexpected(entry.error());
    entries.push_back(*std::move(entry));
  }
  return entries;
}

Result<void> WriteTokens(const std::string& path, const std::vector<TokenEntry>& entries) {
  Json tokens = Json::array();
  for (const TokenEntry& entry : entries) tokens.push_back(OfEntry(entry));
  const Json json = {{"schema_version", kSchemaVersion}, {"tokens", std::move(tokens)}};
  const std::string text = json.dump(1) + "\n";
  const std::string draft = path + ".part";
  const int fd = open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const bool is_written =
      fd >= 0 && write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int reason = errno;
  if (fd >= 0) close(fd);
  if (is_written && rename(draft.c_str(), path.c_str()) == 0) return {};
  const int why = is_written ? errno : reason;
  unlink(draft.c_str());
  return Fail(ErrorCode::kIo, Say("cannot write {}", path), SystemReason(why), "");
}

}  // namespace epochcost::api::http
