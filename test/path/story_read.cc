#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <sstream>

#include "story.h"
#include "tariff/sheet_file.h"

namespace epochcost::story {
namespace {

using Words = std::vector<std::string>;

// A signal as a story says it, and how many base units its number counts.
struct Spoken {
  std::string_view word;
  Signal signal;
  SourceKind source;
  std::int64_t units;
};
constexpr std::array kSpoken = {
    Spoken{"cpu_ms", Signal::kCpuNs, SourceKind::kCgroupCpuStat, 1'000'000},
    Spoken{"gpu_ms", Signal::kGpuBusyNs, SourceKind::kReplay, 1'000'000},
    Spoken{"memory_mb", Signal::kMemoryBytes, SourceKind::kCgroupMemory, 1'000'000},
    Spoken{"in_mb", Signal::kNetworkInBytes, SourceKind::kBpfCgroupSkb, 1'000'000},
    Spoken{"out_mb", Signal::kNetworkOutBytes, SourceKind::kBpfCgroupSkb, 1'000'000},
    Spoken{"loopback_mb", Signal::kLoopbackBytes, SourceKind::kBpfCgroupSkb, 1'000'000},
};

tl::unexpected<Error> Unclear(const Words& words) {
  return Fail(ErrorCode::kInvalidInput,
              fmt::format("a line that is not of a story: {}", fmt::join(words, " ")));
}

Result<std::int64_t> Number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return Fail(ErrorCode::kInvalidInput, fmt::format("not a whole number: {}", text));
  }
  return value;
}

std::pair<std::string, std::string> Split(const std::string& word) {
  const std::size_t equals = word.find('=');
  if (equals == std::string::npos) return {word, ""};
  return {word.substr(0, equals), word.substr(equals + 1)};
}

class Reader {
 public:
  Result<Told> Read(const std::string& text) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      std::istringstream stream(line.substr(0, line.find('#')));
      const Words words{std::istream_iterator<std::string>(stream), {}};
      if (words.empty()) continue;
      if (const Result<void> taken = Take(words); !taken) return tl::unexpected(taken.error());
    }
    return std::move(told_);
  }

 private:
  Result<void> Take(const Words& words) {
    if (words.size() < 3) return Unclear(words);
    if (words[0] == "sheet") return TakeSheet(words);
    if (words[0] == "poll") return TakePoll(words);
    if (words[0] == "every") return TakeSeries(words);
    if (words[0] == "mark") return TakeMark(words);
    return Unclear(words);
  }

  // sheet MS [basis=…] [effect=next_reading] RESOURCE=PRICE …
  Result<void> TakeSheet(const Words& words) {
    const auto ms = Number(words[1]);
    if (!ms) return tl::unexpected(ms.error());
    std::string prices;
    std::string basis = "gb_hour";
    bool at_next_reading = false;
    for (std::size_t i = 2; i < words.size(); ++i) {
      const auto [key, value] = Split(words[i]);
      if (key == "basis") {
        basis = value;
      } else if (key == "effect") {
        at_next_reading = value == "next_reading";
      } else {
        prices += fmt::format("{} = \"{}\"\n", key, value);
      }
    }
    const std::string toml = fmt::format(
        "[[sheet]]\nname = \"story\"\nprovider = \"story\"\ncurrency = \"CNY\"\n"
        "valid_from = {}\nsource = \"story\"\ndate = 2026-01-01\nmemory_basis = \"{}\"\n"
        "[sheet.prices]\n{}",
        FormatUtc(UtcAt(*ms)), basis, prices);
    auto sheets = tariff::ParseSheets(toml, "the story");
    if (!sheets) return tl::unexpected(sheets.error());
    PriceSheet& sheet = sheets->front();
    sheet.version = static_cast<std::int64_t>(told_.sheets.size()) + 1;
    if (at_next_reading) sheet.effect = Effect::kAtNextReading;
    told_.sheets.push_back(std::move(sheet));
    return {};
  }

  // poll MS SIGNAL=READING …
  Result<void> TakePoll(const Words& words) {
    const auto ms = Number(words[1]);
    if (!ms) return tl::unexpected(ms.error());
    return ReadAt(*ms, {words.begin() + 2, words.end()});
  }

  // every STEP FROM TO SIGNAL=READING …: polls at FROM, FROM + STEP … TO
  Result<void> TakeSeries(const Words& words) {
    if (words.size() < 5) return Unclear(words);
    const auto step = Number(words[1]);
    const auto from = Number(words[2]);
    const auto to = Number(words[3]);
    if (!step || !from || !to || *step <= 0) return Unclear(words);
    for (std::int64_t ms = *from; ms <= *to; ms += *step) {
      const Result<void> read = ReadAt(ms, {words.begin() + 4, words.end()});
      if (!read) return read;
    }
    return {};
  }

  // Readings are what the counter says; "+5" is five more than at the poll before.
  Result<void> ReadAt(std::int64_t ms, const Words& readings) {
    std::int32_t replica = 0;
    for (const std::string& word : readings) {
      const auto [key, value] = Split(word);
      const bool is_more = value.starts_with('+');
      const auto number = Number(std::string_view(value).substr(is_more ? 1 : 0));
      if (!number) return tl::unexpected(number.error());
      if (key == "replica") {
        replica = static_cast<std::int32_t>(*number);
        continue;
      }
      const auto* const spoken = std::ranges::find(kSpoken, key, &Spoken::word);
      if (spoken == kSpoken.end()) return Unclear(readings);
      Wide& reading = last_[{replica, spoken->signal}];
      reading = (is_more ? reading : 0) + Wide{*number} * spoken->units;
      told_.polls[ms].push_back({.signal = spoken->signal,
                                 .source = spoken->source,
                                 .replica = replica,
                                 .at = BootAt(ms),
                                 .value = reading});
    }
    return {};
  }

  // mark MS KIND [INDEX or NAME] [replica=N] [seen=MS]
  Result<void> TakeMark(const Words& words) {
    static const std::map<std::string, MarkKind> kinds = {
        {"epoch_begin", MarkKind::kEpochBegin}, {"epoch_end", MarkKind::kEpochEnd},
        {"phase_begin", MarkKind::kPhaseBegin}, {"phase_end", MarkKind::kPhaseEnd},
        {"horizon", MarkKind::kHorizon},        {"close", MarkKind::kClose}};
    const auto ms = Number(words[1]);
    const auto kind = kinds.find(words[2]);
    if (!ms || kind == kinds.end()) return Unclear(words);
    Mark mark{.kind = kind->second, .at = BootAt(*ms)};
    std::int64_t seen = *ms;
    for (std::size_t i = 3; i < words.size(); ++i) {
      const auto [key, value] = Split(words[i]);
      const auto number = Number(value.empty() ? key : value);
      if (key == "seen" && number) {
        seen = *number;
      } else if (key == "replica" && number) {
        mark.replica = static_cast<std::int32_t>(*number);
      } else if (number && value.empty()) {
        mark.index = *number;
      } else {
        mark.name = key;
      }
    }
    told_.marks[seen].push_back(std::move(mark));
    return {};
  }

  Told told_;
  std::map<std::pair<std::int32_t, Signal>, Wide> last_;
};

}  // namespace

Result<Told> Read(const std::string& text) { return Reader().Read(text); }

}  // namespace epochcost::story
