#pragma once
// What supervisor and meter say to each other, over a SOCK_SEQPACKET pair: one message a packet.

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "base/time.h"
#include "probe/handle_set.h"

namespace epochcost::app {

// supervisor → meter: the root process ended; take the last readings and close the run.
struct RootEnded {
  int exit_code = 0;  // 128 + n for signal n
  BootTime at;
};

// supervisor → meter: a process of the run was reaped.
struct Reaped {
  pid_t pid = 0;
  std::int64_t start_ticks = 0;
  std::int64_t cpu_ns = 0;  // as wait4 says: of the process and of the children that it reaped
};

// supervisor → meter: a stream of the training's output is at its end, or nobody reads it any more.
// Who holds an end of the output lets go of it, so that the training meets what it would have met.
struct OutputClosed {
  bool is_stdout = true;
};

// meter → supervisor: print this on stderr, at the start of a line.
struct PrintLines {
  std::string text;
};

// meter → supervisor: what counts in the kernel, to be held for the next meter.
struct HoldHandles {
  std::shared_ptr<probe::HandleSet> handles;
};

// meter → supervisor: everything of this run is in the ledger; the meter ends.
struct MeterDone {};

using Message = std::variant<RootEnded, Reaped, OutputClosed, PrintLines, HoldHandles, MeterDone>;

// One end of the pair; owns its descriptor.
class ControlEnd {
 public:
  explicit ControlEnd(int fd) : fd_(fd) {}
  ControlEnd(const ControlEnd&) = delete;
  ControlEnd& operator=(const ControlEnd&) = delete;
  ControlEnd(ControlEnd&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  ControlEnd& operator=(ControlEnd&& other) noexcept;
  ~ControlEnd();

  [[nodiscard]] int Fd() const { return fd_; }
  // False: the other end is gone or full; a message is never worth waiting for.
  bool Send(const Message& message) const;
  // The next message without waiting, if there is one.
  [[nodiscard]] std::optional<Message> Receive();
  // After Receive() gave nothing: the other end is gone.
  [[nodiscard]] bool IsClosed() const { return closed_; }

 private:
  int fd_ = -1;
  bool closed_ = false;
};

}  // namespace epochcost::app
