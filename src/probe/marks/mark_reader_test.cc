#include "probe/marks/mark_reader.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "probe/marks/mark_writer.h"

namespace epochcost::probe::marks {
namespace {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "marks-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const std::string& Path() const { return path_; }
  [[nodiscard]] std::string File(const std::string& name) const { return path_ + "/" + name; }

  [[nodiscard]] MarkWriter Writer(std::uint32_t pid, std::int32_t replica = 0) const {
    auto writer = MarkWriter::Open(path_, {.pid = pid, .start_ticks = 1, .replica = replica});
    EXPECT_TRUE(writer);
    return std::move(*writer);
  }
  [[nodiscard]] MarkReader Reader(std::int64_t limit = kRecordsPerPoll,
                                  const std::vector<MarkOffset>& resume = {}) const {
    auto reader = MarkReader::Open(path_, resume, limit);
    EXPECT_TRUE(reader);
    return std::move(*reader);
  }
  void Poke(const std::string& name, std::streamoff at, const std::string& bytes) const {
    std::fstream file(File(name), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(at);
    file << bytes;
  }

 private:
  std::string path_;
};

Mark EpochBegin(std::int64_t index, std::int64_t at) {
  return {.kind = MarkKind::kEpochBegin, .index = index, .at = {at}};
}

std::vector<std::int64_t> Times(const ReadMarks& read) {
  std::vector<std::int64_t> times;
  for (const Mark& mark : read.marks) times.push_back(mark.at.ns);
  return times;
}

TEST(MarkReader, MergesSeveralWritersInTheOrderOfTime) {
  const Folder folder;
  MarkWriter a = folder.Writer(10, 0);
  MarkWriter b = folder.Writer(20, 1);
  for (const std::int64_t at : {1, 4, 5}) ASSERT_TRUE(a.Append(EpochBegin(0, at)));
  for (const std::int64_t at : {2, 3, 6}) ASSERT_TRUE(b.Append(EpochBegin(0, at)));
  MarkReader reader = folder.Reader();
  const auto read = reader.Poll();
  ASSERT_TRUE(read);
  EXPECT_EQ(Times(*read), (std::vector<std::int64_t>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(read->marks[1].replica, 1);
  ASSERT_EQ(read->writers.size(), 2U);
  EXPECT_EQ(read->writers[read->mark_writers[1]].pid, 20U);
  EXPECT_FALSE(read->more);
}

TEST(MarkReader, ReadsEachMarkOnceAndSeesWhatIsAppendedLater) {
  const Folder folder;
  MarkReader reader = folder.Reader();
  EXPECT_TRUE(reader.Poll()->marks.empty());
  MarkWriter writer = folder.Writer(10);
  ASSERT_TRUE(writer.Append(EpochBegin(0, 1)));
  EXPECT_EQ(reader.Poll()->marks.size(), 1U);
  EXPECT_TRUE(reader.Poll()->marks.empty());
  ASSERT_TRUE(writer.Append(EpochBegin(1, 2)));
  EXPECT_EQ(Times(*reader.Poll()), std::vector<std::int64_t>{2});
}

TEST(MarkReader, ContinuesAtTheOffsetsOfAnEarlierReader) {
  const Folder folder;
  MarkWriter writer = folder.Writer(10);
  ASSERT_TRUE(writer.Append(EpochBegin(0, 1)));
  const auto offsets = folder.Reader().Poll()->offsets;
  ASSERT_TRUE(writer.Append(EpochBegin(1, 2)));
  EXPECT_EQ(Times(*folder.Reader(kRecordsPerPoll, offsets).Poll()), std::vector<std::int64_t>{2});
}

TEST(MarkReader, TakesAFloodInBoundedPollsAndLosesNothing) {
  const Folder folder;
  MarkWriter flood = folder.Writer(10);
  MarkWriter calm = folder.Writer(20);
  for (std::int64_t at = 1; at <= 5'000; ++at) ASSERT_TRUE(flood.Append(EpochBegin(at, at)));
  ASSERT_TRUE(calm.Append(EpochBegin(0, 2'500)));
  MarkReader reader = folder.Reader(100);
  std::vector<std::int64_t> times;
  bool more = true;
  for (int polls = 0; more && polls < 1'000; ++polls) {
    const auto read = reader.Poll();
    ASSERT_LE(read->marks.size(), 100U);
    for (const std::int64_t at : Times(*read)) times.push_back(at);
    more = read->more;
  }
  EXPECT_EQ(times.size(), 5'001U);
  EXPECT_TRUE(std::ranges::is_sorted(times));
}

TEST(MarkReader, GrowsWithItsFiles) {
  const Folder folder;
  MarkWriter writer = folder.Writer(10);
  for (std::int64_t at = 1; at <= kFirstRecords + 1; ++at) {
    ASSERT_TRUE(writer.Append(EpochBegin(at, at)));
  }
  EXPECT_EQ(folder.Reader().Poll()->marks.size(), static_cast<std::size_t>(kFirstRecords + 1));
}

TEST(MarkReader, ShowsTheCountersOfTheHeader) {
  const Folder folder;
  MarkWriter writer = folder.Writer(10);
  MarkReader reader = folder.Reader();
  ASSERT_TRUE(writer.Count(5, 160, {77}));
  const auto read = reader.Poll();
  ASSERT_EQ(read->writers.size(), 1U);
  EXPECT_EQ(read->writers[0].steps, 5);
  EXPECT_EQ(read->writers[0].samples, 160);
}

TEST(MarkReader, WaitsOnceForAHalfWrittenRecord) {
  const Folder folder;
  MarkWriter writer = folder.Writer(10);
  ASSERT_TRUE(writer.Append(EpochBegin(0, 1)));
  const Block whole = EncodeMark(EpochBegin(1, 2));
  std::string bytes(whole.begin(), whole.end());
  folder.Poke("10-1.marks", 256, bytes.substr(0, 64));
  MarkReader reader = folder.Reader();
  auto read = reader.Poll();
  EXPECT_EQ(read->marks.size(), 1U);
  EXPECT_TRUE(read->rejected.empty());
  folder.Poke("10-1.marks", 256, bytes);
  read = reader.Poll();
  EXPECT_EQ(Times(*read), std::vector<std::int64_t>{2});
  EXPECT_TRUE(read->rejected.empty());
}

TEST(MarkReader, RejectsADamagedRecordAtTheSecondReadingAndGoesOnBehindIt) {
  const Folder folder;
  MarkWriter writer = folder.Writer(10);
  for (const std::int64_t at : {1, 2, 3}) ASSERT_TRUE(writer.Append(EpochBegin(at, at)));
  folder.Poke("10-1.marks", 256 + 8, "X");
  MarkReader reader = folder.Reader();
  EXPECT_EQ(Times(*reader.Poll()), std::vector<std::int64_t>{1});
  const auto read = reader.Poll();
  EXPECT_EQ(Times(*read), std::vector<std::int64_t>{3});
  ASSERT_EQ(read->rejected.size(), 1U);
  EXPECT_EQ(read->rejected[0].file, "10-1.marks");
  EXPECT_EQ(read->rejected[0].offset, 256);
}

TEST(MarkReader, RefusesAFileWithNothingButDamage) {
  const Folder folder;
  (void)folder.Writer(10);
  folder.Poke("10-1.marks", 128, std::string(128 * 100, 'x'));
  MarkReader reader = folder.Reader();
  std::size_t told = 0;
  for (int i = 0; i < 200; ++i) {
    const auto read = reader.Poll();
    for (const Rejected& one : read->rejected) {
      told += one.reason == "too many of its records are damaged" ? 1 : 0;
    }
  }
  EXPECT_EQ(told, 1U);
}

TEST(MarkReader, TellsForeignFilesOnceAndReadsTheOthers) {
  const Folder folder;
  MarkWriter writer = folder.Writer(10);
  ASSERT_TRUE(writer.Append(EpochBegin(0, 1)));
  std::ofstream(folder.File("notes.txt")) << "hello";
  std::ofstream(folder.File("1-1.marks")) << std::string(512, 'x');     // no magic
  fs::copy_file(folder.File("10-1.marks"), folder.File("11-1.marks"));  // another's header
  fs::create_symlink("/etc/passwd", folder.File("12-1.marks"));
  fs::create_directory(folder.File("13-1.marks"));
  ASSERT_EQ(mkfifo(folder.File("14-1.marks").c_str(), 0600), 0);
  std::ofstream(folder.File("15-1.marks")) << "";
  fs::resize_file(folder.File("15-1.marks"),
                  static_cast<std::uintmax_t>(kHeaderBytes + (kMaxRecords + 1) * kRecordBytes));
  MarkReader reader = folder.Reader();
  const auto read = reader.Poll();
  ASSERT_TRUE(read);
  EXPECT_EQ(read->marks.size(), 1U);
  EXPECT_EQ(read->rejected.size(), 7U);
  EXPECT_TRUE(reader.Poll()->rejected.empty());
}

TEST(MarkReader, RefusesAFileOfAnotherUser) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  const Folder folder;
  (void)folder.Writer(10);
  ASSERT_EQ(chown(folder.File("10-1.marks").c_str(), 12'345, 12'345), 0);
  const auto read = folder.Reader().Poll();
  ASSERT_EQ(read->rejected.size(), 1U);
  EXPECT_TRUE(read->offsets.empty());
}

TEST(MarkReader, WaitsForAHeaderThatIsNotWrittenYet) {
  const Folder folder;
  std::ofstream(folder.File("10-1.marks")) << std::string(64, '\0');
  MarkReader reader = folder.Reader();
  EXPECT_TRUE(reader.Poll()->rejected.empty());
  fs::remove(folder.File("10-1.marks"));
  MarkWriter writer = folder.Writer(10);
  ASSERT_TRUE(writer.Append(EpochBegin(0, 1)));
  EXPECT_EQ(reader.Poll()->marks.size(), 1U);
}

TEST(MarkReader, TellsThatAFileWasCutAndDoesNotReadItAgain) {
  const Folder folder;
  MarkWriter writer = folder.Writer(10);
  for (const std::int64_t at : {1, 2, 3}) ASSERT_TRUE(writer.Append(EpochBegin(at, at)));
  MarkReader reader = folder.Reader();
  EXPECT_EQ(reader.Poll()->marks.size(), 3U);
  fs::resize_file(folder.File("10-1.marks"), 256);
  const auto read = reader.Poll();
  EXPECT_TRUE(read->marks.empty());
  ASSERT_EQ(read->rejected.size(), 1U);
  EXPECT_TRUE(reader.Poll()->rejected.empty());
}

TEST(MarkReader, ReadsOnWhereTheFolderWasRemoved) {
  const Folder folder;
  MarkWriter writer = folder.Writer(10);
  MarkReader reader = folder.Reader();
  ASSERT_TRUE(reader.Poll());
  fs::remove_all(folder.Path());
  ASSERT_TRUE(writer.Append(EpochBegin(0, 1)));
  const auto read = reader.Poll();
  ASSERT_TRUE(read);
  EXPECT_EQ(read->marks.size(), 1U);
}

TEST(MarkReader, LooksAgainAtAWriterThatClosedAndWentOn) {
  const Folder folder;
  MarkWriter writer = folder.Writer(10);
  ASSERT_TRUE(writer.Append({.kind = MarkKind::kClose, .at = {1}}));
  MarkReader reader = folder.Reader();
  EXPECT_EQ(reader.Poll()->marks.size(), 1U);
  ASSERT_TRUE(reader.Poll());
  ASSERT_TRUE(writer.Append(EpochBegin(1, 2)));
  std::size_t seen = 0;
  for (int i = 0; i < 40; ++i) {
    const auto read = reader.Poll();
    seen += read->marks.size();
    EXPECT_EQ(read->writers.size(), 1U);
  }
  EXPECT_EQ(seen, 1U);
}

TEST(MarkReader, CannotBeOpenedWithoutAFolder) {
  EXPECT_FALSE(MarkReader::Open("/nonexistent/marks"));
}

TEST(MarkWriter, ContinuesTheFileOfTheSameProcess) {
  const Folder folder;
  {
    ASSERT_TRUE(folder.Writer(10).Append(EpochBegin(0, 1)));
  }
  {
    ASSERT_TRUE(folder.Writer(10).Append(EpochBegin(1, 2)));
  }
  EXPECT_EQ(folder.Reader().Poll()->marks.size(), 2U);
}

TEST(MarkWriter, NamesItsFileAfterThisProcess) {
  const Folder folder;
  auto writer = MarkWriter::Create(folder.Path());
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->Append(EpochBegin(0, 1)));
  const auto read = folder.Reader().Poll();
  ASSERT_EQ(read->writers.size(), 1U);
  EXPECT_EQ(read->writers[0].pid, static_cast<std::uint32_t>(getpid()));
  EXPECT_GT(read->writers[0].start_ticks, 0);
}

// However the polls cut it, the same marks arrive once each, in each file's own order.
RC_GTEST_PROP(MarkReader, DeliversEveryMarkOnceWhateverTheTimes, ()) {
  const Folder folder;
  const auto limit = *rc::gen::inRange<std::int64_t>(1, 20);
  std::size_t written = 0;
  for (std::uint32_t pid = 1; pid <= 3; ++pid) {
    MarkWriter writer = folder.Writer(pid, static_cast<std::int32_t>(pid));
    const auto times =
        *rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(1, 100));
    std::int64_t index = 0;
    for (const std::int64_t at : times)
      RC_ASSERT(writer.Append(EpochBegin(index++, at)).has_value());
    written += times.size();
  }
  MarkReader reader = folder.Reader(limit);
  std::map<std::int32_t, std::int64_t> next;
  std::size_t seen = 0;
  bool more = true;
  for (int polls = 0; more && polls < 2'000; ++polls) {
    const auto read = reader.Poll();
    for (const Mark& mark : read->marks) RC_ASSERT(mark.index == next[mark.replica]++);
    seen += read->marks.size();
    more = read->more;
  }
  RC_ASSERT(seen == written);
}

}  // namespace
}  // namespace epochcost::probe::marks
