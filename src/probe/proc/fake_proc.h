#pragma once
// A folder that looks like /proc, for tests.

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>

#include "probe/target.h"

namespace epochcost::probe {

class FakeProc {
 public:
  FakeProc() {
    root_ = std::filesystem::temp_directory_path() / ("fake_proc_" + std::to_string(getpid()));
    std::filesystem::remove_all(root_);
    Clocks().clear();
    Fork();
  }
  ~FakeProc() { std::filesystem::remove_all(root_); }
  FakeProc(const FakeProc&) = delete;
  FakeProc& operator=(const FakeProc&) = delete;

  [[nodiscard]] const std::string& Root() const { return root_; }

  // A living process, or a change to it. `children` is its children file.
  void Put(pid_t pid, pid_t parent, std::int64_t clock_ns, std::int64_t children_ticks = 0,
           const std::string& children = "", std::int64_t start = 100) {
    Write(pid, "stat",
          std::to_string(pid) + " (python3) S " + std::to_string(parent) +
              " 1 1 0 -1 0 0 0 0 0 0 0 " + std::to_string(children_ticks) + " 0 20 0 1 0 " +
              std::to_string(start) + " 0 0\n");
    Write(pid, "task/" + std::to_string(pid) + "/children", children);
    Clocks()[pid] = clock_ns;
  }
  void Write(pid_t pid, const std::string& name, const std::string& text) {
    const std::filesystem::path path = root_ + "/" + std::to_string(pid) + "/" + name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  void Remove(pid_t pid) {
    std::filesystem::remove_all(root_ + "/" + std::to_string(pid));
    Clocks().erase(pid);
  }
  // Somebody forked, so it is worth looking again.
  void Fork() { Fork(newest_ + 1); }
  // The newest process of the machine has this number.
  void Fork(int newest) {
    newest_ = newest;
    std::filesystem::create_directories(root_);
    std::ofstream(root_ + "/loadavg") << "0.1 0.2 0.3 1/100 " << newest_ << "\n";
  }
  [[nodiscard]] static Target RootedAt(pid_t pid) {
    return {.root_pid = pid, .root_start_ticks = 100};
  }

  static std::map<pid_t, std::int64_t>& Clocks() {
    static std::map<pid_t, std::int64_t> clocks;
    return clocks;
  }
  static std::optional<std::int64_t> ReadClock(pid_t pid) {
    const auto at = Clocks().find(pid);
    return at == Clocks().end() ? std::nullopt : std::optional(at->second);
  }

 private:
  std::string root_;
  int newest_ = 0;
};

}  // namespace epochcost::probe
