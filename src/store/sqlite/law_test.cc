// Laws of the ledger: in whatever order, however often and by however many it is written, the same
// lines give the same sums.

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <map>
#include <thread>
#include <tuple>

#include "store/sqlite/made_up_ledger.h"
#include "store/sqlite/sqlite_store.h"

namespace epochcost::store::sqlite {
namespace {

using namespace made_up;  // NOLINT: the test's own words

using Sums =
    std::map<std::tuple<std::int32_t, Scope, Resource>,
             std::tuple<Wide, Wide, std::int64_t, Quality, SourceKind, UtcTime, UtcTime, Nanos>>;

Sums AsMap(const std::vector<SumRow>& rows) {
  Sums sums;
  for (const SumRow& row : rows) {
    sums[{row.replica, row.scope, row.resource}] = {row.sum.quantity, row.sum.amount_nano,
                                                    row.sum.lines,    row.sum.quality,
                                                    row.sum.source,   row.t0,
                                                    row.t1,           row.held};
  }
  return sums;
}

// What the rows must be, from the lines alone.
Sums Replay(const std::vector<LedgerLine>& lines) {
  std::map<std::tuple<std::int32_t, Scope, Resource>, SumRow> rows;
  for (const LedgerLine& line : lines) {
    const UsageLine& usage = line.usage;
    const auto [found, is_new] = rows.try_emplace({usage.replica, usage.scope, usage.id.resource});
    SumRow& row = found->second;
    if (is_new || std::pair(usage.t1, usage.source) > std::pair(row.t1, row.sum.source))
      row.sum.source = usage.source;
    row.t0 = is_new ? usage.t0 : std::min(row.t0, usage.t0);
    row.t1 = is_new ? usage.t1 : std::max(row.t1, usage.t1);
    row.replica = usage.replica;
    row.scope = usage.scope;
    row.resource = usage.id.resource;
    row.sum.amount_nano += line.amount.Count();
    row.sum.quality = Worse(row.sum.quality, usage.quality);
    ++row.sum.lines;
    if (usage.kind != LineKind::kUsage) continue;
    row.sum.quantity += usage.u1 - usage.u0;
    row.held += usage.t1 - usage.t0;
  }
  std::vector<SumRow> all;
  for (const auto& [key, row] : rows) all.push_back(row);
  return AsMap(all);
}

LedgerLine AnyLine(std::int64_t seq, const Commit& commit) {
  LedgerLine line =
      ALine(seq, commit, {static_cast<ScopeKind>(*rc::gen::inRange(0, 3)), *rc::gen::inRange(0, 3)},
            static_cast<Resource>(*rc::gen::inRange(0, 6)), *rc::gen::inRange(0, 2));
  line.usage.kind = static_cast<LineKind>(*rc::gen::inRange(0, 2));
  line.usage.quality = static_cast<Quality>(*rc::gen::inRange(0, 3));
  line.usage.source = static_cast<SourceKind>(*rc::gen::inRange(0, 12));
  line.usage.u1 = line.usage.u0 +
                  Wide{*rc::gen::inRange<std::int64_t>(0, INT64_MAX)} * *rc::gen::inRange(1, 1'000);
  line.amount = NanoMoney{*rc::gen::inRange<std::int64_t>(INT64_MIN, INT64_MAX)};
  line.sheet_version = *rc::gen::inRange(0, 3);
  return line;
}

TEST(LedgerLaw, AnyOrderRepetitionOrLossWithResendGivesTheSameSums) {
  // In memory where there is such a folder: hundreds of ledgers, whose durability is not the law.
  const std::string place = access("/dev/shm", W_OK) == 0
                                ? std::string("/dev/shm")
                                : std::filesystem::temp_directory_path().string();
  EXPECT_TRUE(rc::check([&place] {
    const Folder folder(place);
    const auto store = Open(folder.File("ledger.db"), OpenMode::kReadWriteCreate, kPatience);
    RC_ASSERT(store.has_value());
    RC_ASSERT((*store)->BeginRun(ARun()).has_value());
    std::vector<LedgerLine> lines;
    const int count = *rc::gen::inRange(1, 40);
    for (std::int64_t seq = 1; seq <= count; ++seq) lines.push_back(AnyLine(seq, ACommit()));
    std::vector<LedgerLine> sent = lines;  // some twice, in any order
    for (const LedgerLine& line : lines) {
      if (*rc::gen::inRange(0, 3) == 0) sent.push_back(line);
    }
    for (std::size_t i = sent.size(); i > 1; --i)
      std::swap(sent[i - 1], sent[*rc::gen::inRange<std::size_t>(0, i)]);

    Receipt last;
    for (std::size_t at = 0; at < sent.size();) {
      Commit commit = ACommit();
      commit.contiguous_seq =
          count;  // what the meter says of itself: it has handed over everything
      const auto size = std::min(sent.size() - at, *rc::gen::inRange<std::size_t>(1, 12));
      commit.sealed.assign(sent.begin() + static_cast<std::ptrdiff_t>(at),
                           sent.begin() + static_cast<std::ptrdiff_t>(at + size));
      const auto receipt = (*store)->Append(commit);
      RC_ASSERT(receipt.has_value());
      last = *receipt;
      if (*rc::gen::inRange(0, 4) != 3) at += size;  // else the answer was lost: all of it again
    }
    std::vector<LedgerLine> kept;
    RC_ASSERT((*store)
                  ->ForEachLine(ARun().id,
                                [&](const LedgerLine& line) -> Result<void> {
                                  kept.push_back(line);
                                  return {};
                                })
                  .has_value());
    const Sums sums = AsMap(*(*store)->SumRows(ARun().id));
    RC_ASSERT(kept == lines);
    RC_ASSERT(sums == Replay(kept));
    Wide total = 0;
    for (const LedgerLine& line : lines) total += line.amount.Count();
    RC_ASSERT(last.run_total.nano == total);
    RC_ASSERT((*store)->ProjectTotal(ARun().project)->nano == total);
    RC_ASSERT((*store)->Cost(ARun().id)->total.nano == total);
  }));
}

// One writer's life: opens, perhaps makes, the file and commits 40 times.
bool WriteARun(const std::string& path, int writer) {
  const Run run = ARun("00000000000" + std::to_string(writer));
  const auto store = Open(path, OpenMode::kReadWriteCreate, kPatience);
  if (!store || !(*store)->BeginRun(run)) return false;
  for (std::int64_t i = 0; i < 40; ++i) {
    Commit commit = Lines(i * 10 + 1, i * 10 + 10, ACommit(run, "boot-" + std::to_string(writer)));
    if (i < 39) commit.open = {ALine(i * 10 + 11, commit)};
    if (!(*store)->Append(commit)) return false;
  }
  return true;
}

void ExpectEightWholeRuns(const std::string& path) {
  const auto store = Open(path, OpenMode::kReadOnly, kPatience);
  ASSERT_TRUE(store) << Describe(store.error());
  for (int writer = 0; writer < 8; ++writer) {
    const auto rows = (*store)->SumRows(RunId{"00000000000" + std::to_string(writer)});
    ASSERT_TRUE(rows);
    ASSERT_EQ(rows->size(), 1U);
    EXPECT_EQ(rows->front().sum.lines, 400);
    EXPECT_EQ(rows->front().sum.quantity, 40'000);
  }
  EXPECT_EQ((*store)->ProjectTotal(ARun().project)->nano, 8 * 400 * 7);
}

TEST(LedgerLaw, EightProcessesThatMakeAndFillOneFileLoseNothing) {
  const Folder folder;
  const std::string path = folder.File("ledger.db");
  std::vector<pid_t> children;
  for (int writer = 0; writer < 8; ++writer) {
    const pid_t child = fork();
    if (child == 0) _exit(WriteARun(path, writer) ? 0 : 1);
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 1;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  ExpectEightWholeRuns(path);
}

TEST(LedgerLaw, EightThreadsThatMakeAndFillOneFileLoseNothing) {
  const Folder folder;
  const std::string path = folder.File("ledger.db");
  {
    std::vector<std::jthread> threads;
    for (int writer = 0; writer < 8; ++writer) {
      threads.emplace_back([&path, writer] { EXPECT_TRUE(WriteARun(path, writer)); });
    }
  }
  ExpectEightWholeRuns(path);
}

TEST(LedgerLaw, AWriterThatIsKilledLosesNothingThatItWasTold) {
  const Folder folder;
  const std::string path = folder.File("ledger.db");
  std::array<int, 2> told{};
  ASSERT_EQ(pipe(told.data()), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto store = Open(path, OpenMode::kReadWriteCreate, kPatience);
    if (!store || !(*store)->BeginRun(ARun())) _exit(1);
    for (std::int64_t i = 0;; ++i) {
      if (!(*store)->Append(Lines(i * 10 + 1, i * 10 + 10))) _exit(1);
      if (write(told[1], "x", 1) != 1) _exit(1);
    }
  }
  std::int64_t commits = 0;
  char byte = 0;
  while (commits < 25 && read(told[0], &byte, 1) == 1) ++commits;
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  close(told[1]);
  while (read(told[0], &byte, 1) == 1) ++commits;
  close(told[0]);
  const auto store = Open(path, OpenMode::kReadWriteCreate, kPatience);
  ASSERT_TRUE(store);
  const auto rows = (*store)->SumRows(ARun().id);
  ASSERT_TRUE(rows);
  EXPECT_GE(rows->front().sum.lines, commits * 10);
  EXPECT_EQ(rows->front().sum.lines % 10, 0);
  EXPECT_EQ(rows->front().sum.amount_nano, rows->front().sum.lines * 7);
}

}  // namespace
}  // namespace epochcost::store::sqlite
