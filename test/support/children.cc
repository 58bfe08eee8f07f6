#include "support/children.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <thread>
#include <utility>

namespace epochcost::support {
namespace {

// {lifetime, how many of 200}: most are short, so that what is missed at a death would show.
constexpr std::array<std::pair<int, int>, 9> kLifetimes = {
    {{5, 60}, {10, 40}, {20, 30}, {50, 25}, {100, 20}, {200, 12}, {500, 8}, {1000, 3}, {2000, 2}}};

int LifetimeOf(int child, int count) {
  int place = child * 200 / count;
  for (const auto& [lifetime, share] : kLifetimes) {
    if (place < share) return lifetime;
    place -= share;
  }
  return kLifetimes.back().first;
}

[[noreturn]] void Live(int child, int lifetime, bool gets_away) {
  if (gets_away) {
    if (fork() != 0) _exit(0);
    setsid();
  }
  if (child % 5 == 0) {
    std::thread other([lifetime] { Burn(lifetime / 2); });
    Burn(lifetime);
    other.join();
  } else {
    Burn(lifetime);
  }
  _exit(0);
}

}  // namespace

void Burn(int milliseconds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
  volatile unsigned sink = 0;
  while (std::chrono::steady_clock::now() < end) {
    for (int i = 0; i < 1000; ++i) sink = sink + static_cast<unsigned>(i);
  }
}

void RunChildren(const ChildrenPlan& plan) {
  // Everybody holds the writing end: its end of file is the death of the last.
  std::array<int, 2> alive{};
  if (pipe2(alive.data(), O_CLOEXEC) != 0) return;
  int running = 0;
  for (int child = 0; child < plan.count; ++child) {
    if (running >= plan.at_once && wait(nullptr) > 0) --running;
    if (fork() == 0) {
      Live(child, LifetimeOf(child, plan.count), child % 10 < plan.double_forked_of_10);
    }
    ++running;
  }
  while (wait(nullptr) > 0) {
  }
  close(alive[1]);
  char nothing = 0;
  while (read(alive[0], &nothing, 1) > 0) {
  }
  close(alive[0]);
}

HeldProcess::HeldProcess(std::function<void()> work) {
  std::array<int, 2> gate{};
  if (pipe2(gate.data(), O_CLOEXEC) != 0) return;
  pid_ = fork();
  if (pid_ == 0) {
    close(gate[1]);
    char leave = 0;
    if (read(gate[0], &leave, 1) == 1) work();
    _exit(0);
  }
  close(gate[0]);
  gate_ = gate[1];
}

HeldProcess::~HeldProcess() {
  if (gate_ >= 0) close(gate_);
  Join();
}

void HeldProcess::Release() {
  if (gate_ >= 0 && write(gate_, "g", 1) == 1) {
    close(gate_);
    gate_ = -1;
  }
}

void HeldProcess::AwaitEnd() const {
  siginfo_t info{};
  waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT);
}

void HeldProcess::Join() {
  if (pid_ <= 0) return;
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

int Slowness() {
  const char* const told = std::getenv("EPOCHCOST_TEST_SLOWNESS");
  return told == nullptr ? 1 : std::max(1, std::atoi(told));
}

bool IsRoot() { return geteuid() == 0; }

}  // namespace epochcost::support
