#include "probe/replay/recording.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdlib>
#include <string>

namespace epochcost::probe {
namespace {

constexpr std::string_view kTwo =
    "epochcost recording 1\n"
    "# a comment\n"
    "1000 cpu_ns 0 170141183460469231731687303715884105727 cgroup-cpu-stat measured\n"
    "3000 memory_bytes 2 5 proc-memory modelled\n";

TEST(Recording, KeepsEveryFieldOfASample) {
  const auto samples = ParseRecording(kTwo);
  ASSERT_TRUE(samples) << Describe(samples.error());
  ASSERT_EQ(samples->size(), 2U);
  EXPECT_EQ(ToString((*samples)[0].value), "170141183460469231731687303715884105727");
  EXPECT_EQ((*samples)[1].signal, Signal::kMemoryBytes);
  EXPECT_EQ((*samples)[1].replica, 2);
  EXPECT_EQ((*samples)[1].source, SourceKind::kProcMemory);
  EXPECT_EQ((*samples)[1].quality, Quality::kModelled);
  EXPECT_EQ((*samples)[1].at.ns, 3000);
}

TEST(Recording, WhatIsWrittenReadsTheSame) {
  rc::check([] {
    Sample sample;
    sample.signal = static_cast<Signal>(*rc::gen::inRange(0, 6));
    sample.source = SourceKind::kReplay;
    sample.replica = *rc::gen::inRange(0, 1000);
    sample.at = BootTime{*rc::gen::inRange<std::int64_t>(0, INT64_MAX)};
    sample.value = Wide{*rc::gen::inRange<std::int64_t>(0, INT64_MAX)} * 1000;
    const auto read = ParseRecording(RecordingHeader() + RecordingLine(sample));
    RC_ASSERT(read.has_value());
    RC_ASSERT(RecordingLine(read->at(0)) == RecordingLine(sample));
  });
}

TEST(Recording, SaysWhichLineIsWrong) {
  for (const char* line :
       {"x", "1 cpu_ns 0 -5 replay measured", "1 cpu_ns 0 5 replay measured more",
        "1 nonsense 0 5 replay measured", "1 cpu_ns 0 5 replay"}) {
    const auto read = ParseRecording(std::string(kTwo) + line + "\n");
    ASSERT_FALSE(read) << line;
    EXPECT_NE(read.error().what.find("5"), std::string::npos) << read.error().what;
  }
}

TEST(Recording, NeverTakesPartOfALineForAReadingWhereverItIsCutOff) {
  const std::string text(kTwo);
  const auto whole = ParseRecording(text).value();
  for (std::size_t length = 0; length < text.size() - 1; ++length) {
    const auto read = ParseRecording(text.substr(0, length));
    if (!read) continue;  // told, with the line
    for (std::size_t i = 0; i < read->size(); ++i)
      EXPECT_EQ(RecordingLine(read->at(i)), RecordingLine(whole.at(i))) << length;
  }
}

// EPOCHCOST_TEST_READINGS=10000000 takes some seconds and 2 GB.
TEST(Recording, OfVeryManyReadingsIsReadToItsEnd) {
  const char* const asked = std::getenv("EPOCHCOST_TEST_READINGS");
  const std::size_t count = asked != nullptr ? std::stoul(asked) : 200'000;
  std::string text = RecordingHeader();
  for (std::size_t i = 0; i < count; ++i)
    text += "81244000000000 cpu_ns 0 " + std::to_string(i) + " cgroup-cpu-stat measured\n";
  const auto read = ParseRecording(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->size(), count);
  EXPECT_EQ(static_cast<std::size_t>(read->back().value), count - 1);
}

TEST(Recording, RefusesTimeThatRunsBackwards) {
  EXPECT_FALSE(ParseRecording(std::string(kTwo) + "2999 cpu_ns 0 1 replay measured\n"));
}

TEST(Recording, RefusesANewerVersionAndWhatIsNone) {
  EXPECT_EQ(ParseRecording("epochcost recording 2\n").error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(ParseRecording("hello\n").error().code, ErrorCode::kInvalidInput);
  EXPECT_FALSE(ParseRecording(""));
}

TEST(Replay, PlaysWhatIsDueInOurTime) {
  Replay replay(ParseRecording(kTwo).value());
  std::vector<Sample> out;
  ASSERT_TRUE(replay.Poll(BootTime{500'000}, out));
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].at.ns, 500'000);
  ASSERT_TRUE(replay.Poll(BootTime{501'999}, out));
  EXPECT_EQ(out.size(), 1U);
  ASSERT_TRUE(replay.Poll(BootTime{502'000}, out));
  ASSERT_EQ(out.size(), 2U);
  EXPECT_EQ(out[1].at.ns, 502'000);
  EXPECT_TRUE(replay.IsAtEnd());
}

TEST(Recorder, WritesWhatItPassesOn) {
  const std::string path = testing::TempDir() + "recorder_test.recording";
  auto recorder = Recorder::Open(std::make_unique<Replay>(ParseRecording(kTwo).value()), path);
  ASSERT_TRUE(recorder);
  std::vector<Sample> out;
  ASSERT_TRUE((*recorder)->Poll(BootTime{1000}, out));
  ASSERT_TRUE((*recorder)->Poll(BootTime{3000}, out));
  const auto again = ReadRecording(path);
  ASSERT_TRUE(again) << Describe(again.error());
  EXPECT_EQ(again->size(), 2U);
}

}  // namespace
}  // namespace epochcost::probe
