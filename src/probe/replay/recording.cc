#include "probe/replay/recording.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/text.h"
#include "probe/kept_file.h"
#include "probe/proc/text.h"

namespace epochcost::probe {
namespace {

constexpr std::string_view kMagic = "epochcost recording ";
constexpr int kVersion = 1;

// The order is Signal's.
constexpr std::array<std::string_view, static_cast<std::size_t>(kLastSignal) + 1> kSignals = {
    "gpu_busy_ns",      "cpu_ns",        "memory_bytes",  "network_in_bytes", "network_out_bytes",
    "loopback_bytes",   "gpu_held_ns",   "gpu_energy_uj", "cpu_energy_uj",    "disk_read_bytes",
    "disk_write_bytes", "rdma_in_bytes", "rdma_out_bytes"};

std::string_view TakeWord(std::string_view& line) {
  const std::size_t start = std::min(line.find_first_not_of(' '), line.size());
  line.remove_prefix(start);
  const std::string_view word = line.substr(0, line.find(' '));
  line.remove_prefix(word.size());
  return word;
}

std::optional<Sample> ParseLine(std::string_view line) {
  Sample sample;
  const auto at = TakeNumber(line);
  const std::string_view signal = TakeWord(line);
  const auto replica = TakeNumber(line);
  const auto value = ParseWide(TakeWord(line));
  const auto source = ParseSource(TakeWord(line));
  const auto quality = ParseQuality(TakeWord(line));
  const auto* const known = std::ranges::find(kSignals, signal);
  if (!at || !replica || !value || !source || !quality || known == kSignals.end())
    return std::nullopt;
  if (!TakeWord(line).empty() || *replica < 0 || *replica > INT32_MAX || *value < 0)
    return std::nullopt;
  sample.signal = static_cast<Signal>(known - kSignals.begin());
  sample.source = *source;
  sample.replica = static_cast<std::int32_t>(*replica);
  sample.at = BootTime{*at};
  sample.value = *value;
  sample.quality = *quality;
  return sample;
}

Result<void> CheckHeader(std::string_view header) {
  if (!header.starts_with(kMagic)) {
    return Fail(ErrorCode::kInvalidInput, Say("not a recording"),
                Say("its first line is not: {}", RecordingHeader().substr(0, kMagic.size() + 1)));
  }
  header.remove_prefix(kMagic.size());
  const auto version = TakeNumber(header);
  if (!version || !header.empty()) return Fail(ErrorCode::kInvalidInput, Say("not a recording"));
  if (*version == kVersion) return {};
  return Fail(ErrorCode::kUnsupported, Say("a recording of version {}", *version),
              Say("this program knows version {}", kVersion));
}

}  // namespace

Result<std::vector<Sample>> ParseRecording(std::string_view text) {
  std::vector<Sample> samples;
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (number == 1) {
      if (auto header = CheckHeader(line); !header) return tl::unexpected(header.error());
      continue;
    }
    if (line.empty() || line.front() == '#') continue;
    const auto sample = ParseLine(line);
    if (!sample)
      return Fail(ErrorCode::kInvalidInput, Say("line {} of the recording is no reading", number));
    if (!samples.empty() && sample->at < samples.back().at) {
      return Fail(ErrorCode::kInvalidInput, Say("line {} of the recording is no reading", number),
                  Say("it is earlier than the one before it"));
    }
    samples.push_back(*sample);
  }
  if (samples.empty()) return Fail(ErrorCode::kInvalidInput, Say("the recording is empty"));
  return samples;
}

Result<std::vector<Sample>> ReadRecording(const std::string& path) {
  const auto text = ReadWhole(path);
  if (!text) return tl::unexpected(text.error());
  auto samples = ParseRecording(*text);
  if (!samples) samples.error().what = path + ": " + samples.error().what;
  return samples;
}

std::string RecordingHeader() { return fmt::format("{}{}\n", kMagic, kVersion); }

std::string RecordingLine(const Sample& sample) {
  return fmt::format("{} {} {} {} {} {}\n", sample.at.ns,
                     kSignals.at(static_cast<std::size_t>(sample.signal)), sample.replica,
                     ToString(sample.value), Info(sample.source).name, Name(sample.quality));
}

Result<void> Replay::Poll(BootTime now, std::vector<Sample>& out) {
  if (samples_.empty()) return {};
  if (!shift_) shift_ = now - samples_.front().at;
  for (; next_ < samples_.size() && samples_[next_].at + *shift_ <= now; ++next_) {
    out.push_back(samples_[next_]);
    out.back().at = samples_[next_].at + *shift_;
  }
  return {};
}

Result<std::unique_ptr<Source>> Recorder::Open(std::unique_ptr<Source> source,
                                               const std::string& path) {
  std::FILE* const file = std::fopen(path.c_str(), "we");
  if (file == nullptr)
    return Fail(ErrorCode::kIo, Say("cannot write {}", path), SystemReason(errno));
  std::fputs(RecordingHeader().c_str(), file);
  return std::unique_ptr<Source>(new Recorder(std::move(source), file));
}

Result<void> Recorder::Poll(BootTime now, std::vector<Sample>& out) {
  const std::size_t before = out.size();
  auto polled = source_->Poll(now, out);
  for (std::size_t i = before; i < out.size() && !has_failed_; ++i) {
    has_failed_ = std::fputs(RecordingLine(out[i]).c_str(), file_.get()) < 0;
  }
  has_failed_ = has_failed_ || std::fflush(file_.get()) != 0;
  return polled;
}

std::optional<std::string> Recorder::TakeNotice() {
  if (has_failed_ && !std::exchange(was_told_, true)) {
    return Say("the recording ends here: it could not be written on");
  }
  return source_->TakeNotice();
}

}  // namespace epochcost::probe
