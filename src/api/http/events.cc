#include "api/http/events.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace epochcost::api::http {

void EventLog::OnNew(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
}

void EventLog::Add(std::string_view type, const ProjectId& project, const std::string& json) {
  std::function<void()> wake;
  {
    const std::lock_guard lock(mutex_);
    auto event = std::make_shared<Event>();
    event->number = ++newest_;
    event->project = project;
    event->text = fmt::format("id: {}\nevent: {}\ndata: {}\n\n", IdOf(newest_), type, json);
    kept_.push_back(std::move(event));
    if (kept_.size() > kMostKept) kept_.pop_front();
    wake = wake_;
  }
  if (wake) wake();
}

std::string EventLog::IdOf(std::uint64_t number) const {
  return fmt::format("{}-{}", boot_, number);
}

EventLog::Place EventLog::PlaceOf(std::string_view last_event_id) const {
  const std::lock_guard lock(mutex_);
  const Place newest{newest_, false};
  const std::size_t dash = last_event_id.find('-');
  if (dash == std::string_view::npos || last_event_id.substr(0, dash) != boot_) return newest;
  const std::string_view digits = last_event_id.substr(dash + 1);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size() || number > newest_)
    return newest;
  const bool is_there =
      number == newest_ || (!kept_.empty() && kept_.front()->number <= number + 1);
  return is_there ? Place{number, true} : newest;
}

std::optional<std::vector<std::shared_ptr<const Event>>> EventLog::After(
    Place& place, const std::optional<ProjectId>& project, std::size_t most) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<const Event>> events;
  if (place.number == newest_) return events;
  if (kept_.empty() || kept_.front()->number > place.number + 1) {
    place.number = newest_;
    return std::nullopt;
  }
  for (auto i = place.number + 1 - kept_.front()->number; i < kept_.size(); ++i) {
    if (events.size() == most) return events;
    const auto& event = kept_[i];
    place.number = event->number;
    if (!project || event->project == *project) events.push_back(event);
  }
  return events;
}

}  // namespace epochcost::api::http
