#include "probe/marks/mark_format.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

#include "base/retell.h"

namespace epochcost::probe::marks {
namespace {

static_assert(std::endian::native == std::endian::little, "mark files are little endian");

constexpr std::string_view kMagic = "ECMARKS1";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kChecksumAt = 124;

template <class T>
void Put(Block& block, std::size_t at, T value) {
  std::memcpy(block.data() + at, &value, sizeof(value));
}

template <class T>
T Get(BlockView bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof(value));
  return value;
}

// The longest head of `name` that fits and does not end inside a character.
std::string_view CutAtCharacter(std::string_view name) {
  if (name.size() <= kNameBytes) return name;
  std::size_t size = kNameBytes;
  while (size > 0 && (static_cast<unsigned char>(name[size]) & 0xC0U) == 0x80U) --size;
  return name.substr(0, size);
}

// Shortest form, no surrogates, nothing above U+10FFFF, and no control characters: names are shown.
bool IsPrintableUtf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (lead < 0x20 || lead == 0x7F || (lead >= 0x80 && lead < 0xC2) || lead > 0xF4) return false;
    if (at + length > text.size()) return false;
    std::uint32_t point = length == 1 ? lead : lead & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
      const auto next = static_cast<unsigned char>(text[at + i]);
      if ((next & 0xC0U) != 0x80U) return false;
      point = (point << 6U) | (next & 0x3FU);
    }
    if ((length == 3 && point < 0x800) || (length == 4 && point < 0x10000)) return false;
    if ((point >= 0xD800 && point <= 0xDFFF) || point > 0x10FFFF) return false;
    at += length;
  }
  return true;
}

// A budget's name holds a zero between project and currency; the padding behind is not part of it.
std::string NameIn(BlockView bytes, MarkKind kind) {
  const std::string_view field(reinterpret_cast<const char*>(bytes.data()) + 48, kNameBytes);
  if (kind != MarkKind::kBudget) return std::string(field.substr(0, field.find('\0')));
  const std::size_t last = field.find_last_not_of('\0');
  return std::string(field.substr(0, last == std::string_view::npos ? 0 : last + 1));
}

tl::unexpected<Error> Refuse(ErrorCode code, std::string what) {
  return Fail(code, std::move(what));
}

Result<Mark> Checked(Mark mark) {
  if (mark.at.ns <= 0) {
    return Refuse(ErrorCode::kInvalidInput, ForRecord("time {} is no time", mark.at.ns));
  }
  if (mark.index < 0) {
    return Refuse(ErrorCode::kInvalidInput, ForRecord("index {} is below zero", mark.index));
  }
  if (mark.steps < 0 || mark.samples < 0) {
    return Refuse(ErrorCode::kInvalidInput,
                  ForRecord("steps {} or samples {} are below zero", mark.steps, mark.samples));
  }
  if (mark.kind == MarkKind::kMetric && !std::isfinite(mark.value)) {
    return Refuse(ErrorCode::kInvalidInput, "the metric is not a finite number");
  }
  std::string readable = mark.name;
  if (mark.kind == MarkKind::kBudget) std::ranges::replace(readable, '\0', ' ');
  if (!IsPrintableUtf8(readable)) {
    return Refuse(ErrorCode::kInvalidInput, "the name is not printable UTF-8");
  }
  const bool is_named = mark.kind == MarkKind::kPhaseBegin || mark.kind == MarkKind::kPhaseEnd ||
                        mark.kind == MarkKind::kMetric || mark.kind == MarkKind::kBudget;
  if (is_named && mark.name.empty()) {
    return Refuse(ErrorCode::kInvalidInput, "the name is empty");
  }
  return mark;
}

}  // namespace

Block EncodeHeader(const MarkFileHeader& header) {
  Block block{};
  std::ranges::copy(kMagic, block.begin());
  Put(block, 8, kVersion);
  Put(block, 12, header.pid);
  Put(block, 16, header.start_ticks);
  Put(block, 24, header.replica);
  Put(block, 28, header.world_size);
  Put(block, kCountersOffset, header.steps);
  Put(block, kCountersOffset + 8, header.samples);
  Put(block, kCountersOffset + 16, header.last_step.ns);
  return block;
}

