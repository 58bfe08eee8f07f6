#include "probe/gpu/gpu_recording.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <ranges>
#include <utility>

#include "base/text.h"
#include "model/replica.h"

namespace epochcost::probe {
namespace {

constexpr std::string_view kHeader = "epochcost-gpus 1";
constexpr std::size_t kMostReadings = 20'000'000;

std::string_view TakeWord(std::string_view& rest) {
  while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  const std::size_t end = std::min(rest.find(' '), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(end);
  return word;
}

std::optional<std::int64_t> Number(std::string_view word) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc{} || end != word.data() + word.size() || number < 0) return std::nullopt;
  return number;
}

// "key number key number …" of a line; a name stands last and takes the rest.
struct Fields {
  std::map<std::string, std::int64_t, std::less<>> numbers;
  std::string uuid;
  std::string name;

  [[nodiscard]] std::optional<std::int64_t> Get(std::string_view key) const {
    const auto found = numbers.find(key);
    return found == numbers.end() ? std::nullopt : std::optional(found->second);
  }
};

std::optional<Fields> ParseFields(std::string_view rest) {
  Fields fields;
  while (true) {
    const std::string_view key = TakeWord(rest);
    if (key.empty()) return fields;
    if (key == "name") {
      fields.name = rest.empty() ? "" : rest.substr(1);
      return fields;
    }
    const std::string_view value = TakeWord(rest);
    if (key == "uuid") {
      fields.uuid = value;
      continue;
    }
    const auto number = Number(value);
    if (!number) return std::nullopt;
    fields.numbers.insert_or_assign(std::string(key), *number);
  }
}

class Parser {
 public:
  [[nodiscard]] Result<GpuRecording> Parse(std::string_view text) {
    if (!text.starts_with(kHeader) || text.substr(kHeader.size()).empty() ||
        text[kHeader.size()] != '\n') {
      const std::string_view line = text.substr(0, std::min<std::size_t>(text.find('\n'), 40));
      return Fail(
          line.starts_with("epochcost-gpus ") ? ErrorCode::kUnsupported : ErrorCode::kInvalidInput,
          Say("not a recording of GPUs: '{}'", line), Say("it begins with '{}'", kHeader));
    }
    text.remove_prefix(kHeader.size() + 1);
    for (std::size_t number = 2; !text.empty(); ++number) {
      const std::size_t end = text.find('\n');
      if (end == std::string_view::npos) break;
      const std::string_view line = text.substr(0, end);
      text.remove_prefix(end + 1);
      if (line.empty() || line.front() == '#') continue;
      if (const std::string flaw = Take(line); !flaw.empty()) {
        return Fail(ErrorCode::kInvalidInput,
                    Say("line {} of the recording of GPUs: '{}'", number, line.substr(0, 80)),
                    flaw);
      }
    }
    std::ranges::stable_sort(recording_.readings, {},
                             [](const RecordedReading& one) { return one.reading.at; });
    return std::move(recording_);
  }

 private:
  std::string Take(std::string_view line) {
    const std::string_view verb = TakeWord(line);
    if (verb == "gpm") {
      recording_.has_gpm = true;
      return {};
    }
    if (verb == "gpu") return TakeGpu(line);
    if (verb != "at") return Say("it begins with neither gpu, gpm nor at");
    const auto at = Number(TakeWord(line));
    if (!at) return Say("at needs a time in milliseconds");
    const BootTime when{*at * kNanosPerMilli};
    const std::string_view what = TakeWord(line);
    if (what == "trouble") {
      const std::string kind(TakeWord(line));
      recording_.troubles.push_back({when, kind, std::string(TakeWord(line))});
      return {};
    }
    const auto number = Number(TakeWord(line));
    if (!number || static_cast<std::size_t>(*number) >= recording_.gpus.size())
      return Say("it names no GPU of the recording");
    const auto gpu = static_cast<std::size_t>(*number);
    if (what == "process") return TakeProcess(when, gpu, line);
    return what == "gpu" ? TakeReading(when, gpu, line) : Say("it names no GPU of the recording");
  }

