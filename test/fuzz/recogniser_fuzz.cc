// Whatever a program prints, and however its bytes are cut, the recogniser hears the same and ends.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <tuple>
#include <vector>

#include "meter/recogniser.h"

namespace {

using epochcost::BootTime;
using epochcost::Mark;
using epochcost::meter::PrintedMarks;
using epochcost::meter::Recognised;
using epochcost::meter::Recogniser;

using Told = std::vector<std::tuple<std::int64_t, std::int64_t, bool, std::string_view>>;

Told Hear(std::string_view bytes, std::size_t chunk) {
  Recogniser recogniser;
  PrintedMarks printed(BootTime{0});
  Told told;
  std::int64_t begun = -1;
  const auto feed = [&](std::string_view part) {
    for (const Recognised& each : recogniser.Feed(part)) {
      told.emplace_back(each.epoch, each.planned.value_or(-1), each.at_end, each.form);
      for (const Mark& mark : printed.ToMarks(each, BootTime{1})) {
        if (mark.kind != epochcost::MarkKind::kEpochBegin) continue;
        if (mark.index <= begun) std::abort();  // epochs only go forward
        begun = mark.index;
      }
    }
  };
  while (!bytes.empty()) {
    const std::size_t length = chunk < bytes.size() ? chunk : bytes.size();
    feed(bytes.substr(0, length));
    bytes.remove_prefix(length);
  }
  feed("\n");
  return told;
}

}  // namespace

// The first byte is the size of the chunks that the rest arrives in.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (Hear(bytes, data[0] + std::size_t{1}) != Hear(bytes, bytes.size())) std::abort();
  return 0;
}
