#pragma once
// A story: what was read, marked and priced, and what the ledger and the epochs must say of it.
// README.md beside this tells the form of the files.

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/mark.h"
#include "model/price.h"
#include "model/sample.h"

namespace epochcost::story {

// All instants of a story are milliseconds after its start.
inline constexpr std::int64_t kStartBootNs = 1'000 * kNanosPerSecond;
inline constexpr std::int64_t kStartUtcNs = 1'767'225'600 * kNanosPerSecond;  // 2026-01-01
[[nodiscard]] constexpr BootTime BootAt(std::int64_t ms) {
  return {kStartBootNs + ms * kNanosPerMilli};
}
[[nodiscard]] constexpr UtcTime UtcAt(std::int64_t ms) {
  return {kStartUtcNs + ms * kNanosPerMilli};
}
[[nodiscard]] constexpr std::int64_t MsOf(UtcTime time) {
  return (time.ns - kStartUtcNs) / kNanosPerMilli;
}

struct Told {
  std::vector<PriceSheet> sheets;                     // versions of one sheet
  std::map<std::int64_t, std::vector<Sample>> polls;  // by instant
  std::map<std::int64_t, std::vector<Mark>> marks;    // by the instant at which they are seen
};

// The part of a story above "----". Error kInvalidInput names the line.
[[nodiscard]] Result<Told> Read(const std::string& text);

// What the meter, the prices and the ledger make of it, in the form of the part below "----".
[[nodiscard]] Result<std::string> Tell(const Told& told);

}  // namespace epochcost::story
