// Bytes against the interface's own counters, over a pair of virtual interfaces. Needs root and
// iproute2.

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "probe/bpf/cgroup_network.h"
#include "probe/bpf/tree_counter.h"
#include "probe/kept_file.h"
#include "probe/run_cgroup.h"
#include "support/children.h"

namespace epochcost::probe {
namespace {

using support::HeldProcess;

constexpr std::int64_t kSent = 64 << 20;
constexpr std::int64_t kAnswered = 16 << 20;
constexpr std::uint16_t kPort = 7707;

sockaddr_in Address(const char* host) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(kPort);
  inet_pton(AF_INET, host, &address.sin_addr);
  return address;
}

std::int64_t Take(int fd, std::int64_t most) {
  std::vector<char> block(1 << 18);
  std::int64_t taken = 0;
  while (taken < most) {
    const ssize_t got = read(fd, block.data(), block.size());
    if (got <= 0) break;
    taken += got;
  }
  return taken;
}

void Give(int fd, std::int64_t bytes) {
  const std::vector<char> block(1 << 16);
  while (bytes > 0) {
    const ssize_t put = write(fd, block.data(),
                              std::min<std::size_t>(block.size(), static_cast<std::size_t>(bytes)));
    if (put <= 0) return;
    bytes -= put;
  }
}

int Listen(const char* host) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  const sockaddr_in address = Address(host);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) _exit(1);
  listen(fd, 1);
  return fd;
}

// Takes what it is sent, and answers.
void Serve(int listening) {
  const int peer = accept(listening, nullptr, nullptr);
  Take(peer, kSent);
  Give(peer, kAnswered);
  close(peer);
}

void Call(const char* host) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = Address(host);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) _exit(1);
  Give(fd, kSent);
  Take(fd, kAnswered);
  close(fd);
}

// A net for each process that tests: those that run at the same time must not meet.
std::string NetOf(pid_t pid) {
  const auto number = static_cast<unsigned>(pid);
  return "10." + std::to_string(200 + number / 256 % 50) + "." + std::to_string(number % 256);
}

class NetworkKernelTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!support::IsRoot()) GTEST_SKIP() << "needs root";
    auto made = RunCgroup::Make(run_);
    if (!made) GTEST_SKIP() << Describe(made.error());
    cgroup_.emplace(std::move(*made));
    const std::string make = "exec 2>/dev/null; ip netns add " + space_ + " && ip link add " +
                             link_ + " type veth peer name ecpeer netns " + space_ +
                             " && ip addr add " + net_ + ".1/24 dev " + link_ + " && ip link set " +
                             link_ + " up && ip -n " + space_ + " addr add " + net_ +
                             ".2/24 dev ecpeer && ip -n " + space_ + " link set ecpeer up";
    if (std::system(make.c_str()) != 0) GTEST_SKIP() << "needs iproute2 and virtual interfaces";
  }
  void TearDown() override {
    const std::string remove =
        "exec 2>/dev/null; ip link del " + link_ + "; ip netns del " + space_;
    (void)!std::system(remove.c_str());
    if (cgroup_) {
      EXPECT_TRUE(cgroup_->Remove());
    }
    EXPECT_TRUE(RemovePins(run_));
  }

  // IP bytes of the interface: what it says less 14 bytes of Ethernet header a packet.
  std::int64_t Interface(const std::string& direction) const {
    const auto number = [&](const std::string& what) {
      const std::string path = "/sys/class/net/" + link_ + "/statistics/" + direction + "_" + what;
      return std::stoll(ReadWhole(path).value_or("0"));
    };
    return number("bytes") - 14 * number("packets");
  }

  // A server in the other namespace, outside of the run; a client in the run.
  void Transfer() {
    int ready[2];
    ASSERT_EQ(pipe(ready), 0);
    HeldProcess server([&] {
      const int space = open(("/run/netns/" + space_).c_str(), O_RDONLY);
      if (setns(space, CLONE_NEWNET) != 0) _exit(1);
      const int listening = Listen((net_ + ".2").c_str());
      if (write(ready[1], "r", 1) != 1) _exit(1);
      Serve(listening);
    });
    server.Release();
    char r = 0;
    ASSERT_EQ(read(ready[0], &r, 1), 1);
    HeldProcess client([this] { Call((net_ + ".2").c_str()); });
    ASSERT_TRUE(cgroup_->Enter(client.Pid()));
    if (counter_) {
      ASSERT_TRUE(counter_->Follow(0, {client.Pid()}));
    }
    client.Release();
    client.Join();
    server.Join();
    close(ready[0]);
    close(ready[1]);
  }

  RunId run_{RandomHex(12)};
  std::string link_ = "ec" + run_.Value().substr(0, 8);
  std::string net_ = NetOf(getpid());
  std::string space_ = "ec-" + run_.Value();
  std::optional<RunCgroup> cgroup_;
  std::unique_ptr<TreeCounter> counter_;
};

