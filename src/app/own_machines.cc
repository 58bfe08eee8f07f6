#include "app/own_machines.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "base/text.h"

namespace epochcost::app {
namespace {

namespace fs = std::filesystem;

std::string FolderOfCalibrations(const std::string& data_home) {
  return data_home + "/calibration";
}

Result<std::string> ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const int reason = errno;
  if (!file) return Fail(ErrorCode::kIo, Say("{} cannot be read", path), SystemReason(reason));
  return std::string(std::istreambuf_iterator<char>(file), {});
}

bool IsSameName(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

}  // namespace

Result<OwnMachines> LoadOwnMachines(const std::string& data_home) {
  std::error_code none;
  std::vector<std::string> paths;
  for (const auto& entry : fs::directory_iterator(FolderOfCalibrations(data_home), none)) {
    if (entry.path().extension() == ".toml") paths.push_back(entry.path().string());
  }
  std::ranges::sort(paths);
  OwnMachines machines;
  for (const std::string& path : paths) {
    const auto text = ReadText(path);
    if (!text) return tl::unexpected(text.error());
    auto machine = estimate::ReadOwnMachine(*text, path);
    if (!machine) return tl::unexpected(machine.error());
    machines.push_back(std::make_shared<const estimate::OwnMachine>(*std::move(machine)));
  }
  return machines;
}

Result<std::string> SaveOwnMachine(const std::string& data_home,
                                   const estimate::OwnMachine& machine) {
  std::error_code bad;
  fs::create_directories(FolderOfCalibrations(data_home), bad);
  std::string path = FolderOfCalibrations(data_home) + "/" + machine.device.name + ".toml";
  const std::string fresh = path + ".new";
  if (bad) return Fail(ErrorCode::kIo, Say("cannot write {}", path), bad.message());
  std::ofstream file(fresh, std::ios::binary);
  file << estimate::WriteOwnMachine(machine);
  file.close();
  if (!file || std::rename(fresh.c_str(), path.c_str()) != 0) {
    const int reason = errno;
    unlink(fresh.c_str());
    return Fail(ErrorCode::kIo, Say("cannot write {}", path), SystemReason(reason));
  }
  return path;
}

std::shared_ptr<const estimate::OwnMachine> FindOwnMachine(const OwnMachines& machines,
                                                           std::string_view name,
                                                           std::string_view agent) {
  std::shared_ptr<const estimate::OwnMachine> found;
  for (const auto& machine : machines) {
    const bool is_here = machine->agent == agent;
    if (IsSameName(machine->device.name, name)) return machine;
    if (!IsSameName(kThisMachine, name) || !is_here) continue;
    if (!found || found->device.date < machine->device.date) found = machine;
  }
  return found;
}

}  // namespace epochcost::app
