#pragma once
// The bytes of a mark file, as docs/formats.md lays them down. Pure: bytes in, nouns out.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "model/mark.h"

namespace epochcost::probe::marks {

inline constexpr std::int64_t kHeaderBytes = 128;
inline constexpr std::int64_t kRecordBytes = 128;
inline constexpr std::int64_t kFirstRecords = 1'024;    // room for these when a file is made
inline constexpr std::int64_t kMaxRecords = 2'097'152;  // a longer file is not a mark file
inline constexpr std::int64_t kCountersOffset = 32;     // steps, samples, time of the last step
inline constexpr std::size_t kNameBytes = 76;

using Block = std::array<std::uint8_t, 128>;  // a header or a record
using BlockView = std::span<const std::uint8_t, 128>;

// Who writes, and its counters, which are overwritten in place.
struct MarkFileHeader {
  std::uint32_t pid = 0;
  std::int64_t start_ticks = 0;  // /proc/<pid>/stat field 22
  std::int32_t replica = 0;
  std::int32_t world_size = 0;  // 0: the program does not know
  std::int64_t steps = 0;       // cumulative
  std::int64_t samples = 0;     // cumulative
  BootTime last_step;
  friend bool operator==(const MarkFileHeader&, const MarkFileHeader&) = default;
};

[[nodiscard]] Block EncodeHeader(const MarkFileHeader& header);

// Errors: kCorrupt, no mark file; kUnsupported, of a version we do not know. Counters below zero,
// which no writer writes, are read as they stand.
[[nodiscard]] Result<MarkFileHeader> DecodeHeader(BlockView bytes);

// The replica is the header's and is not in the record. A longer name is cut at a character.
[[nodiscard]] Block EncodeMark(const Mark& mark);

// The CRC-32 of bytes 0–123, which a record carries in its last four.
[[nodiscard]] std::uint32_t Checksum(BlockView bytes);

// Whether a record was written here at all.
[[nodiscard]] bool IsWritten(BlockView bytes);

// Errors: kCorrupt, the checksum is wrong, perhaps because the record is half written;
// kInvalidInput and kUnsupported, it is whole and cannot be.
[[nodiscard]] Result<Mark> DecodeMark(BlockView bytes, std::int32_t replica);

// "4711-90210.marks"
[[nodiscard]] std::string MarkFileName(std::uint32_t pid, std::int64_t start_ticks);

struct WriterIdentity {
  std::uint32_t pid = 0;
  std::int64_t start_ticks = 0;
};
// The inverse of MarkFileName; nothing for any other name.
[[nodiscard]] std::optional<WriterIdentity> ParseMarkFileName(std::string_view name);

}  // namespace epochcost::probe::marks
