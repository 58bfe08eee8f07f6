#pragma once
// What was told to followers, for a while: so that one who was away can catch up.

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"

namespace epochcost::api::http {

struct Event {
  std::uint64_t number = 0;
  ProjectId project;  // whose it is
  std::string text;   // as it is written to the stream
};

// Threads: any.
class EventLog {
 public:
  static constexpr std::size_t kMostKept = 4096;

  // `boot` tells this log from those of other starts of the server; `wake` is called after each
  // event, from the thread that adds it.
  explicit EventLog(std::string boot) : boot_(std::move(boot)) {}
  void OnNew(std::function<void()> wake);

  void Add(std::string_view type, const ProjectId& project, const std::string& json);

  // Where a client stands: the number of the last event that it has.
  struct Place {
    std::uint64_t number = 0;
    bool is_resumed = false;  // nothing is missing between what it had and what it gets
  };
  // From a Last-Event-ID; empty: from now on.
  [[nodiscard]] Place PlaceOf(std::string_view last_event_id) const;

  // At most `most` events behind `place`, of this project or of all, and the place moves behind
  // them. Nothing: events that it needs are gone; it stands at the newest now.
  [[nodiscard]] std::optional<std::vector<std::shared_ptr<const Event>>> After(
      Place& place, const std::optional<ProjectId>& project, std::size_t most) const;

  [[nodiscard]] std::string IdOf(std::uint64_t number) const;

 private:
  std::string boot_;
  mutable std::mutex mutex_;
  std::deque<std::shared_ptr<const Event>> kept_;
  std::uint64_t newest_ = 0;
  std::function<void()> wake_;
};

}  // namespace epochcost::api::http
