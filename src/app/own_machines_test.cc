#include "app/own_machines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "app/data_home.h"
#include "app/estimate_case.h"

namespace epochcost::app {
namespace {

using testing::HasSubstr;

estimate::OwnMachine Measured(const std::string& name, const std::string& agent,
                              const std::string& date) {
  estimate::Sweep sweep;
  sweep.machine = {.library = "torch 2",
                   .processor = "p",
                   .host = "h",
                   .threads = 2,
                   .cores = 4,
                   .memory_bytes = std::int64_t{16} << 30};
  sweep.measured = {{estimate::SweepKind::kProduct, {512, 512, 512}, 0.003, 0.006},
                    {estimate::SweepKind::kMoving, {1 << 20}, 0.001}};
  return estimate::FitMachine(sweep, name, agent, date).value();
}

class OwnMachinesFolder : public testing::Test {
 protected:
  void SetUp() override {
    std::string path = "/tmp/epochcost-own-XXXXXX";
    ASSERT_NE(mkdtemp(path.data()), nullptr);
    home_ = path;
  }
  void TearDown() override { std::filesystem::remove_all(home_); }
  std::string home_;
};

TEST_F(OwnMachinesFolder, IsEmptyWhereNothingWasCalibrated) {
  EXPECT_TRUE(LoadOwnMachines(home_).value().empty());
  EXPECT_TRUE(LoadOwnMachines("/no/such/folder").value().empty());
}

TEST_F(OwnMachinesFolder, KeepsOneFileForEachName) {
  ASSERT_TRUE(SaveOwnMachine(home_, Measured("one", "a", "2026-11-01")));
  ASSERT_TRUE(SaveOwnMachine(home_, Measured("two", "b", "2026-11-02")));
  const auto path = SaveOwnMachine(home_, Measured("two", "b", "2026-11-03"));
  ASSERT_TRUE(path);
  EXPECT_EQ(*path, home_ + "/calibration/two.toml");
  const OwnMachines machines = LoadOwnMachines(home_).value();
  ASSERT_EQ(machines.size(), 2U);
  EXPECT_EQ(machines[1]->device.date, "2026-11-03");
  EXPECT_EQ(FindOwnMachine(machines, "ONE", "b")->device.name, "one");
  EXPECT_EQ(FindOwnMachine(machines, "this-machine", "b")->device.name, "two");
  EXPECT_EQ(FindOwnMachine(machines, "this-machine", "c"), nullptr);
  EXPECT_EQ(FindOwnMachine(machines, "three", "a"), nullptr);
}

TEST_F(OwnMachinesFolder, NamesAFileThatIsBroken) {
  ASSERT_TRUE(SaveOwnMachine(home_, Measured("one", "a", "2026-11-01")));
  std::ofstream(home_ + "/calibration/one.toml") << "peak = ";
  const auto machines = LoadOwnMachines(home_);
  ASSERT_FALSE(machines);
  EXPECT_THAT(machines.error().what, HasSubstr("one.toml"));
}

TEST_F(OwnMachinesFolder, MakesAnEstimateCalibrated) {
  ASSERT_TRUE(SaveOwnMachine(home_, Measured("bench", ThisAgent().Value(), "2026-11-01")));
  const OwnMachines own = LoadOwnMachines(home_).value();
  const auto machine = ParseMachine("2xthis-machine@0.5", own);
  ASSERT_TRUE(machine) << machine.error().what;
  EXPECT_EQ(machine->devices, 2);
  EXPECT_EQ(machine->device.name, "bench");
  PlanOptions options;
  options.model = "resnet18";
  options.samples = "1000";
  const auto graph = std::make_shared<const estimate::Graph>(GatherModel(options).value());
  const auto plan = GatherPlan(options, graph, *machine);
  ASSERT_TRUE(plan) << plan.error().what;
  const auto answer = estimate::Answer(*plan);
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(answer->tier, Tier::kCalibrated);
  EXPECT_EQ(answer->terms.t_gpu.value, 0);
  EXPECT_DOUBLE_EQ(answer->terms.t_cpu.value,
                   2 * answer->epoch_hours.value);  // 2 threads, 1 device
}

TEST(OwnMachine, ThatWasNotMeasuredIsToldWhatToDo) {
  const auto machine = ParseMachine("this-machine");
  ASSERT_FALSE(machine);
  EXPECT_THAT(machine.error().hint, HasSubstr("epochcost calibrate"));
}

}  // namespace
}  // namespace epochcost::app
