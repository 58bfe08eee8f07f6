#pragma once
// How frameworks print that an epoch begins or ends: one line at a time.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace epochcost::meter {

enum class Form : std::uint8_t {
  kKeras,
  kHeading,
  kMetrics,
  kSteps,
  kTqdm,
  kLightning,
  kHfTrainer,
  kFairseqBegin,
  kFairseqSteps,
  kFairseqEnd,
  kYolo,
  kTimm,
};

// Forms that one program prints beside each other. A program has one voice: the first heard.
enum class Voice : std::uint8_t { kGeneric, kHfTrainer, kFairseq, kYolo, kTimm };

struct FormInfo {
  Form form;
  Voice voice;
  std::string_view name;     // as a run's `epochs_from` says it, after "printed: "
  std::string_view example;  // a line that it recognises
  bool at_end;               // printed at the end of its epoch, else at the start or within it
  std::optional<int> base;   // the first epoch's number; absent: the first number seen decides
};
[[nodiscard]] std::span<const FormInfo> Forms();
[[nodiscard]] const FormInfo& Info(Form form);

// A number of an epoch in a line.
struct Sighting {
  Form form{};
  bool at_end = false;
  std::int64_t number = 0;            // as printed; kHfTrainer: how many epochs are over
  std::optional<std::int64_t> total;  // as printed behind a slash or "of"
};

// `line` has no control characters and no end. `in_table`: a heading with IsTableHeading came
// before.
[[nodiscard]] std::optional<Sighting> Classify(std::string_view line, bool in_table);

// The heading of the table that YOLO prints for each epoch; its rows name the epoch without a word.
[[nodiscard]] bool IsTableHeading(std::string_view line);

// Whether the form can be told from the beginning of a line already, before its end is there.
[[nodiscard]] constexpr bool IsBar(Form form) {
  return form == Form::kTqdm || form == Form::kLightning;
}

}  // namespace epochcost::meter
