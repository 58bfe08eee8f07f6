#pragma once
// The words in which the tests of this room tell their stories: times in ms after the run's start.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "meter/meter.h"

namespace epochcost::meter {

inline constexpr std::int64_t kMs = kNanosPerMilli;
inline constexpr std::int64_t kStart = 1'000 * kNanosPerSecond;
inline constexpr std::int64_t kUtc = 1'700'000'000 * kNanosPerSecond;

inline BootTime At(std::int64_t ms) { return {kStart + ms * kMs}; }
inline UtcTime UtcAt(std::int64_t ms) { return {kUtc + ms * kMs}; }

inline MeterConfig Config(bool memory_per_epoch = false) {
  return {.project = ProjectId{"p"},
          .agent = AgentId{"a"},
          .boot = BootId{"b"},
          .run = RunId{"r"},
          .boot_anchor = At(0),
          .utc_anchor = UtcAt(0),
          .memory_per_epoch = memory_per_epoch};
}

inline Sample Cpu(std::int64_t ms, Wide value, std::int32_t replica = 0,
                  SourceKind source = SourceKind::kCgroupCpuStat) {
  return {Signal::kCpuNs, source, replica, At(ms), value};
}
inline Sample Memory(std::int64_t ms, Wide bytes, std::int32_t replica = 0) {
  return {Signal::kMemoryBytes, SourceKind::kCgroupMemory, replica, At(ms), bytes};
}
inline Mark MarkAt(std::int64_t ms, MarkKind kind, std::int64_t index = 0, std::string name = {},
                   std::int32_t replica = 0) {
  return {.kind = kind, .replica = replica, .index = index, .at = At(ms), .name = std::move(name)};
}
inline Mark Begin(std::int64_t ms, std::int64_t epoch, std::int32_t replica = 0) {
  return MarkAt(ms, MarkKind::kEpochBegin, epoch, {}, replica);
}
inline Mark End(std::int64_t ms, std::int64_t epoch) {
  return MarkAt(ms, MarkKind::kEpochEnd, epoch);
}
inline Mark PhaseBegin(std::int64_t ms, std::string name) {
  return MarkAt(ms, MarkKind::kPhaseBegin, 0, std::move(name));
}
inline Mark PhaseEnd(std::int64_t ms, std::string name) {
  return MarkAt(ms, MarkKind::kPhaseEnd, 0, std::move(name));
}

inline void Poll(Meter& meter, std::int64_t ms, std::vector<Sample> samples,
                 std::vector<Mark> marks = {}) {
  meter.Advance(At(ms), samples, marks);
}

}  // namespace epochcost::meter
