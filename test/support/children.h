#pragma once
// Programs that are hard to meter: many short children, some of which get away from their parents.

#include <sys/types.h>

#include <functional>

namespace epochcost::support {

struct ChildrenPlan {
  int count = 200;  // living 5 ms to 2 s, most of them short
  int at_once = 8;
  int double_forked_of_10 = 3;  // how many of ten get another parent than the one that made them
};

// Runs them in this process's name and returns once the last is gone, also of those that have
// another parent by now. Each computes for as long as it lives; some in two threads.
void RunChildren(const ChildrenPlan& plan);

// A process that has begun and waits for leave to go on.
class HeldProcess {
 public:
  // Forks; the child waits, then does `work` and exits with 0.
  explicit HeldProcess(std::function<void()> work);
  HeldProcess(const HeldProcess&) = delete;
  HeldProcess& operator=(const HeldProcess&) = delete;
  ~HeldProcess();
  [[nodiscard]] pid_t Pid() const { return pid_; }
  void Release();
  // Without reaping: until it is a zombie.
  void AwaitEnd() const;
  // Reaps it.
  void Join();

 private:
  pid_t pid_ = -1;
  int gate_ = -1;
};

// How many times slower than a real processor this one is, by EPOCHCOST_TEST_SLOWNESS; 1 unless
// told. What happens between the last hook of a process and its end takes that many times longer.
[[nodiscard]] int Slowness();

// Keeps a CPU busy for this long by the clock on the wall.
void Burn(int milliseconds);

// Whether this test may use control groups and eBPF; a kernel test that may not says so and skips.
[[nodiscard]] bool IsRoot();

}  // namespace epochcost::support
