#include "app/relay.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string>

namespace epochcost::app {
namespace {

struct Pipe {
  Pipe() { EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0); }
  std::array<int, 2> ends{};
};

std::string ReadSome(int fd) {
  std::string bytes(65536, '\0');
  const ssize_t got = read(fd, bytes.data(), bytes.size());
  bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return bytes;
}

TEST(Relay, CarriesBytesUnchangedAndLetsThemBeSeen) {
  const Pipe in;
  const Pipe out;
  std::string seen;
  Relay relay(in.ends[0], out.ends[1], [&seen](std::string_view bytes) { seen += bytes; });
  const std::string binary("a\0b\r\xff\xfe\n\x1b[1m", 12);
  ASSERT_EQ(write(in.ends[1], binary.data(), binary.size()), static_cast<ssize_t>(binary.size()));
  EXPECT_TRUE(relay.Pump());
  EXPECT_EQ(ReadSome(out.ends[0]), binary);
  EXPECT_EQ(seen, binary);
  EXPECT_TRUE(relay.IsInsideLine());
  EXPECT_FALSE(relay.Pump());
  EXPECT_TRUE(relay.IsOpen());
  close(in.ends[1]);
  EXPECT_FALSE(relay.Pump());
  EXPECT_FALSE(relay.IsOpen());
}

TEST(Relay, KnowsWhetherALineIsFinished) {
  const Pipe in;
  const Pipe out;
  Relay relay(in.ends[0], out.ends[1], {});
  ASSERT_EQ(write(in.ends[1], "loss\n", 5), 5);
  relay.Pump();
  EXPECT_FALSE(relay.IsInsideLine());
  ASSERT_EQ(write(in.ends[1], "\r 12%", 5), 5);
  relay.Pump();
  EXPECT_TRUE(relay.IsInsideLine());
}

TEST(Relay, ClosesItsSourceWhereNobodyReadsTheSink) {
  signal(SIGPIPE, SIG_IGN);
  const Pipe in;
  const Pipe out;
  close(out.ends[0]);
  Relay relay(in.ends[0], out.ends[1], {});
  ASSERT_EQ(write(in.ends[1], "x", 1), 1);
  relay.Pump();
  EXPECT_FALSE(relay.IsOpen());
  EXPECT_EQ(write(in.ends[1], "x", 1), -1) << "the training meets a broken pipe, as without us";
}

// Hands over both ends of a stream, as a supervisor does.
OutputHeir HeirOf(const Pipe& in, const Pipe& out) {
  probe::HandleSet handed;
  handed.PutDuplicate("stdout_from", in.ends[0]);
  handed.PutDuplicate("stdout_to", out.ends[1]);
  return OutputHeir(handed);
}

TEST(OutputHeir, CarriesOnWhenItTakesOver) {
  const Pipe in;
  const Pipe out;
  OutputHeir heir = HeirOf(in, out);
  ASSERT_FALSE(heir.IsEmpty());
  heir.TakeOver();
  EXPECT_TRUE(heir.IsEmpty());
  ASSERT_EQ(write(in.ends[1], "late\n", 5), 5);
  EXPECT_EQ(ReadSome(out.ends[0]), "late\n");
  close(in.ends[1]);  // the last writer: whoever carries ends
}

TEST(OutputHeir, LetsGoOfAStreamThatNobodyReads) {
  signal(SIGPIPE, SIG_IGN);
  const Pipe in;
  const Pipe out;
  OutputHeir heir = HeirOf(in, out);
  close(in.ends[0]);
  EXPECT_EQ(write(in.ends[1], "x", 1), 1) << "the heir still holds it";
  heir.Drop(true);
  EXPECT_EQ(write(in.ends[1], "x", 1), -1);
  EXPECT_EQ(errno, EPIPE);
}

TEST(OutputHeir, OfNothingTakesOverNothing) {
  probe::HandleSet nothing;
  OutputHeir heir(nothing);
  EXPECT_TRUE(heir.IsEmpty());
  heir.TakeOver();
}

}  // namespace
}  // namespace epochcost::app
