#include "app/process_words.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

namespace epochcost::app {
namespace {

// Words that each end with a zero byte.
std::vector<std::string> WordsIn(const std::string& path) {
  std::ifstream file(path);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  std::vector<std::string> words;
  for (std::size_t at = 0; at < bytes.size();) {
    words.emplace_back(bytes.c_str() + at);
    at += words.back().size() + 1;
  }
  return words;
}

}  // namespace

std::vector<std::string> CommandLineOf(pid_t pid) {
  return WordsIn(fmt::format("/proc/{}/cmdline", pid));
}

std::vector<std::string> EnvironmentOf(pid_t pid) {
  return WordsIn(fmt::format("/proc/{}/environ", pid));
}

}  // namespace epochcost::app
