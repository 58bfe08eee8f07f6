#include "app/child.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace epochcost::app {
namespace {

TEST(Start, RunsAProgramFoundInThePath) {
  const auto child = Start({.command = {"sh", "-c", "exit 7"}});
  ASSERT_TRUE(child.has_value());
  EXPECT_GT(child->start_ticks, 0);
  int status = 0;
  ASSERT_EQ(waitpid(child->pid, &status, 0), child->pid);
  EXPECT_EQ(WEXITSTATUS(status), 7);
}

TEST(Start, Says127WhereThereIsNoSuchProgram) {
  const auto child = Start({.command = {"no-such-program-anywhere"}});
  ASSERT_FALSE(child.has_value());
  EXPECT_EQ(child.error().exit_code, 127);
  EXPECT_NE(child.error().error.what.find("no-such-program-anywhere"), std::string::npos);
}

TEST(Start, Says126WhereItCannotBeExecuted) {
  const auto child = Start({.command = {"/etc/passwd"}});
  ASSERT_FALSE(child.has_value());
  EXPECT_EQ(child.error().exit_code, 126);
}

TEST(StartTicks, IsZeroForAProcessThatIsNot) { EXPECT_EQ(StartTicks(0x3fffffff), 0); }

}  // namespace
}  // namespace epochcost::app