std::int64_t Of(Signal signal, const std::vector<Sample>& samples) {
  for (const Sample& sample : samples) {
    if (sample.signal == signal) return static_cast<std::int64_t>(sample.value);
  }
  return -1;
}

TEST_F(NetworkKernelTest, CgroupCountsWhatTheInterfaceCounts) {
  auto source = OpenCgroupNetwork(run_, cgroup_->V2Path());
  ASSERT_TRUE(source) << Describe(source.error());
  Transfer();
  std::vector<Sample> samples;
  ASSERT_TRUE((*source)->Poll(SystemClock().Boot(), samples));
  const std::int64_t out = Of(Signal::kNetworkOutBytes, samples);
  const std::int64_t in = Of(Signal::kNetworkInBytes, samples);
  RecordProperty("out_off_bytes", std::to_string(out - Interface("tx")));
  RecordProperty("in_off_bytes", std::to_string(in - Interface("rx")));
  EXPECT_GT(out, kSent);
  EXPECT_LT(std::abs(out - Interface("tx")), Interface("tx") / 1000) << out;
  EXPECT_LT(std::abs(in - Interface("rx")), Interface("rx") / 1000) << in;
  EXPECT_EQ(Of(Signal::kLoopbackBytes, samples), 0);
}

TEST_F(NetworkKernelTest, LoopbackIsKeptApart) {
  auto source = OpenCgroupNetwork(run_, cgroup_->V2Path());
  ASSERT_TRUE(source) << Describe(source.error());
  HeldProcess both([] {
    const int listening = Listen("127.0.0.1");
    if (fork() == 0) {
      Serve(listening);
      _exit(0);
    }
    Call("127.0.0.1");
  });
  ASSERT_TRUE(cgroup_->Enter(both.Pid()));
  both.Release();
  both.Join();
  std::vector<Sample> samples;
  ASSERT_TRUE((*source)->Poll(SystemClock().Boot(), samples));
  EXPECT_GT(Of(Signal::kLoopbackBytes, samples), kSent + kAnswered);
  EXPECT_EQ(Of(Signal::kNetworkOutBytes, samples), 0);
  EXPECT_EQ(Of(Signal::kNetworkInBytes, samples), 0);
}

TEST_F(NetworkKernelTest, SocketsOfATreeCountThePayload) {
  auto counter = TreeCounter::Open(run_, {.cpu = false, .sockets = true});
  if (!counter && counter.error().code == ErrorCode::kUnsupported)
    GTEST_SKIP() << counter.error().why;
  ASSERT_TRUE(counter) << Describe(counter.error());
  counter_ = std::move(*counter);
  Transfer();
  const auto reading = counter_->Read(0);
  ASSERT_TRUE(reading);
  EXPECT_EQ(reading->sent_bytes, kSent);
  EXPECT_EQ(reading->received_bytes, kAnswered);
  EXPECT_EQ(reading->loopback_bytes, 0);
}

}  // namespace
}  // namespace epochcost::probe
