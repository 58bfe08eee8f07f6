#include "api/json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/made_up_run.h"

namespace epochcost::api {
namespace {

using Json = nlohmann::ordered_json;

std::int64_t Sum(const Json& list, const char* key) {
  std::int64_t sum = 0;
  for (const Json& one : list) sum += one.at(key).get<std::int64_t>();
  return sum;
}

TEST(Json, OneEpochIsExactlyThis) {
  const RunCost cost = testing::MadeUpRun();
  const Json epoch = Json::parse(CostJson(cost)).at("epochs").at(0);
  EXPECT_EQ(
      epoch.dump(),
      R"({"index":0,"t0":"2026-11-18T11:06:45.000000000Z","t1":"2026-11-18T11:07:05.000000000Z",)"
      R"("duration_ns":20000000000,"held_ns":20000000000,"replicas":2,"is_open":false,)"
      R"("is_complete":true,"steps":100,"gpu_ns":null,"cpu_ns":40000000000,)"
      R"("memory_byte_ms":10000000000000,"memory_average_bytes":500000000,)"
      R"("network_in_bytes":null,"network_out_bytes":1500,"network_bytes":1500,)"
      R"("loopback_bytes":77,"gpu_held_ns":null,"gpu_energy_uj":null,"cpu_energy_uj":null,)"
      R"("disk_read_bytes":null,"disk_write_bytes":null,"rdma_in_bytes":null,)"
      R"("rdma_out_bytes":null,"amount_nano":1300000,"provisional_nano":0,"resources":{"gpu":null,)"
      R"("cpu":{"cpu_ns":40000000000,"amount_nano":1000000,"lines":1,"quality":"measured",)"
      R"("source":"cgroup-cpu-stat"},"memory":{"memory_byte_ms":10000000000000,)"
      R"("amount_nano":250000,"lines":1,"quality":"modelled","source":"proc-memory"},)"
      R"("network_in":null,"network_out":{"network_out_bytes":1500,"amount_nano":50000,"lines":1,)"
      R"("quality":"measured","source":"bpf-cgroup-skb"},"loopback":{"loopback_bytes":77,)"
      R"("amount_nano":0,"lines":1,"quality":"measured","source":"bpf-cgroup-skb"},)"
      R"("gpu_held":null,"gpu_energy":null,"cpu_energy":null,"disk_read":null,"disk_write":null,)"
      R"("rdma_in":null,"rdma_out":null}})");
}

TEST(Json, TheRunNamesWhoAndWhenAndAtWhichPrices) {
  const Json json = Json::parse(CostJson(testing::MadeUpRun()));
  EXPECT_EQ(json.at("schema_version"), 1);
  EXPECT_EQ(
      json.at("run").dump(),
      R"({"id":"7f3a00c0ffee","project":"demo","name":"train.py","agent":"a1",)"
      R"("command":["python3","train.py"],"working_directory":"/work",)"
      R"("started":"2026-11-18T11:06:40.000000000Z","ended":"2026-11-18T11:07:30.000000000Z",)"
      R"("state":"finished","exit_code":0,"sheet":"reference","currency":"CNY",)"
      R"("epochs_from":"sdk","planned_epochs":2,"readings_per_second":10.0})");
  EXPECT_EQ(json.at("prices").at(0).at("rates").at("memory").dump(),
            R"({"nano":50000000,"per_base_units":1000000000,"price":"0.05","unit":"GB_epoch"})");
}

TEST(Json, EpochsAndPhasesAddUpToReplicasResourcesAndTheTotal) {
  const Json json = Json::parse(CostJson(testing::MadeUpRun(25)));
  const auto total = json.at("total").at("amount_nano").get<std::int64_t>();
  std::int64_t resources = 0;
  for (const Json& resource : json.at("resources")) {
    if (!resource.is_null()) resources += resource.at("amount_nano").get<std::int64_t>();
  }
  EXPECT_EQ(Sum(json.at("epochs"), "amount_nano") + Sum(json.at("phases"), "amount_nano"), total);
  EXPECT_EQ(Sum(json.at("replicas"), "amount_nano"), total);
  EXPECT_EQ(resources, total);
  EXPECT_EQ(Sum(json.at("epochs"), "cpu_ns") + Sum(json.at("phases"), "cpu_ns"),
            json.at("total").at("cpu_ns").get<std::int64_t>());
}

TEST(Json, AnIntegerBeyondTwoToThe53IsAStringOfDigits) {
  RunCost cost = testing::MadeUpRun();
  cost.total.nano = Wide{1} << 53;
  EXPECT_EQ(Json::parse(CostJson(cost)).at("total").at("amount_nano"), 9'007'199'254'740'992);
  cost.total.nano += 1;
  EXPECT_EQ(Json::parse(CostJson(cost)).at("total").at("amount_nano"), "9007199254740993");
  cost.idle.nano = -(Wide{1} << 100);
  EXPECT_EQ(Json::parse(CostJson(cost)).at("total").at("idle_nano"),
            "-1267650600228229401496703205376");
}

TEST(Json, HostileNamesStayNames) {
  RunCost cost = testing::MadeUpRun();
  cost.run.name = std::string("\"},\n\x01\xFF</script>") + std::string(10'240, 'x');
  const Json json = Json::parse(CostJson(cost));
  EXPECT_EQ(json.at("run").at("name"),
            std::string("\"},\n\x01\uFFFD</script>") + std::string(10'240, 'x'));
}

TEST(Json, AMetricThatIsNoNumberIsNull) {
  RunCost cost = testing::MadeUpRun();
  cost.metrics.front().value = 0.0 / 0.0;
  EXPECT_TRUE(Json::parse(CostJson(cost)).at("metrics").at(0).at("value").is_null());
}

TEST(Json, ALedgerLineIsExactlyThis) {
  LedgerLine line;
  line.usage.id = {ProjectId{"demo"}, AgentId{"a1"}, BootId{"b"}, 7, Resource::kMemory};
  line.usage.run = RunId{"7f3a00c0ffee"};
  line.usage.replica = 3;
  line.usage.scope = {ScopeKind::kEval, 2};
  line.usage.kind = LineKind::kMemoryClose;
  line.usage.t0 = UtcTime{testing::kStart};
  line.usage.t1 = UtcTime{testing::kStart + 1};
  line.usage.u1 = Wide{1} << 70;
  line.usage.source = SourceKind::kProcMemory;
  line.sheet = SheetName{"reference"};
  line.sheet_version = 2;
  line.amount = NanoMoney{-5};
  EXPECT_EQ(LineJson(line),
            R"({"schema_version":1,"type":"ledger_line","project":"demo","agent":"a1","boot":"b",)"
            R"("seq":7,"resource":"memory","run_id":"7f3a00c0ffee","replica":3,"scope":"eval",)"
            R"("index":2,"kind":"memory_close","t0":"2026-11-18T11:06:40.000000000Z",)"
            R"("t1":"2026-11-18T11:06:40.000000001Z","u0":0,"u1":"1180591620717411303424",)"
            R"("unit":"memory_byte_ms","quality":"measured","source":"proc-memory",)"
            R"("sheet":"reference","sheet_version":2,"amount_nano":-5})");
}

TEST(Json, RunsAreAddedUpPerCurrency) {
  RunSummary cny = Summarise(testing::MadeUpRun());
  RunSummary usd = cny;
  usd.total.currency = Currency::Parse("USD").value();
  const Json json = Json::parse(RunsJson({cny, usd, cny}));
  EXPECT_EQ(json.at("runs").size(), 3U);
  EXPECT_EQ(json.at("totals").size(), 2U);
  EXPECT_EQ(json.at("totals").at(0).at("amount_nano").get<std::int64_t>(),
            static_cast<std::int64_t>(cny.total.nano * 2));
}

TEST(Json, NoticesAndErrorsAreObjectsOfTheirOwn) {
  EXPECT_EQ(NoticeJson({NoticeKind::kGap, UtcTime{testing::kStart}, "2 s are missing", "",
                        Nanos{2 * kNanosPerSecond}}),
            R"({"schema_version":1,"type":"notice","kind":"gap",)"
            R"("at":"2026-11-18T11:06:40.000000000Z","detail":"2 s are missing","hint":null,)"
            R"("lasted_ns":2000000000})");
  EXPECT_EQ(ErrorJson({ErrorCode::kNotFound, "no such run: x", "", "epochcost runs"}),
            R"({"schema_version":1,"error":{"what":"no such run: x","why":null,)"
            R"("hint":"epochcost runs"}})");
}

}  // namespace
}  // namespace epochcost::api
