#pragma once
// How far a program says that it has come: the steps in what it prints.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace epochcost::app {

// What a line says: "step 12/100", "iter: 5", "Batch [3/938]", a progress bar's "12/938 [00:04<…".
struct SaidStep {
  std::int64_t step = 0;
  std::optional<std::int64_t> of;  // in all, or in the epoch
  friend bool operator==(const SaidStep&, const SaidStep&) = default;
};
[[nodiscard]] std::optional<SaidStep> StepInLine(std::string_view line);

// One per stream. Bytes may be cut anywhere; a carriage return ends a line too. Steps that begin
// again (a bar for each epoch) are counted on.
class StepEar {
 public:
  void Feed(std::string_view bytes);
  // Steps so far; −1 while none was heard.
  [[nodiscard]] std::int64_t Count() const { return base_ + last_; }
  [[nodiscard]] std::optional<std::int64_t> Planned() const { return planned_; }

 private:
  void Hear(std::string_view line);

  std::string line_;
  std::int64_t base_ = 0;
  std::int64_t last_ = -1;
  std::optional<std::int64_t> planned_;
};

}  // namespace epochcost::app
