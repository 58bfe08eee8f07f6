#include "base/log.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

namespace epochcost {
namespace {

spdlog::level::level_enum Level(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::warn;
}

std::shared_ptr<spdlog::logger>& Logger() {
  static std::shared_ptr<spdlog::logger> logger = [] {
    auto made = std::make_shared<spdlog::logger>("epochcost",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("epochcost: %l: %v");
    made->set_level(spdlog::level::warn);
    return made;
  }();
  return logger;
}

}  // namespace

void ConfigureLog(LogLevel lowest, const std::string& path) {
  if (!path.empty()) {
    try {
      auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(path);
      Logger() = std::make_shared<spdlog::logger>("epochcost", sink);
      Logger()->set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v");
      Logger()->flush_on(spdlog::level::info);
    } catch (const spdlog::spdlog_ex& e) {
      Log(LogLevel::kWarning, fmt::format("cannot log to {}: {}", path, e.what()));
    }
  }
  Logger()->set_level(Level(lowest));
}

void Log(LogLevel level, std::string_view line) {
  Logger()->log(Level(level), fmt::string_view(line.data(), line.size()));
}

}  // namespace epochcost
