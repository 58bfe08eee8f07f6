#pragma once
// Carries what the training prints to where it was meant to go, unchanged, and lets somebody look
// on.

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "probe/handle_set.h"

namespace epochcost::app {

// One stream: bytes come from `source` (a pipe or the master of a terminal) and go to `sink`.
// The training is never made to wait for anything but its own reader: what `look` does must be
// quick.
class Relay {
 public:
  using Look = std::function<void(std::string_view bytes)>;

  // Takes ownership of `source` alone. `look` may be empty.
  Relay(int source, int sink, Look look);
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;
  Relay(Relay&& other) noexcept;
  Relay& operator=(Relay&&) = delete;
  ~Relay();

  [[nodiscard]] int Source() const { return source_; }
  [[nodiscard]] int Sink() const { return sink_; }
  [[nodiscard]] bool IsOpen() const { return source_ >= 0; }
  // Nothing, or a byte other than a newline or carriage return, was written last.
  [[nodiscard]] bool IsInsideLine() const { return inside_line_; }

  // Moves what there is now, at most one buffer. Returns whether anything was moved. After the end
  // of the stream, or when nobody reads the sink any more, IsOpen() is false: the training then
  // meets the same SIGPIPE that it would have met without us.
  bool Pump();

 private:
  void Close();
  bool WriteAll(std::string_view bytes);

  int source_;
  int sink_;
  Look look_;
  bool inside_line_ = false;
  std::vector<char> buffer_;
};

// Pumps until every source is at its end.
void CarryToTheEnd(std::vector<Relay>& relays);

// What a child gets for stdout and stderr, and our ends of it.
struct OutputPlan {
  int child_stdout = -1;  // give to the child, then close
  int child_stderr = -1;
  int our_stdout = -1;  // read here; -1 where the child keeps the original
  int our_stderr = -1;  // -1 where it shares our_stdout (one terminal for both)
  bool is_terminal = false;
  // Where both streams are one terminal, bytes of both come from our_stdout and go to stdout.
};

// The ends of a training's output in the hands of a process that does not carry it, so that the
// output still goes somewhere when the one that does is killed. Owns descriptors.
class OutputHeir {
 public:
  OutputHeir() = default;
  // Takes "stdout_from", "stdout_to", "stderr_from" and "stderr_to" from what was handed over.
  explicit OutputHeir(probe::HandleSet& handed);
  OutputHeir(OutputHeir&& other) noexcept : ends_(std::exchange(other.ends_, {})) {}
  OutputHeir& operator=(OutputHeir&& other) noexcept {
    std::swap(ends_, other.ends_);
    return *this;
  }
  OutputHeir(const OutputHeir&) = delete;
  OutputHeir& operator=(const OutputHeir&) = delete;
  ~OutputHeir() { DropAll(); }

  [[nodiscard]] bool IsEmpty() const { return ends_.empty(); }
  // Nobody reads this stream any more: the training is to meet the broken pipe that it would have
  // met without us.
  void Drop(bool is_stdout);
  // Carries from now on, in a process of its own that ends with the last writer.
  void TakeOver();

 private:
  struct Ends {
    bool is_stdout = true;
    int from = -1;
    int to = -1;
  };
  void DropAll();

  std::vector<Ends> ends_;
};

// A pseudo terminal where ours is one, a pipe of 1 MiB otherwise, so that isatty() says in the
// training what it says without us.
[[nodiscard]] Result<OutputPlan> PlanOutput();

// Gives the pseudo terminal the size of ours.
void CopyWindowSize(int master);

}  // namespace epochcost::app
