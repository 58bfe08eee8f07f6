#include "probe/gpu/ownership.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "model/replica.h"

namespace epochcost::probe {
namespace {

// A /proc of a few processes, each with its parent and the instant at which it was started.
class Ownership : public testing::Test {
 protected:
  void SetUp() override {
    root_ = std::filesystem::temp_directory_path() / fmt::format("ownership-{}", getpid());
    Add(kRoot, 1);
    Add(kRank, kRoot);
    Add(kWorker, kRank);
    Add(kLauncherHelper, kRoot);
    Add(kForeign, 1);
    target_.root_pid = kRoot;
    target_.root_start_ticks = Ticks(kRoot);
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  static std::int64_t Ticks(pid_t pid) { return 1000 + pid; }
  void Add(pid_t pid, pid_t parent) const {
    const std::filesystem::path place = root_ / std::to_string(pid);
    std::filesystem::create_directories(place);
    std::ofstream(place / "stat") << fmt::format(
        "{} (python3) S {} 1 1 0 -1 4194304 1 0 0 0 5 3 0 0 20 0 1 0 {} 1000 100 0\n", pid, parent,
        Ticks(pid));
  }
  [[nodiscard]] ReplicaOf Owner() const { return OwnershipOf(target_, root_, ranks_); }

  static constexpr pid_t kRoot = 100;
  static constexpr pid_t kRank = 101;
  static constexpr pid_t kWorker = 102;
  static constexpr pid_t kLauncherHelper = 103;
  static constexpr pid_t kForeign = 104;
  std::filesystem::path root_;
  Target target_;
  std::shared_ptr<RankRoots> ranks_ = std::make_shared<RankRoots>();
};

TEST_F(Ownership, GivesARanksProcessesToTheRankAndOthersOfTheRunToNone) {
  ranks_->Add(kRank, Ticks(kRank), 5);
  EXPECT_EQ(Owner()(kRank), 5);
  EXPECT_EQ(Owner()(kWorker), 5);
  EXPECT_EQ(Owner()(kLauncherHelper), kSharedReplica);
  EXPECT_EQ(Owner()(kForeign), std::nullopt);
  EXPECT_EQ(Owner()(999), std::nullopt) << "it has ended";
}

TEST_F(Ownership, LearnsOfARankThatIsFoundLater) {
  const ReplicaOf owner = Owner();
  EXPECT_EQ(owner(kWorker), kSharedReplica);
  ranks_->Add(kRank, Ticks(kRank), 0);
  EXPECT_EQ(owner(kWorker), 0);
}

TEST_F(Ownership, DoesNotTakeAProcessForTheRankWhosePidItGot) {
  ranks_->Add(kRank, Ticks(kRank) - 1, 5);
  EXPECT_EQ(Owner()(kRank), kSharedReplica);
}

TEST_F(Ownership, GivesTheRootItselfToTheRankThatItIs) {
  ranks_->Add(kRoot, Ticks(kRoot), 0);
  ranks_->Add(kRank, Ticks(kRank), 1);
  EXPECT_EQ(Owner()(kLauncherHelper), 0);
  EXPECT_EQ(Owner()(kWorker), 1) << "the nearest";
}

}  // namespace
}  // namespace epochcost::probe
