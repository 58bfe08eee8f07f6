#include "app/session_usage.h"

#include <unistd.h>

#include <charconv>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <system_error>

namespace epochcost::app {
namespace {

struct Stat {
  pid_t session = 0;
  double ticks = 0;
  double child_ticks = 0;  // of children that have ended
  double pages = 0;
};

// Fields of /proc/<pid>/stat behind the name, which may hold anything: the first is field 3.
std::optional<Stat> ReadStat(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/stat");
  std::string text;
  if (!std::getline(file, text)) return std::nullopt;
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::vector<double> fields;
  std::size_t at = name_end + 2;
  while (at < text.size()) {
    std::size_t end = text.find(' ', at);
    if (end == std::string::npos) end = text.size();
    double number = 0;
    std::from_chars(text.data() + at, text.data() + end, number);
    fields.push_back(number);
    at = end + 1;
  }
  if (fields.size() < 22) return std::nullopt;
  return Stat{.session = static_cast<pid_t>(fields[3]),
              .ticks = fields[11] + fields[12],
              .child_ticks = fields[13] + fields[14],
              .pages = fields[21]};
}

// To the nanosecond, of all threads; a clock tick is longer than many a step.
std::optional<double> CpuSeconds(const std::string& pid) {
  pid_t number = 0;
  std::from_chars(pid.data(), pid.data() + pid.size(), number);
  clockid_t clock{};
  timespec used{};
  if (clock_getcpuclockid(number, &clock) != 0 || clock_gettime(clock, &used) != 0) {
    return std::nullopt;
  }
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

// The second field of schedstat; 0 where the kernel keeps none.
double WaitedSeconds(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/schedstat");
  double run = 0;
  double waited = 0;
  return file >> run >> waited ? waited / 1e9 : 0;
}

template <class Visit>
void ForEach(pid_t session, const Visit& visit) {
  std::error_code bad;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", bad)) {
    const std::string name = entry.path().filename().string();
    if (name.empty() || name.front() < '0' || name.front() > '9') continue;
    const auto stat = ReadStat(name);
    if (stat && stat->session == session) visit(name, *stat);
  }
}

}  // namespace

SessionUsage UsageOfSession(pid_t session) {
  SessionUsage usage;
  double most = -1;
  const auto per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  ForEach(session, [&](const std::string& pid, const Stat& stat) {
    const double own = CpuSeconds(pid).value_or(stat.ticks / per_second);
    if (own > most) {
      most = own;
      usage.waited_seconds = WaitedSeconds(pid);
    }
    usage.cpu_seconds += own + stat.child_ticks / per_second;
    usage.memory_bytes += stat.pages * static_cast<double>(sysconf(_SC_PAGESIZE));
  });
  return usage;
}

std::vector<pid_t> ProcessesOfSession(pid_t session) {
  std::vector<pid_t> pids;
  ForEach(session, [&](const std::string& name, const Stat&) {
    pid_t pid = 0;
    std::from_chars(name.data(), name.data() + name.size(), pid);
    pids.push_back(pid);
  });
  return pids;
}

}  // namespace epochcost::app
