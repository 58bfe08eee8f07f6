#pragma once
// A recording of readings, as a file and as a source. docs/formats.md has the form.

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "probe/source.h"

namespace epochcost::probe {

// The recorded samples in the order of their time. Errors: kInvalidInput, naming the line;
// kUnsupported, a newer version.
[[nodiscard]] Result<std::vector<Sample>> ParseRecording(std::string_view text);
[[nodiscard]] Result<std::vector<Sample>> ReadRecording(const std::string& path);

// The header, and one sample's line, both with their newline.
[[nodiscard]] std::string RecordingHeader();
[[nodiscard]] std::string RecordingLine(const Sample& sample);

// Plays a recording: at each Poll, every sample whose time has come, the first at the first Poll.
class Replay final : public Source {
 public:
  explicit Replay(std::vector<Sample> samples) : samples_(std::move(samples)) {}
  [[nodiscard]] SourceKind Kind() const override { return SourceKind::kReplay; }
  // The samples keep their source, replica and quality; their times are moved to ours.
  [[nodiscard]] Result<void> Poll(BootTime now, std::vector<Sample>& out) override;
  [[nodiscard]] bool IsAtEnd() const { return next_ == samples_.size(); }

 private:
  std::vector<Sample> samples_;
  std::size_t next_ = 0;
  std::optional<Nanos> shift_;
};

// Passes readings on and writes them down.
class Recorder final : public Source {
 public:
  // Error kIo: `path` cannot be made.
  [[nodiscard]] static Result<std::unique_ptr<Source>> Open(std::unique_ptr<Source> source,
                                                            const std::string& path);
  [[nodiscard]] SourceKind Kind() const override { return source_->Kind(); }
  // A recording that cannot be written on costs no reading: it ends, and this is told.
  [[nodiscard]] Result<void> Poll(BootTime now, std::vector<Sample>& out) override;
  [[nodiscard]] std::optional<std::string> TakeNotice() override;

 private:
  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  Recorder(std::unique_ptr<Source> source, std::FILE* file)
      : source_(std::move(source)), file_(file) {}

  std::unique_ptr<Source> source_;
  std::unique_ptr<std::FILE, Closer> file_;
  bool has_failed_ = false;
  bool was_told_ = false;
};

}  // namespace epochcost::probe
