#include "app/totals_file.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

namespace epochcost::app {
namespace {

class TotalsFile : public testing::Test {
 protected:
  TotalsFile() {
    std::string pattern = (std::filesystem::temp_directory_path() / "totals-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~TotalsFile() override { std::filesystem::remove_all(folder_); }
  [[nodiscard]] std::string Path() const { return folder_ + "/totals"; }

  // Overwrites bytes in the file, as a fault would.
  void Poke(std::streamoff at, char byte) const {
    std::fstream file(Path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(at);
    file.put(byte);
  }

  std::string folder_;
};

Totals Example() {
  return Totals{.project = {.nano = Wide{12'340'000'001}},
                .run = {.nano = Wide{2'340'000'001}},
                .as_of = {700},
                .as_of_utc = {1'795'000'000'000'000'000},
                .marks_up_to = {600},
                .is_closed = true,
                .has_provisional = true,
                .budget = Money{.nano = Wide{5'000} * kNanoPerUnit},
                .threshold_ppm = 750'000,
                .sealed_close = {500}};
}

TEST_F(TotalsFile, IsReadAsItWasWritten) {
  auto writer = TotalsWriter::Create(Path());
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->Write(Example()));
  const auto read = ReadTotals(Path());
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->project, Example().project);
  EXPECT_EQ(read->run, Example().run);
  EXPECT_EQ(read->as_of.ns, 700);
  EXPECT_EQ(read->as_of_utc.ns, 1'795'000'000'000'000'000);
  EXPECT_EQ(read->marks_up_to.ns, 600);
  EXPECT_TRUE(read->is_closed);
  EXPECT_TRUE(read->has_provisional);
  EXPECT_EQ(read->budget, Example().budget);
  EXPECT_EQ(read->threshold_ppm, 750'000);
  EXPECT_EQ(read->sealed_close.ns, 500);
  EXPECT_EQ(std::filesystem::file_size(Path()), 256U);
}

// What the SDK is tested to read.
TEST_F(TotalsFile, HasTheBytesThatTheSdkExpects) {
  auto writer = TotalsWriter::Create(Path());
  ASSERT_TRUE(writer->Write(Example()));
  std::ifstream file(Path(), std::ios::binary);
  std::string hex;
  for (char byte = 0; file.get(byte);) {
    hex += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    if (hex.size() % 65 == 64) hex += '\n';
  }
  std::ifstream golden(EPOCHCOST_SOURCE_DIR "/sdk/python/tests/totals.hex");
  std::ostringstream expected;
  expected << golden.rdbuf();
  EXPECT_EQ(hex, expected.str());
}

TEST_F(TotalsFile, KeepsNegativeTotalsAndThoseBeyondInt64Nanos) {
  auto writer = TotalsWriter::Create(Path());
  ASSERT_TRUE(writer);
  for (const Wide nano : {Wide{-1'500'000'001}, Wide{INT64_MAX} * 1'000, Wide{-1}}) {
    Totals totals = Example();
    totals.project.nano = nano;
    ASSERT_TRUE(writer->Write(totals));
    EXPECT_EQ(ReadTotals(Path())->project.nano, nano);
  }
}

TEST_F(TotalsFile, HasNoBudgetWhereTheProjectHasNone) {
  auto writer = TotalsWriter::Create(Path());
  Totals totals = Example();
  totals.budget.reset();
  ASSERT_TRUE(writer->Write(totals));
  EXPECT_FALSE(ReadTotals(Path())->budget.has_value());
}

TEST_F(TotalsFile, IsNotFoundBeforeTheFirstWrite) {
  EXPECT_EQ(ReadTotals(Path()).error().code, ErrorCode::kNotFound);
  const auto writer = TotalsWriter::Create(Path());
  EXPECT_EQ(ReadTotals(Path()).error().code, ErrorCode::kNotFound);
}

TEST_F(TotalsFile, IsUnavailableWhileItIsBeingWrittenAndWhereItsChecksumIsWrong) {
  auto writer = TotalsWriter::Create(Path());
  ASSERT_TRUE(writer->Write(Example()));
  Poke(8, 3);  // an odd sequence
  EXPECT_EQ(ReadTotals(Path()).error().code, ErrorCode::kUnavailable);
  ASSERT_TRUE(writer->Write(Example()));
  Poke(20, 7);
  EXPECT_EQ(ReadTotals(Path()).error().code, ErrorCode::kUnavailable);
}

TEST_F(TotalsFile, IsContinuedAfterAWriterThatDiedWhileWriting) {
  {
    ASSERT_TRUE(TotalsWriter::Create(Path())->Write(Example()));
  }
  Poke(8, 3);
  auto writer = TotalsWriter::Create(Path());
  ASSERT_TRUE(writer->Write(Example()));
  EXPECT_TRUE(ReadTotals(Path()));
}

TEST_F(TotalsFile, RefusesSeveralCurrenciesAndWhatDoesNotFit) {
  auto writer = TotalsWriter::Create(Path());
  Totals mixed = Example();
  mixed.run.currency = *Currency::Parse("USD");
  EXPECT_EQ(writer->Write(mixed).error().code, ErrorCode::kInvalidInput);
  Totals vast = Example();
  vast.project.nano = Wide{INT64_MAX} * kNanoPerUnit * 10;
  EXPECT_EQ(writer->Write(vast).error().code, ErrorCode::kOverflow);
}

TEST_F(TotalsFile, IsCorruptWhereItIsAnotherFileOrOfAnUnknownCurrency) {
  std::ofstream(Path()) << std::string(256, 'x');
  EXPECT_EQ(ReadTotals(Path()).error().code, ErrorCode::kCorrupt);
}

TEST_F(TotalsFile, CannotBeMadeWhereThereIsNoFolder) {
  EXPECT_EQ(TotalsWriter::Create(folder_ + "/none/totals").error().code, ErrorCode::kIo);
}

TEST_F(TotalsFile, IsNeverReadTornBesideABusyWriter) {
  auto writer = TotalsWriter::Create(Path());
  Totals totals = Example();
  ASSERT_TRUE(writer->Write(totals));
  std::atomic<bool> is_done = false;
  std::thread busy([&] {
    for (std::int64_t i = 1; i <= 20'000; ++i) {
      totals.project.nano = totals.run.nano = Wide{i} * 1'000'000'007;
      (void)writer->Write(totals);
    }
    is_done = true;
  });
  std::int64_t whole = 0;
  while (!is_done || whole == 0) {
    const auto read = ReadTotals(Path());
    if (!read) continue;
    if (read->run.nano != Example().run.nano) {
      ASSERT_EQ(read->project.nano, read->run.nano);
    }
    ++whole;
  }
  busy.join();
  EXPECT_GT(whole, 0);
}

}  // namespace
}  // namespace epochcost::app