Result<MarkFileHeader> DecodeHeader(BlockView bytes) {
  if (!std::ranges::equal(bytes.first(kMagic.size()), kMagic, {},
                          [](std::uint8_t b) { return static_cast<char>(b); })) {
    return Refuse(ErrorCode::kCorrupt, "it does not begin with ECMARKS1");
  }
  if (const auto version = Get<std::uint32_t>(bytes, 8); version != kVersion) {
    return Refuse(ErrorCode::kUnsupported,
                  ForRecord("it is of version {}; this program reads {}", version, kVersion));
  }
  return MarkFileHeader{.pid = Get<std::uint32_t>(bytes, 12),
                        .start_ticks = Get<std::int64_t>(bytes, 16),
                        .replica = Get<std::int32_t>(bytes, 24),
                        .world_size = Get<std::int32_t>(bytes, 28),
                        .steps = Get<std::int64_t>(bytes, kCountersOffset),
                        .samples = Get<std::int64_t>(bytes, kCountersOffset + 8),
                        .last_step = {Get<std::int64_t>(bytes, kCountersOffset + 16)}};
}

Block EncodeMark(const Mark& mark) {
  Block block{};
  Put(block, 0, static_cast<std::uint32_t>(mark.kind));
  Put(block, 4, static_cast<std::uint32_t>(mark.origin));
  Put(block, 8, mark.index);
  Put(block, 16, mark.at.ns);
  Put(block, 24, mark.steps);
  Put(block, 32, mark.samples);
  Put(block, 40, mark.value);
  std::ranges::copy(CutAtCharacter(mark.name), block.begin() + 48);
  Put(block, kChecksumAt, Checksum(block));
  return block;
}

std::uint32_t Checksum(BlockView bytes) {
  return static_cast<std::uint32_t>(crc32(0, bytes.data(), kChecksumAt));
}

bool IsWritten(BlockView bytes) { return Get<std::uint32_t>(bytes, 0) != 0; }

Result<Mark> DecodeMark(BlockView bytes, std::int32_t replica) {
  if (Get<std::uint32_t>(bytes, kChecksumAt) != Checksum(bytes)) {
    return Refuse(ErrorCode::kCorrupt, "the checksum is wrong");
  }
  const auto kind = Get<std::uint32_t>(bytes, 0);
  if (kind < static_cast<std::uint32_t>(MarkKind::kEpochBegin) ||
      kind > static_cast<std::uint32_t>(MarkKind::kBudget)) {
    return Refuse(ErrorCode::kUnsupported, ForRecord("kind {} is unknown", kind));
  }
  const auto origin = Get<std::uint32_t>(bytes, 4);
  if (origin > static_cast<std::uint32_t>(MarkOrigin::kPrinted)) {
    return Refuse(ErrorCode::kUnsupported, ForRecord("origin {} is unknown", origin));
  }
  return Checked(Mark{.kind = static_cast<MarkKind>(kind),
                      .origin = static_cast<MarkOrigin>(origin),
                      .replica = replica,
                      .index = Get<std::int64_t>(bytes, 8),
                      .at = {Get<std::int64_t>(bytes, 16)},
                      .steps = Get<std::int64_t>(bytes, 24),
                      .samples = Get<std::int64_t>(bytes, 32),
                      .value = Get<double>(bytes, 40),
                      .name = NameIn(bytes, static_cast<MarkKind>(kind))});
}

std::string MarkFileName(std::uint32_t pid, std::int64_t start_ticks) {
  return fmt::format("{}-{}.marks", pid, start_ticks);
}

std::optional<WriterIdentity> ParseMarkFileName(std::string_view name) {
  constexpr std::string_view kSuffix = ".marks";
  if (!name.ends_with(kSuffix)) return std::nullopt;
  const std::string_view digits = name.substr(0, name.size() - kSuffix.size());
  const char* const end = digits.data() + digits.size();
  WriterIdentity identity;
  const auto pid = std::from_chars(digits.data(), end, identity.pid);
  if (pid.ec != std::errc{} || pid.ptr == end || *pid.ptr != '-') return std::nullopt;
  const auto start = std::from_chars(pid.ptr + 1, end, identity.start_ticks);
  if (start.ec != std::errc{} || start.ptr != end || identity.start_ticks < 0) return std::nullopt;
  // One writer, one name: "007-1.marks" is not the file of 7.
  if (MarkFileName(identity.pid, identity.start_ticks) != name) return std::nullopt;
  return identity;
}

}  // namespace epochcost::probe::marks
