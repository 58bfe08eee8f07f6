#include "app/sweep_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace epochcost::app {
namespace {

using testing::HasSubstr;

class SweepRun : public testing::Test {
 protected:
  void SetUp() override {
    std::string path = "/tmp/epochcost-sweep-XXXXXX";
    ASSERT_NE(mkdtemp(path.data()), nullptr);
    order_.folder = path;
    order_.python = "/usr/bin/python3";
  }
  void TearDown() override { std::filesystem::remove_all(order_.folder); }

  Result<estimate::Sweep> Run(std::string program) {
    order_.program = std::move(program);
    return RunSweep(order_, [this](const estimate::SweepProgress& progress) { told_ = progress; });
  }

  SweepOrder order_;
  estimate::SweepProgress told_;
};

constexpr const char* kTwoLines = R"(
print('{"kind":"machine","library":"torch 9","processor":"p","threads":2,"cores":4,"memory_bytes":1000}')
print('a warning of a library')
print('{"kind":"progress","done":4,"of":9,"what":"chain"}')
print('{"kind":"moving","elements":10,"forward":0.5}')
)";

TEST_F(SweepRun, HearsEveryLineAndLeavesNothingBehind) {
  const auto sweep = Run(kTwoLines);
  ASSERT_TRUE(sweep) << sweep.error().what;
  EXPECT_EQ(sweep->machine.library, "torch 9");
  ASSERT_EQ(sweep->measured.size(), 1U);
  EXPECT_EQ(sweep->measured[0].shape[0], 10);
  EXPECT_EQ(told_.done, 4);
  EXPECT_TRUE(std::filesystem::is_empty(order_.folder));
}

TEST_F(SweepRun, SaysWhatToDoWithoutTheLibrary) {
  const auto sweep = Run(R"(
import sys
print('{"kind":"error","reason":"no_library","library":"torch","detail":"No module named torch","python":"/p"}')
sys.exit(3))");
  ASSERT_FALSE(sweep);
  EXPECT_EQ(sweep.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(sweep.error().what, HasSubstr("/p has no torch"));
  EXPECT_THAT(sweep.error().hint, HasSubstr("--library numpy"));
}

TEST_F(SweepRun, SaysTheLastWordsOfOneThatFails) {
  const auto sweep = Run("raise RuntimeError('the moon is full')");
  ASSERT_FALSE(sweep);
  EXPECT_THAT(sweep.error().why, HasSubstr("the moon is full"));
}

TEST_F(SweepRun, RefusesLinesThatAreNoSweeps) {
  const auto sweep = Run(R"(print('{"kind":"dance"}'))");
  ASSERT_FALSE(sweep);
  EXPECT_EQ(sweep.error().code, ErrorCode::kInvalidInput);
}

TEST_F(SweepRun, EndsOneThatHangs) {
  order_.patience = 0.2;
  const auto sweep = Run("import threading; threading.Event().wait()");
  ASSERT_FALSE(sweep);
  EXPECT_EQ(sweep.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(sweep.error().hint, HasSubstr("--patience"));
}

TEST_F(SweepRun, NamesAPythonThatIsNotThere) {
  order_.python = "/no/such/python3";
  const auto sweep = Run(kTwoLines);
  ASSERT_FALSE(sweep);
  EXPECT_EQ(sweep.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(sweep.error().hint, HasSubstr("--python"));
}

}  // namespace
}  // namespace epochcost::app
