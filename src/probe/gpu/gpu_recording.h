#pragma once
// A recording of what GPUs showed, as text; docs/formats.md has the form. Tests play it through a
// library that stands in for the driver's.

#include <string>
#include <string_view>
#include <vector>

#include "probe/gpu/gpu.h"

namespace epochcost::probe {

// What a GPU showed at an instant of the recording.
struct RecordedReading {
  std::size_t gpu = 0;  // in GpuRecording::gpus
  GpuReading reading;   // its time counts from the recording's start
};

// Something that went wrong while it was made, or that a test wants to go wrong.
struct RecordedTrouble {
  BootTime at;
  std::string kind;      // "hang", "lost", "unsupported"
  std::string argument;  // milliseconds; a GPU's index; a call's name
};

struct GpuRecording {
  std::vector<Gpu> gpus;
  std::vector<RecordedReading> readings;  // in the order of their time
  std::vector<RecordedTrouble> troubles;
  bool has_gpm = false;
};

// Errors: kInvalidInput, naming the line; kUnsupported, another version. A last line without its
// newline was cut off and is left out.
[[nodiscard]] Result<GpuRecording> ParseGpuRecording(std::string_view text);

// The header and the GPUs, then one line a reading, each with its newline.
[[nodiscard]] std::string GpuRecordingHeader(const std::vector<Gpu>& gpus);
[[nodiscard]] std::string GpuRecordingLine(std::size_t gpu, Nanos since_start,
                                           const GpuReading& reading);

}  // namespace epochcost::probe
