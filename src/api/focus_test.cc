#include "api/focus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "api/made_up_run.h"

namespace epochcost::api {
namespace {

// RFC 4180, as a reader of the file would take it apart.
std::vector<std::map<std::string, std::string>> Read(const std::string& csv) {
  std::vector<std::vector<std::string>> rows(1);
  std::string field;
  bool quoted = false;
  for (std::size_t i = 0; i < csv.size(); ++i) {
    const char c = csv[i];
    if (quoted && c == '"' && i + 1 < csv.size() && csv[i + 1] == '"') {
      field += csv[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && (c == ',' || c == '\r')) {
      rows.back().push_back(std::exchange(field, {}));
    } else if (!quoted && c == '\n') {
      rows.emplace_back();
    } else {
      field += c;
    }
  }
  rows.pop_back();
  std::vector<std::map<std::string, std::string>> records;
  for (std::size_t row = 1; row < rows.size(); ++row) {
    EXPECT_EQ(rows[row].size(), rows[0].size());
    for (std::size_t i = 0; i < rows[0].size(); ++i) {
      if (i == 0) records.emplace_back();
      records.back()[rows[0][i]] = rows[row].at(i);
    }
  }
  return records;
}

// Lines of 10 s of CPU, memory priced at the close of each of two epochs, and loopback.
std::vector<LedgerLine> MadeUpLines() {
  std::vector<LedgerLine> lines;
  std::int64_t seq = 0;
  for (std::int64_t i = 0; i < 4; ++i) {
    for (const Resource resource :
         {Resource::kCpuTime, Resource::kMemory, Resource::kNetworkOut, Resource::kLoopback}) {
      LedgerLine line;
      line.usage.id = {ProjectId{"demo"}, AgentId{"a1"}, BootId{"b"}, ++seq, resource};
      line.usage.scope = {ScopeKind::kEpoch, i / 2};
      line.usage.replica = static_cast<std::int32_t>(i % 2);
      line.usage.t0 = UtcTime{testing::kStart + i * 10 * kNanosPerSecond + 5};
      line.usage.t1 = line.usage.t0 + Nanos{10 * kNanosPerSecond};
      line.usage.u0 = Wide{i} * 7'000'000'001;
      line.usage.u1 = Wide{i + 1} * 7'000'000'001;
      line.usage.source = SourceKind::kCgroupCpuStat;
      line.sheet = SheetName{"reference"};
      line.sheet_version = 1;
      line.amount = NanoMoney{
          resource == Resource::kMemory || resource == Resource::kLoopback ? 0 : 388'888 + i};
      lines.push_back(line);
    }
    LedgerLine close = lines.back();
    close.usage.id.seq = ++seq;
    close.usage.id.resource = Resource::kMemory;
    close.usage.kind = LineKind::kMemoryClose;
    close.usage.u0 = 0;
    close.usage.u1 = Wide{5'000'000'000'000};  // 0.5 GB for 10 s
    close.usage.pieces = {{close.usage.t0, close.usage.t1, Nanos{10 * kNanosPerSecond}}};
    close.amount = NanoMoney{25'000'000};
    lines.push_back(close);
  }
  return lines;
}

std::string Export(FocusRows rows, const std::vector<LedgerLine>& lines = MadeUpLines()) {
  FocusExport focus(testing::MadeUpRun().run, {testing::MadeUpSheet()}, rows);
  for (const LedgerLine& line : lines) EXPECT_TRUE(focus.Add(line));
  return focus.Csv();
}

Wide Nano(const std::string& decimal) { return ParseDecimal(decimal).value().Count(); }

TEST(Focus, EveryCostColumnAddsUpToTheLedgerExactly) {
  Wide ledger = 0;
  for (const LedgerLine& line : MadeUpLines()) ledger += line.amount.Count();
  for (const FocusRows rows : {FocusRows::kSums, FocusRows::kLines}) {
    const auto records = Read(Export(rows));
    for (const char* const column : {"BilledCost", "EffectiveCost", "ListCost", "ContractedCost"}) {
      Wide sum = 0;
      for (const auto& record : records) sum += Nano(record.at(column));
      EXPECT_TRUE(sum == ledger) << column;
    }
  }
}

TEST(Focus, SumsHaveARowPerEpochReplicaAndResourceAndLinesOnePerChargedLine) {
  EXPECT_EQ(Read(Export(FocusRows::kSums)).size(), 2U * 2 * 3);
  EXPECT_EQ(Read(Export(FocusRows::kLines)).size(), 4U * 4);
}

TEST(Focus, EveryValueIsOfItsColumnsTypeAndNullOnlyWhereItMayBe) {
  const std::regex decimal(R"(-?\d+(\.\d+)?)");
  const std::regex time(R"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{9})?Z)");
  for (const auto& record : Read(Export(FocusRows::kSums))) {
    for (const FocusColumn& column : FocusColumns()) {
      const std::string& value = record.at(std::string(column.name));
      if (value.empty()) {
        EXPECT_TRUE(column.nullable) << column.name;
        continue;
      }
      if (column.type == FocusType::kDecimal) {
        EXPECT_TRUE(std::regex_match(value, decimal)) << column.name << " " << value;
      }
      if (column.type == FocusType::kDateTime) {
        EXPECT_TRUE(std::regex_match(value, time)) << column.name << " " << value;
      }
      if (column.type == FocusType::kJson) {
        EXPECT_TRUE(nlohmann::json::parse(value).is_object()) << column.name;
      }
    }
  }
}

TEST(Focus, ColumnsAreNamedAsFocusWants) {
  const std::regex own("x_[A-Z][A-Za-z]*");
  const std::regex focus("[A-Z][A-Za-z]*");
  std::set<std::string_view> names;
  bool own_began = false;
  for (const FocusColumn& column : FocusColumns()) {
    const std::string name{column.name};
    own_began = own_began || name.starts_with("x_");
    EXPECT_TRUE(std::regex_match(name, own_began ? own : focus)) << name;
    EXPECT_LE(name.size(), 50U);
    EXPECT_TRUE(names.insert(column.name).second) << name;
  }
  for (const char* const mandatory :
       {"BilledCost",        "BillingAccountId",   "BillingAccountName", "BillingCurrency",
        "BillingPeriodEnd",  "BillingPeriodStart", "ChargeCategory",     "ChargeClass",
        "ChargeDescription", "ChargePeriodEnd",    "ChargePeriodStart",  "ContractedCost",
        "EffectiveCost",     "InvoiceIssuerName",  "ListCost",           "PricingQuantity",
        "PricingUnit",       "ProviderName",       "PublisherName",      "ServiceCategory",
        "ServiceName"}) {
    EXPECT_TRUE(names.contains(mandatory)) << mandatory;
  }
}

TEST(Focus, PeriodsAreHalfOpenAndWithinTheirMonth) {
  for (const auto& record : Read(Export(FocusRows::kLines))) {
    EXPECT_LT(record.at("ChargePeriodStart"), record.at("ChargePeriodEnd"));
    EXPECT_EQ(record.at("BillingPeriodStart"), "2026-11-01T00:00:00Z");
    EXPECT_EQ(record.at("BillingPeriodEnd"), "2026-12-01T00:00:00Z");
    EXPECT_LE(record.at("BillingPeriodStart"), record.at("ChargePeriodStart"));
  }
}

TEST(Focus, AYearEndsInDecember) {
  auto lines = MadeUpLines();
  lines.resize(1);
  lines.front().usage.t0 = ParseUtc("2026-12-31T23:59:59Z").value();
  lines.front().usage.t1 = lines.front().usage.t0 + Nanos{1};
  const auto record = Read(Export(FocusRows::kSums, lines)).front();
  EXPECT_EQ(record.at("BillingPeriodEnd"), "2027-01-01T00:00:00Z");
  EXPECT_EQ(record.at("ChargePeriodEnd"), "2027-01-01T00:00:00Z");  // no period is empty
}

TEST(Focus, PriceTimesQuantityMeetsTheCostToANanoUnitPerLine) {
  for (const auto& record : Read(Export(FocusRows::kLines))) {
    if (record.at("x_Resource") != "memory") continue;
    const double product =
        std::stod(record.at("ListUnitPrice")) * std::stod(record.at("PricingQuantity"));
    EXPECT_NEAR(product, std::stod(record.at("ListCost")), 1e-9);
  }
}

TEST(Focus, ALineOfAnUnknownSheetIsAnError) {
  FocusExport focus(testing::MadeUpRun().run, {}, FocusRows::kSums);
  const auto added = focus.Add(MadeUpLines().front());
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, ErrorCode::kNotFound);
}

TEST(Focus, HostileNamesAreNeitherFormulasNorColumns) {
  epochcost::Run run = testing::MadeUpRun().run;
  run.name = "=1+1\",\n\xFF";
  FocusExport focus(run, {testing::MadeUpSheet()}, FocusRows::kSums);
  ASSERT_TRUE(focus.Add(MadeUpLines().front()));
  const auto record = Read(focus.Csv()).front();
  EXPECT_EQ(record.at("ResourceName"), "'=1+1\",\n\uFFFD");
  EXPECT_EQ(nlohmann::json::parse(record.at("Tags")).at("run_name"), "=1+1\",\n\uFFFD");
}

// test/focus/validate hands this file to the public validator.
TEST(Focus, WritesTheSampleForTheValidator) {
  const char* const path = std::getenv("EPOCHCOST_FOCUS_SAMPLE");
  if (path == nullptr) GTEST_SKIP() << "EPOCHCOST_FOCUS_SAMPLE names no file";
  std::ofstream file(path, std::ios::binary);
  file << Export(FocusRows::kSums);
  EXPECT_TRUE(file.flush());
}

}  // namespace
}  // namespace epochcost::api
