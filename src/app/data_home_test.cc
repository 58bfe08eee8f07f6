#include "app/data_home.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace epochcost::app {
namespace {

class DataHomeIn : public testing::Test {
 protected:
  void SetUp() override {
    place_ = std::filesystem::temp_directory_path() / ("epochcost-home-" + RandomHex(8));
    std::filesystem::create_directories(place_);
    setenv("HOME", place_.c_str(), 1);
    unsetenv("XDG_DATA_HOME");
    unsetenv("EPOCHCOST_HOME");
  }
  void TearDown() override { std::filesystem::remove_all(place_); }
  std::filesystem::path place_;
};

TEST_F(DataHomeIn, IsBelowTheHomeByDefault) {
  const auto home = FindDataHome();
  ASSERT_TRUE(home.has_value());
  EXPECT_EQ(home->path, (place_ / ".local/share/epochcost").string());
  EXPECT_EQ(home->note, "");
}

TEST_F(DataHomeIn, IsWhereTheVariableSays) {
  setenv("EPOCHCOST_HOME", (place_ / "own place").c_str(), 1);
  EXPECT_EQ(FindDataHome().value().path, (place_ / "own place").string());
}

TEST_F(DataHomeIn, FallsBackAndSaysSoWhereTheUsualPlaceIsAFile) {
  setenv("EPOCHCOST_HOME", "/proc/version", 1);
  const auto home = FindDataHome();
  ASSERT_TRUE(home.has_value());
  EXPECT_TRUE(home->path.starts_with("/tmp/epochcost-"));
  EXPECT_NE(home->note.find("/proc/version"), std::string::npos);
}

TEST_F(DataHomeIn, APlaceThatIsNotThereYetIsNotGivenUpForAnotherLedger) {
  const std::filesystem::path fallback = "/tmp/epochcost-" + std::to_string(geteuid());
  const bool was_there = std::filesystem::exists(fallback / "ledger.db");
  std::filesystem::create_directories(fallback);
  if (!was_there) std::ofstream(fallback / "ledger.db").flush();
  setenv("EPOCHCOST_HOME", (place_ / "not/yet").c_str(), 1);
  EXPECT_EQ(GuessDataHome().path, (place_ / "not/yet").string());
  setenv("EPOCHCOST_HOME", "/proc/not/yet", 1);  // can never be made
  const std::string guessed = GuessDataHome().path;
  if (geteuid() != 0) {  // root is told that it may write everywhere
    EXPECT_EQ(guessed, fallback.string());
  }
  if (!was_there) std::filesystem::remove(fallback / "ledger.db");
}

TEST_F(DataHomeIn, MakesARunFolderThatOnlyItsOwnerReads) {
  const auto folder = MakeRunFolder(place_.string(), RunId{"abc"});
  ASSERT_TRUE(folder.has_value());
  struct stat info{};
  ASSERT_EQ(stat(folder->path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0700U);
  EXPECT_TRUE(std::filesystem::is_directory(folder->Marks()));
}

}  // namespace
}  // namespace epochcost::app
