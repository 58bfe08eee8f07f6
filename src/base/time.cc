#include "base/time.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <ctime>
#include <optional>

namespace epochcost {
namespace {

std::int64_t Read(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return std::int64_t{now.tv_sec} * kNanosPerSecond + now.tv_nsec;
}

// Exactly `width` digits from the front of `text`, which they leave.
std::optional<int> TakeDigits(std::string_view& text, std::size_t width) {
  int value = 0;
  if (text.size() < width) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + width, value);
  if (error != std::errc{} || end != text.data() + width || text[0] == '-') return std::nullopt;
  text.remove_prefix(width);
  return value;
}

bool Take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::int64_t> ParseDate(std::string_view& text) {
  const auto year = TakeDigits(text, 4);
  if (!year || !Take(text, '-')) return std::nullopt;
  const auto month = TakeDigits(text, 2);
  if (!month || !Take(text, '-')) return std::nullopt;
  const auto day = TakeDigits(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  // int64 nanoseconds reach from 1678 to 2261.
  if (!date.ok() || *year < 1970 || *year > 2261) return std::nullopt;
  return std::chrono::sys_days{date}.time_since_epoch().count() * 86'400LL * kNanosPerSecond;
}

std::optional<std::int64_t> ParseFraction(std::string_view& text) {
  std::int64_t nanos = 0;
  int digits = 0;
  while (!text.empty() && text[0] >= '0' && text[0] <= '9' && digits < 9) {
    nanos = nanos * 10 + (text[0] - '0');
    text.remove_prefix(1);
    ++digits;
  }
  if (digits == 0) return std::nullopt;
  for (; digits < 9; ++digits) nanos *= 10;
  return nanos;
}

std::optional<std::int64_t> ParseTimeOfDay(std::string_view& text) {
  const auto hour = TakeDigits(text, 2);
  if (!hour || *hour > 23 || !Take(text, ':')) return std::nullopt;
  const auto minute = TakeDigits(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  std::int64_t seconds = *hour * 3600LL + *minute * 60LL;
  std::int64_t nanos = 0;
  if (Take(text, ':')) {
    const auto second = TakeDigits(text, 2);
    if (!second || *second > 59) return std::nullopt;
    seconds += *second;
    if (Take(text, '.')) {
      const auto fraction = ParseFraction(text);
      if (!fraction) return std::nullopt;
      nanos = *fraction;
    }
  }
  return seconds * kNanosPerSecond + nanos;
}

// "Z" or "+08:00"; what is to be subtracted to reach UTC.
std::optional<std::int64_t> ParseZone(std::string_view& text) {
  if (Take(text, 'Z')) return 0;
  const bool east = Take(text, '+');
  if (!east && !Take(text, '-')) return std::nullopt;
  const auto offset = ParseTimeOfDay(text);
  if (!offset) return std::nullopt;
  return east ? *offset : -*offset;
}

std::optional<std::int64_t> ParseInstant(std::string_view text) {
  const auto day = ParseDate(text);
  if (!day) return std::nullopt;
  if (text.empty()) return day;
  if (!Take(text, 'T') && !Take(text, ' ')) return std::nullopt;
  const auto time = ParseTimeOfDay(text);
  if (!time) return std::nullopt;
  const auto zone = ParseZone(text);
  if (!zone || !text.empty()) return std::nullopt;
  return *day + *time - *zone;
}

}  // namespace

UtcTime SystemClock::Utc() const { return UtcTime{Read(CLOCK_REALTIME)}; }
BootTime SystemClock::Boot() const { return BootTime{Read(CLOCK_BOOTTIME)}; }
std::int64_t SystemClock::MonotonicNs() const { return Read(CLOCK_MONOTONIC); }

std::string FormatUtc(UtcTime time) {
  std::int64_t seconds = time.ns / kNanosPerSecond;
  std::int64_t nanos = time.ns % kNanosPerSecond;
  if (nanos < 0) {
    nanos += kNanosPerSecond;
    --seconds;
  }
  const std::time_t clock = seconds;
  std::tm parts{};
  gmtime_r(&clock, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     nanos / kNanosPerMilli);
}

Result<UtcTime> ParseUtc(std::string_view text) {
  if (const auto ns = ParseInstant(text)) return UtcTime{*ns};
  return Fail(ErrorCode::kInvalidInput, fmt::format("not a time: '{}'", text.substr(0, 40)),
              "a time is ISO 8601 with a zone, between 1970 and 2261",
              "for example 2026-11-20 or 2026-11-20T08:00:00+08:00");
}

std::string FormatDuration(Nanos duration) {
  const std::int64_t ns = duration.Count();
  if (ns < 0) return "−" + FormatDuration(-duration);
  const std::int64_t ms = ns / kNanosPerMilli;
  if (ms < 1000) return fmt::format("{} ms", ms);
  const std::int64_t seconds = ms / 1000;
  if (seconds < 60) return fmt::format("{}.{} s", seconds, ms % 1000 / 100);
  const std::int64_t minutes = seconds / 60;
  if (minutes < 60) return fmt::format("{} m {:02} s", minutes, seconds % 60);
  return fmt::format("{} h {:02} m", minutes / 60, minutes % 60);
}

}  // namespace epochcost
