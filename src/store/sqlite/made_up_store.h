#pragma once
// For tests: a ledger of its own, opened, with one run begun in it.

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "store/sqlite/made_up_ledger.h"
#include "store/sqlite/sqlite_store.h"

namespace epochcost::store::sqlite::made_up {

class OpenedLedger : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = Open(folder_.File("账 本 %.db"), OpenMode::kReadWriteCreate, kPatience);
    ASSERT_TRUE(opened) << Describe(opened.error());
    store_ = std::move(*opened);
    ASSERT_TRUE(store_->BeginRun(ARun()));
  }
  Receipt Append(const Commit& commit) {
    const auto receipt = store_->Append(commit);
    EXPECT_TRUE(receipt) << Describe(receipt.error());
    return receipt.value_or(Receipt{});
  }
  RunCost Cost(const RunId& run = ARun().id) {
    const auto cost = store_->Cost(run);
    EXPECT_TRUE(cost) << Describe(cost.error());
    return cost.value_or(RunCost{});
  }
  std::vector<LedgerLine> AllLines() {
    std::vector<LedgerLine> lines;
    const auto done = store_->ForEachLine(ARun().id, [&](const LedgerLine& line) -> Result<void> {
      lines.push_back(line);
      return {};
    });
    EXPECT_TRUE(done) << Describe(done.error());
    return lines;
  }

  Folder folder_;
  std::unique_ptr<Store> store_;
};

}  // namespace epochcost::store::sqlite::made_up
