// Whatever stands in a kernel's text file or in a recording, reading it ends and says a number or
// nothing.

#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "probe/cgroup/layout.h"
#include "probe/machine.h"
#include "probe/proc/text.h"
#include "probe/replay/recording.h"

namespace {

using namespace epochcost::probe;  // NOLINT: a fuzz target is one page

void Insist(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto stat = ParseStat(text)) Insist(stat->children_ticks >= 0);
  if (const auto share = ParseSmapsRollup(text))
    Insist(share->anonymous >= 0 && share->shared_memory >= 0);
  (void)ParseStatm(text);
  (void)ParseNetDev(text);
  (void)NumberOf(text, "usage_usec");
  std::vector<pid_t> pids;
  AppendNumbers(text, pids);
  Insist(pids.size() <= size);
  (void)CapabilitiesIn(text);
  const std::size_t half = size / 2;
  const auto layout = ParseCgroupLayout(text.substr(0, half), text.substr(half));
  Insist(layout.v2.own.starts_with(layout.v2.mount));
  if (const auto samples = ParseRecording(text)) {
    std::string again = RecordingHeader();
    for (const auto& sample : *samples) again += RecordingLine(sample);
    Insist(ParseRecording(again).has_value());
  }
  return 0;
}
