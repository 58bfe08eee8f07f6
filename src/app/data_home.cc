#include "app/data_home.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "base/text.h"

namespace epochcost::app {
namespace {

std::string Variable(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): read at start
  return value != nullptr ? value : "";
}

std::string UsualPath() {
  if (const std::string own = Variable("EPOCHCOST_HOME"); !own.empty()) return own;
  if (const std::string xdg = Variable("XDG_DATA_HOME"); !xdg.empty()) return xdg + "/epochcost";
  if (const std::string home = Variable("HOME"); !home.empty()) {
    return home + "/.local/share/epochcost";
  }
  return {};
}

std::string LastResort() { return fmt::format("/tmp/epochcost-{}", geteuid()); }

// Makes the folder and proves that it can be written. 0 or an errno.
int MakeWritable(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return error.value();
  struct stat info{};
  if (stat(path.c_str(), &info) != 0) return errno;
  if (!S_ISDIR(info.st_mode)) return ENOTDIR;
  // In /tmp a folder of somebody else may wait for us.
  if (info.st_uid != geteuid() && path == LastResort()) return EPERM;
  if (access(path.c_str(), W_OK | X_OK) != 0) return errno;
  if (path == LastResort()) chmod(path.c_str(), 0700);
  return 0;
}

// Whether it is writable, or could be made where it is not there yet.
bool CouldBeWritten(std::filesystem::path path) {
  while (access(path.c_str(), F_OK) != 0 && errno == ENOENT && path.has_relative_path())
    path = path.has_parent_path() ? path.parent_path() : ".";
  return access(path.c_str(), W_OK) == 0;
}

}  // namespace

Result<DataHome> FindDataHome() {
  const std::string usual = UsualPath();
  const int refused = usual.empty() ? ENOENT : MakeWritable(usual);
  if (refused == 0) return DataHome{usual, ""};
  const std::string place = LastResort();
  const int refused_too = MakeWritable(place);
  if (refused_too != 0) {
    return Fail(ErrorCode::kIo, Say("no folder to keep the ledger in: {}", place),
                SystemReason(refused_too),
                Say("set EPOCHCOST_HOME to a folder that you can write"));
  }
  if (usual.empty())
    return DataHome{place, Say("HOME is not set; the ledger is kept in {}", place)};
  return DataHome{place, Say("{} cannot be written ({}); the ledger is kept in {}", usual,
                             SystemReason(refused), place)};
}

DataHome GuessDataHome() {
  const std::string usual = UsualPath();
  if (usual.empty()) return {LastResort(), ""};
  if (access((usual + "/ledger.db").c_str(), F_OK) != 0 &&
      access((LastResort() + "/ledger.db").c_str(), F_OK) == 0 && !CouldBeWritten(usual)) {
    return {LastResort(), ""};
  }
  return {usual, ""};
}

RunFolder FolderOf(const std::string& data_home, const RunId& run) {
  return RunFolder{data_home + "/runs/" + run.Value()};
}

Result<RunFolder> MakeRunFolder(const std::string& data_home, const RunId& run) {
  RunFolder folder = FolderOf(data_home, run);
  std::error_code error;
  std::filesystem::create_directories(folder.Marks(), error);
  if (!error && chmod(folder.path.c_str(), 0700) != 0) error = {errno, std::generic_category()};
  if (error) {
    return Fail(ErrorCode::kIo, Say("cannot make the run's folder {}", folder.path),
                SystemReason(error.value()),
                Say("set EPOCHCOST_HOME to a folder that you can write"));
  }
  return folder;
}

AgentId ThisAgent() {
  std::ifstream file("/etc/machine-id");
  std::string id;
  if (file >> id && id.size() >= 16) return AgentId{id.substr(0, 16)};
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  return AgentId{std::string(host.data())};
}

}  // namespace epochcost::app
