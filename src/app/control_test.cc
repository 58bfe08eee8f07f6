#include "app/control.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace epochcost::app {
namespace {

class ControlPair : public testing::Test {
 protected:
  void SetUp() override {
    std::array<int, 2> ends{};
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), 0);
    near_ = ControlEnd(ends[0]);
    far_ = ControlEnd(ends[1]);
  }
  ControlEnd near_{-1};
  ControlEnd far_{-1};
};

TEST_F(ControlPair, CarriesEachKindOfMessage) {
  ASSERT_TRUE(near_.Send(Reaped{7, 99, 123'456'789}));
  ASSERT_TRUE(near_.Send(RootEnded{143, BootTime{5}}));
  ASSERT_TRUE(near_.Send(PrintLines{"第 1 轮\n"}));
  ASSERT_TRUE(near_.Send(MeterDone{}));
  const auto reaped = std::get<Reaped>(far_.Receive().value());
  EXPECT_EQ(reaped.pid, 7);
  EXPECT_EQ(reaped.start_ticks, 99);
  EXPECT_EQ(reaped.cpu_ns, 123'456'789);
  EXPECT_EQ(std::get<RootEnded>(far_.Receive().value()).exit_code, 143);
  EXPECT_EQ(std::get<PrintLines>(far_.Receive().value()).text, "第 1 轮\n");
  EXPECT_TRUE(std::holds_alternative<MeterDone>(far_.Receive().value()));
  EXPECT_FALSE(far_.Receive().has_value());
  EXPECT_FALSE(far_.IsClosed());
}

TEST_F(ControlPair, NoticesThatTheOtherEndIsGone) {
  near_ = ControlEnd(-1);
  EXPECT_FALSE(far_.Receive().has_value());
  EXPECT_TRUE(far_.IsClosed());
  EXPECT_FALSE(far_.Send(MeterDone{}));
}

TEST_F(ControlPair, DoesNotWaitWhereNobodyReads) {
  int sent = 0;
  while (near_.Send(PrintLines{std::string(50'000, 'x')}) && sent < 10'000) ++sent;
  EXPECT_GT(sent, 0);
  EXPECT_LT(sent, 10'000);
}

TEST_F(ControlPair, IgnoresAPacketOfTheWrongSize) {
  ASSERT_EQ(send(near_.Fd(), "Rxy", 3, 0), 3);
  EXPECT_FALSE(far_.Receive().has_value());
  EXPECT_FALSE(far_.IsClosed());
}

}  // namespace
}  // namespace epochcost::app
