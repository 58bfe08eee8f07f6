#include "api/http/events.h"

#include <gtest/gtest.h>

namespace epochcost::api::http {
namespace {

TEST(EventLog, ResumesBehindTheLastSeen) {
  EventLog log("b");
  for (int i = 0; i < 3; ++i) log.Add("run", ProjectId{"p"}, "{}");
  auto place = log.PlaceOf("b-1");
  EXPECT_TRUE(place.is_resumed);
  EXPECT_EQ(log.After(place, std::nullopt, 10)->size(), 2U);
  EXPECT_TRUE(log.After(place, std::nullopt, 10)->empty());
}

TEST(EventLog, DoesNotResumeWhatAnotherServerToldOrNobody) {
  EventLog log("b");
  log.Add("run", ProjectId{"p"}, "{}");
  for (const char* const id : {"a-1", "b-2", "b-", "b-x", "", "1", "b-99999999999999999999"}) {
    EXPECT_FALSE(log.PlaceOf(id).is_resumed) << id;
  }
}

TEST(EventLog, SaysWhereTooMuchWasMissed) {
  EventLog log("b");
  log.Add("run", ProjectId{"p"}, "{}");
  auto place = log.PlaceOf("b-1");
  for (std::size_t i = 0; i <= EventLog::kMostKept; ++i) log.Add("run", ProjectId{"p"}, "{}");
  EXPECT_FALSE(log.After(place, std::nullopt, 10));
  EXPECT_TRUE(log.After(place, std::nullopt, 10)->empty()) << "it stands at the newest now";
  EXPECT_FALSE(log.PlaceOf("b-1").is_resumed);
}

TEST(EventLog, TellsAProjectItsOwnEventsOnly) {
  EventLog log("b");
  auto place = log.PlaceOf("");
  log.Add("run", ProjectId{"p"}, "{}");
  log.Add("run", ProjectId{"q"}, "{}");
  const auto events = log.After(place, ProjectId{"q"}, 10);
  ASSERT_EQ(events->size(), 1U);
  EXPECT_EQ(events->front()->text, "id: b-2\nevent: run\ndata: {}\n\n");
}

}  // namespace
}  // namespace epochcost::api::http
