#include "probe/proc/text.h"

#include <charconv>

namespace epochcost::probe {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

// The next line without its newline; `text` is moved behind it.
std::string_view TakeLine(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

std::string_view TakeWord(std::string_view& text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  std::size_t length = 0;
  while (length < text.size() && !IsBlank(text[length]) && text[length] != '\n') ++length;
  const std::string_view word = text.substr(0, length);
  text.remove_prefix(length);
  return word;
}

// Numbers of a line by their position, the first is 0. Missing ones stay empty.
template <std::size_t N>
bool TakeNumbers(std::string_view line, std::int64_t (&numbers)[N]) {
  for (std::int64_t& number : numbers) {
    const auto taken = TakeNumber(line);
    if (!taken) return false;
    number = *taken;
  }
  return true;
}

}  // namespace

std::optional<std::int64_t> TakeNumber(std::string_view& text) {
  std::string_view rest = text;
  while (!rest.empty() && IsBlank(rest.front())) rest.remove_prefix(1);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  if (error != std::errc{}) return std::nullopt;
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  text = rest;
  return number;
}

std::optional<std::int64_t> NumberOf(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    std::string_view line = TakeLine(text);
    if (TakeWord(line) == key) return TakeNumber(line);
  }
  return std::nullopt;
}

std::optional<ProcessStat> ParseStat(std::string_view text) {
  ProcessStat stat;
  const auto pid = TakeNumber(text);
  // The name stands in parentheses and may hold anything, parentheses and newlines too; what
  // follows the last one are fields.
  const std::size_t name_end = text.rfind(')');
  if (!pid || name_end == std::string_view::npos) return std::nullopt;
  text.remove_prefix(name_end + 1);
  const std::string_view state = TakeWord(text);
  // Fields 4 (ppid) to 22 (starttime) of proc(5).
  std::int64_t fields[19];
  if (state.size() != 1 || !TakeNumbers(text, fields)) return std::nullopt;
  const auto field = [&fields](int number) { return fields[number - 4]; };
  stat.pid = static_cast<pid_t>(*pid);
  stat.state = state.front();
  stat.parent = static_cast<pid_t>(field(4));
  if (field(16) < 0 || field(17) < 0 || field(16) > INT64_MAX - field(17)) return std::nullopt;
  stat.children_ticks = field(16) + field(17);
  stat.threads = field(20);
  stat.start_ticks = field(22);
  return stat;
}

std::optional<ProcessPages> ParseStatm(std::string_view text) {
  std::int64_t fields[3];  // size, resident, shared
  if (!TakeNumbers(text, fields)) return std::nullopt;
  return ProcessPages{fields[1], fields[2]};
}

std::optional<ProcessShare> ParseSmapsRollup(std::string_view text) {
  const auto anonymous = NumberOf(text, "Pss_Anon:");
  const auto shared_memory = NumberOf(text, "Pss_Shmem:");
  if (!anonymous || !shared_memory) return std::nullopt;
  constexpr std::int64_t kMost = INT64_MAX / 1024;
  if (*anonymous < 0 || *shared_memory < 0 || *anonymous > kMost || *shared_memory > kMost) {
    return std::nullopt;
  }
  return ProcessShare{*anonymous * 1024, *shared_memory * 1024};
}

std::optional<InterfaceBytes> ParseNetDev(std::string_view text) {
  InterfaceBytes bytes;
  while (!text.empty()) {
    std::string_view line = TakeLine(text);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;  // the two lines of headings
    std::string_view name = line.substr(0, colon);
    while (!name.empty() && IsBlank(name.front())) name.remove_prefix(1);
    line.remove_prefix(colon + 1);
    std::int64_t fields[9];  // eight of receiving, then transmitted bytes
    if (!TakeNumbers(line, fields)) return std::nullopt;
    ++bytes.interfaces;
    if (name == "lo") {
      bytes.loopback += fields[8];
      continue;
    }
    if (__builtin_add_overflow(bytes.in, fields[0], &bytes.in) ||
        __builtin_add_overflow(bytes.out, fields[8], &bytes.out)) {
      return std::nullopt;
    }
  }
  if (bytes.interfaces == 0) return std::nullopt;
  return bytes;
}

void AppendNumbers(std::string_view text, std::vector<pid_t>& out) {
  while (!text.empty()) {
    const auto number = TakeNumber(text);
    if (number) {
      out.push_back(static_cast<pid_t>(*number));
    } else {
      text.remove_prefix(1);
    }
  }
}

}  // namespace epochcost::probe
