#pragma once
// The program's own log: for whoever looks after EpochCost, not for the person who trains.
// Quiet (warnings) by default, to stderr or to a file. Never localised.

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace epochcost {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// Until called, warnings and errors go to stderr. An empty `path` is stderr.
void ConfigureLog(LogLevel lowest, const std::string& path);
void Log(LogLevel level, std::string_view line);

template <class... Args>
void LogWarning(fmt::format_string<Args...> format, Args&&... args) {
  Log(LogLevel::kWarning, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void LogInfo(fmt::format_string<Args...> format, Args&&... args) {
  Log(LogLevel::kInfo, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace epochcost
