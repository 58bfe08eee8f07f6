#pragma once
// What the kernel's text files say. Pure: text in, numbers out; nothing is allocated for what is
// read at every period.

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace epochcost::probe {

// A decimal number at the start of `text`, which is moved behind it and behind the blanks before
// it. Nothing where there is no digit or the number passes 63 bits.
[[nodiscard]] std::optional<std::int64_t> TakeNumber(std::string_view& text);

// The number after the line's first word `key` ("usage_usec 123", "Pss:   12 kB").
[[nodiscard]] std::optional<std::int64_t> NumberOf(std::string_view text, std::string_view key);

// /proc/<pid>/stat.
struct ProcessStat {
  pid_t pid = 0;
  char state = '?';  // 'Z' for one that nobody has waited for yet
  pid_t parent = 0;
  std::int64_t threads = 0;
  std::int64_t children_ticks = 0;  // CPU time of the children that it has waited for, and theirs
  std::int64_t start_ticks = 0;     // with the pid: who it is
};
[[nodiscard]] std::optional<ProcessStat> ParseStat(std::string_view text);

// /proc/<pid>/statm, in pages.
struct ProcessPages {
  std::int64_t resident = 0;
  std::int64_t shared = 0;  // of them: of files and of shared memory
};
[[nodiscard]] std::optional<ProcessPages> ParseStatm(std::string_view text);

// /proc/<pid>/smaps_rollup, in bytes: the process's fair share of what it has mapped.
struct ProcessShare {
  std::int64_t anonymous = 0;
  std::int64_t shared_memory = 0;
};
[[nodiscard]] std::optional<ProcessShare> ParseSmapsRollup(std::string_view text);

// /proc/<pid>/net/dev: bytes of all interfaces, loopback apart.
struct InterfaceBytes {
  std::int64_t in = 0;
  std::int64_t out = 0;
  std::int64_t loopback = 0;  // sent over it, which is what was received over it
  std::int64_t interfaces = 0;
};
[[nodiscard]] std::optional<InterfaceBytes> ParseNetDev(std::string_view text);

// Numbers separated by blanks or newlines (cgroup.procs, /proc/<pid>/task/<tid>/children),
// appended.
void AppendNumbers(std::string_view text, std::vector<pid_t>& out);

}  // namespace epochcost::probe
