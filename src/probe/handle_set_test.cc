#include "probe/handle_set.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

namespace epochcost::probe {
namespace {

int NewPipeEnd() {
  std::array<int, 2> ends{};
  EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  close(ends[1]);
  return ends[0];
}

ino_t Inode(int fd) {
  struct stat status{};
  EXPECT_EQ(fstat(fd, &status), 0);
  return status.st_ino;
}

TEST(HandleSet, AreFoundByName) {
  HandleSet handles;
  const int fd = NewPipeEnd();
  const ino_t inode = Inode(fd);
  handles.Put("network", fd);
  EXPECT_EQ(Inode(handles.Find("network")), inode);
  EXPECT_EQ(handles.Find("tree_nodes"), -1);
}

TEST(HandleSet, KeepTheFirstOfTwoOfOneName) {
  HandleSet handles;
  const int first = NewPipeEnd();
  const ino_t inode = Inode(first);
  handles.Put("network", first);
  handles.Put("network", NewPipeEnd());
  EXPECT_EQ(Inode(handles.Find("network")), inode);
  EXPECT_EQ(handles.Size(), 1U);
}

TEST(HandleSet, TravelOverASocket) {
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), 0);
  HandleSet sent;
  sent.Put("network", NewPipeEnd());
  sent.Put("network_ingress", NewPipeEnd());
  ASSERT_TRUE(sent.SendOver(ends[0]));
  HandleSet received;
  ASSERT_TRUE(received.ReceiveFrom(ends[1]));
  EXPECT_EQ(Inode(received.Find("network")), Inode(sent.Find("network")));
  EXPECT_EQ(Inode(received.Find("network_ingress")), Inode(sent.Find("network_ingress")));
  EXPECT_FALSE(received.ReceiveFrom(ends[1]));
  close(ends[0]);
  close(ends[1]);
}

TEST(HandleSet, OfNothingAreNotSent) {
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), 0);
  EXPECT_FALSE(HandleSet().SendOver(ends[0]));
  close(ends[0]);
  close(ends[1]);
}

TEST(HandleSet, ComeThroughAnExecByTheirDescription) {
  HandleSet before;
  before.Put("a", NewPipeEnd());
  before.Put("b", NewPipeEnd());
  EXPECT_EQ(before.Describe(150), "a=150,b=151");
  before.PlaceAt(150);
  const HandleSet after = HandleSet::Parse(before.Describe(150));
  EXPECT_EQ(Inode(after.Find("a")), Inode(before.Find("a")));
  EXPECT_EQ(Inode(after.Find("b")), Inode(before.Find("b")));
  EXPECT_EQ(fcntl(150, F_GETFD), -1) << "the placed descriptor is taken over";
}

TEST(HandleSet, LeaveOutWordsThatNameNoDescriptor) {
  EXPECT_TRUE(HandleSet::Parse("").IsEmpty());
  EXPECT_TRUE(HandleSet::Parse("a,b=,c=x,d=-1,e=99999,=").IsEmpty());
}

}  // namespace
}  // namespace epochcost::probe