  std::string TakeGpu(std::string_view line) {
    const auto fields = ParseFields(line);
    if (!fields || fields->uuid.empty()) return Say("a GPU needs a uuid, and whole numbers");
    Gpu gpu;
    gpu.index = fields->Get("index").value_or(0);
    gpu.instance = fields->Get("instance");
    gpu.uuid = fields->uuid;
    gpu.name = fields->name;
    gpu.memory_bytes = fields->Get("memory").value_or(0);
    gpu.power_limit_mw = fields->Get("power_limit_mw").value_or(0);
    gpu.share = fields->Get("share_ppm").value_or(kAll);
    recording_.gpus.push_back(std::move(gpu));
    return {};
  }

  std::string TakeReading(BootTime at, std::size_t gpu, std::string_view line) {
    const auto fields = ParseFields(line);
    if (!fields) return Say("its values are not whole numbers");
    if (recording_.readings.size() == kMostReadings) return Say("it is too long");
    GpuReading reading;
    reading.at = at;
    reading.busy = fields->Get("busy_ppm");
    reading.energy_uj = fields->Get("energy_uj");
    reading.power_mw = fields->Get("power_mw");
    reading.memory_used_bytes = fields->Get("memory_used");
    reading.clock_mhz = fields->Get("clock_mhz");
    reading.throttle = static_cast<std::uint64_t>(fields->Get("throttle").value_or(0));
    reading.knows_processes = fields->Get("processes").has_value();
    if (reading.busy.value_or(0) > kAll) return Say("it is busy for more than all of the time");
    recording_.readings.push_back({gpu, std::move(reading)});
    return {};
  }

  // A process belongs to its GPU's reading before it.
  std::string TakeProcess(BootTime at, std::size_t gpu, std::string_view line) {
    const auto fields = ParseFields(line);
    if (!fields || !fields->Get("pid")) return Say("a process needs a pid, and whole numbers");
    for (auto& one : std::views::reverse(recording_.readings)) {
      if (one.gpu != gpu || one.reading.at != at) continue;
      GpuProcess process{static_cast<pid_t>(*fields->Get("pid")),
                         fields->Get("memory"),
                         fields->Get("busy_ppm"),
                         {}};
      if (const auto rank = fields->Get("rank")) process.rank = static_cast<std::int32_t>(*rank);
      one.reading.processes.push_back(process);
      return {};
    }
    return Say("a process follows the reading of its GPU");
  }

  GpuRecording recording_;
};

void Put(std::string& line, std::string_view key, const std::optional<std::int64_t>& value) {
  if (value) line += fmt::format(" {} {}", key, *value);
}

}  // namespace

Result<GpuRecording> ParseGpuRecording(std::string_view text) { return Parser().Parse(text); }

std::string GpuRecordingHeader(const std::vector<Gpu>& gpus) {
  std::string text = fmt::format("{}\n", kHeader);
  for (const Gpu& gpu : gpus) {
    text += fmt::format("gpu index {}", gpu.index);
    Put(text, "instance", gpu.instance);
    text += fmt::format(" memory {} power_limit_mw {} share_ppm {} uuid {} name {}\n",
                        gpu.memory_bytes, gpu.power_limit_mw, gpu.share, gpu.uuid, gpu.name);
  }
  return text;
}

std::string GpuRecordingLine(std::size_t gpu, Nanos since_start, const GpuReading& reading) {
  const std::int64_t at = since_start.Count() / kNanosPerMilli;
  std::string text = fmt::format("at {} gpu {}", at, gpu);
  Put(text, "busy_ppm", reading.busy);
  Put(text, "energy_uj", reading.energy_uj);
  Put(text, "power_mw", reading.power_mw);
  Put(text, "memory_used", reading.memory_used_bytes);
  Put(text, "clock_mhz", reading.clock_mhz);
  if (reading.throttle != 0) text += fmt::format(" throttle {}", reading.throttle);
  if (reading.knows_processes) text += fmt::format(" processes {}", reading.processes.size());
  text += "\n";
  for (const GpuProcess& process : reading.processes) {
    text += fmt::format("at {} process {} pid {}", at, gpu, process.pid);
    Put(text, "memory", process.memory_bytes);
    Put(text, "busy_ppm", process.busy);
    if (process.rank.value_or(kSharedReplica) >= 0) Put(text, "rank", process.rank);
    text += "\n";
  }
  return text;
}

}  // namespace epochcost::probe
