#include "app/privileges.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace epochcost::app {
namespace {

// In a child: what is given up cannot be taken back. Its exit code says what failed.
int Restricted(int (*attempt)()) {
  const pid_t pid = fork();
  if (pid == 0) _exit(DropPrivileges() ? attempt() : 99);
  int status = 0;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(DropPrivileges, LeavesNoProgramToBeExecuted) {
  EXPECT_EQ(Restricted([] {
              execl("/bin/true", "true", nullptr);
              return errno == EPERM ? 0 : 1;
            }),
            0);
}

TEST(DropPrivileges, LeavesNoNetworkButLocalSockets) {
  EXPECT_EQ(Restricted([] {
              if (socket(AF_INET, SOCK_STREAM, 0) >= 0 || errno != EPERM) return 1;
              return socket(AF_UNIX, SOCK_DGRAM, 0) >= 0 ? 0 : 2;
            }),
            0);
}

TEST(DropPrivileges, LeavesForkingFilesAndPipes) {
  EXPECT_EQ(Restricted([] {
              int ends[2];
              if (pipe(ends) != 0 || write(ends[1], "x", 1) != 1) return 1;
              const pid_t child = fork();
              if (child == 0) _exit(0);
              return child > 0 && waitpid(child, nullptr, 0) == child ? 0 : 2;
            }),
            0);
}

}  // namespace
}  // namespace epochcost::app
