// Whatever a ledger file holds, opening and reading it ends with a value or an error.

#include <fcntl.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "store/sqlite/made_up_ledger.h"
#include "store/sqlite/sqlite_store.h"

namespace {

using namespace epochcost;                          // NOLINT: a fuzz target is one page
using namespace epochcost::store::sqlite;           // NOLINT
using namespace epochcost::store::sqlite::made_up;  // NOLINT

std::string Place() {
  return access("/dev/shm", W_OK) == 0 ? "/dev/shm"
                                       : std::filesystem::temp_directory_path().string();
}

// A sound ledger with a row in every table that a reader looks at.
std::string MakeSound(const Folder& folder) {
  const std::string path = folder.File("sound.db");
  {
    const auto store = Open(path, OpenMode::kReadWriteCreate, kPatience);
    if (!store) abort();
    PriceSheet sheet;
    sheet.name = SheetName{"reference"};
    sheet.rates.at(1) = Rate{200'000'000, 3'600};
    sheet.rented.at(1) = Rented{500};
    Commit commit = Lines(1, 40);
    commit.sealed[0].usage.pieces = {{UtcTime{1}, UtcTime{2}, Nanos{1}}};
    commit.open = {ALine(41, commit, {ScopeKind::kEpoch, 0}, Resource::kMemory)};
    commit.readings = {
        {{Signal::kCpuNs, SourceKind::kReplay, 0, BootTime{7}, 9, Quality::kMeasured}}};
    commit.mark_offsets = {{"1-1.marks", 128}};
    commit.notices = {{NoticeKind::kGap, UtcTime{3}, "a gap", "none"}};
    commit.metrics = {{0, "loss", 0.5, UtcTime{4}}};
    commit.progress.closed = {{ScopeKind::kEpoch, 0}};
    if (!(*store)->AddSheet(sheet) || !(*store)->BeginRun(ARun()) || !(*store)->Append(commit))
      abort();
  }
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The input is a file of its own, or (first byte even) changes to a sound one: position (3 bytes),
// value (1 byte), again and again.
std::string FileOf(const std::string& sound, const std::uint8_t* data, std::size_t size) {
  if (size == 0 || data[0] % 2 == 1) return {data, data + size};
  std::string file = sound;
  for (std::size_t at = 1; at + 4 <= size; at += 4) {
    const std::size_t position = data[at] + 256U * data[at + 1] + 65'536U * data[at + 2];
    file[position % file.size()] = static_cast<char>(data[at + 3]);
  }
  return file;
}

void Write(const std::string& path, const std::string& bytes) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0 || write(fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
    abort();
  close(fd);
  for (const char* const companion : {"-wal", "-shm", "-journal"})
    unlink((path + companion).c_str());
}

void Use(const std::string& path, OpenMode mode) {
  const auto store = Open(path, mode, Nanos{0});
  if (!store) {
    if (store.error().what.empty()) abort();
    return;
  }
  const RunId run = ARun().id;
  (void)(*store)->Runs({});
  (void)(*store)->FindRun("0");
  (void)(*store)->Sheets();
  (void)(*store)->GetProject(ARun().project);
  (void)(*store)->ProjectTotal(ARun().project);
  (void)(*store)->Cost(run);
  (void)(*store)->SumRows(run);
  (void)(*store)->Resume(run);
  (void)(*store)->ForEachLine(run, [](const LedgerLine&) -> Result<void> { return {}; });
  if (mode == OpenMode::kReadOnly) return;
  (void)(*store)->BeginRun(ARun());
  (void)(*store)->Append(Lines(39, 45, ACommit(ARun(), "b2")));
  (void)(*store)->EndRun(run, UtcTime{1}, RunState::kFinished, 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Folder folder(Place());
  static const std::string sound = MakeSound(folder);
  const std::string path = folder.File("ledger.db");
  const std::string file = FileOf(sound, data, size);
  Write(path, file);
  Use(path, OpenMode::kReadOnly);
  Write(path, file);
  Use(path, OpenMode::kReadWriteCreate);
  return 0;
}
