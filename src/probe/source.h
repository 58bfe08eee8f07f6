#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/sample.h"

namespace epochcost::probe {

// One thing that can be read: a BPF map, a cgroup file, a /proc file, a recording.
//
// Poll() is called from one thread at a time and must return within its period. It appends raw
// cumulative readings, never rates and never money. A reading that could not be taken is an Error;
// zero is a measurement. On an error nothing was appended.
class Source {
 public:
  virtual ~Source() = default;
  [[nodiscard]] virtual SourceKind Kind() const = 0;
  [[nodiscard]] virtual Result<void> Poll(BootTime now, std::vector<Sample>& out) = 0;
  // Something that a reader of its numbers must know, once: a gap, a sum that is a lower bound.
  [[nodiscard]] virtual std::optional<std::string> TakeNotice() { return std::nullopt; }
};

}  // namespace epochcost::probe
