#include "api/cost_csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "api/made_up_run.h"

namespace epochcost::api {
namespace {

using ::testing::HasSubstr;

std::vector<std::string> Fields(const std::string& row) {
  std::vector<std::string> fields;
  std::stringstream stream(row.substr(0, row.find('\r')));
  for (std::string field; std::getline(stream, field, ',');) fields.push_back(field);
  return fields;
}

TEST(CostCsv, ARowIsExactlyThis) {
  EXPECT_THAT(
      CostCsv(testing::MadeUpRun()),
      HasSubstr("\r\n7f3a00c0ffee,demo,train.py,epoch,,0,,2026-11-18T11:06:45.000000000Z,"
                "2026-11-18T11:07:05.000000000Z,20000000000,cpu,40000000000,cpu_ns,0.001,CNY,"
                "measured,cgroup-cpu-stat,1\r\n"));
}

TEST(CostCsv, EachLevelAddsUpToTheRunExactly) {
  const RunCost cost = testing::MadeUpRun(30);
  std::map<std::string, Wide> sums;
  std::stringstream stream(CostCsv(cost));
  std::string row;
  std::getline(stream, row);
  while (std::getline(stream, row)) {
    const auto fields = Fields(row);
    sums[fields.at(3)] += ParseDecimal(fields.at(13)).value().Count();
  }
  EXPECT_TRUE(sums.at("epoch") + sums.at("phase") == cost.total.nano);
  EXPECT_TRUE(sums.at("replica") == cost.total.nano);
  EXPECT_TRUE(sums.at("run") == cost.total.nano);
}

TEST(CostCsv, AHostileNameIsNeitherFormulaNorColumn) {
  RunCost cost = testing::MadeUpRun();
  cost.run.name = "=HYPERLINK(\"x\"),\n1";
  EXPECT_THAT(CostCsv(cost), HasSubstr("demo,\"'=HYPERLINK(\"\"x\"\"),\n1\",epoch"));
}

}  // namespace
}  // namespace epochcost::api
