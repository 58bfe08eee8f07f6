#pragma once
// The totals file: how the meter tells the SDK and the terminal what was spent, without anybody
// waiting. docs/formats.md has the bytes.

#include <cstdint>
#include <optional>
#include <string>

#include "base/money.h"
#include "base/result.h"
#include "base/time.h"

namespace epochcost::app {

// All money is in `currency`; the Money members carry it too.
struct Totals {
  Money project;   // over all its runs: committed + open + provisional
  Money run;       // of this run, likewise
  BootTime as_of;  // of the newest reading in it
  UtcTime as_of_utc;
  BootTime marks_up_to;    // the newest mark taken into account
  bool is_closed = false;  // everything of this run is in the ledger
  bool has_provisional = false;
  std::optional<Money> budget;  // the project's
  std::int64_t threshold_ppm = 800'000;
  BootTime sealed_close;  // the newest close mark after which all was sealed and committed; 0: none
};

// Publishes totals. One writer at a time; a later one continues the file. One thread.
//
// Written with pwrite, not through a mapping: where the disk is full or the file was cut, that is
// an error here and not a signal.
class TotalsWriter {
 public:
  // Makes the file, or continues it. Error kIo.
  static Result<TotalsWriter> Create(const std::string& path);
  TotalsWriter(TotalsWriter&& other) noexcept;
  TotalsWriter& operator=(TotalsWriter&& other) noexcept;
  TotalsWriter(const TotalsWriter&) = delete;
  TotalsWriter& operator=(const TotalsWriter&) = delete;
  ~TotalsWriter();

  // Errors: kInvalidInput, the currencies differ; kOverflow, a total beyond 9.2e18 whole units;
  // kIo. Readers keep the totals before, or find none.
  Result<void> Write(const Totals& totals);

 private:
  TotalsWriter(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  std::string path_;
  int fd_ = -1;
  std::uint64_t sequence_ = 0;
};

// The totals as last published. Errors: kNotFound, there is no file, or nothing was published yet;
// kUnavailable, it was being written at each of several tries; kCorrupt; kIo.
[[nodiscard]] Result<Totals> ReadTotals(const std::string& path);

}  // namespace epochcost::app
