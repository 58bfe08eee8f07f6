#pragma once
// Epochs from what a program prints, where it does not mark them itself.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "meter/printed_form.h"
#include "model/mark.h"

namespace epochcost::meter {

struct Recognised {
  std::int64_t epoch = 0;               // from 0, whatever the program counts from
  std::optional<std::int64_t> planned;  // epochs in all, where the line says so without doubt
  bool at_end = false;                  // it ended with this line; else it had begun
  std::string_view form;                // FormInfo::name
};

// One per stream (stdout, stderr) of one program. Bytes may be cut anywhere; carriage returns end a
// line as line feeds do; escape sequences are passed over; of a line only the first 4 KiB are
// looked at. The result does not depend on how the bytes were cut, except that a progress bar is
// seen before its line ends.
//
// Each epoch is told at most once as begun and once as ended, and numbers only go forward. A last
// line without an end is not seen: feed "\n" when the stream closes.
class Recogniser {
 public:
  std::vector<Recognised> Feed(std::string_view bytes);

 private:
  static constexpr std::size_t kKeptOfLine = 4096;

  void Keep(std::string_view bytes);
  void LookAtLine(std::string_view line, bool is_whole, std::vector<Recognised>& out);
  void Hear(const Sighting& sighting, std::vector<Recognised>& out);

  std::string line_;  // the beginning of a line that has no end yet
  bool is_in_line_ = false;
  std::string last_line_;      // that was looked at whole
  bool has_seen_bar_ = false;  // in line_
  bool is_in_table_ = false;
  std::optional<Voice> voice_;
  std::int64_t base_ = 0;
  std::int64_t begun_ = -1;
  std::int64_t ended_ = -1;
};

// What was recognised, as marks of the run: from both streams of a program.
class PrintedMarks {
 public:
  // `run_start`: where the first epoch began, if it is first heard of at its end. The meter moves
  // that mark to the earliest instant where nothing is sealed.
  explicit PrintedMarks(BootTime run_start) : run_start_(run_start) {}

  // In order; the form's name stands in Mark::name. Empty where nothing new was said.
  [[nodiscard]] std::vector<Mark> ToMarks(const Recognised& recognised, BootTime at);
  // The program ended well: the last of the planned epochs ends with it. Forms that are printed at
  // the start of an epoch say nothing at its end.
  [[nodiscard]] std::vector<Mark> AtEnd(BootTime at);

 private:
  BootTime run_start_;
  std::optional<std::int64_t> open_;
  std::int64_t newest_ = -1;  // of the epochs that began
  std::optional<std::int64_t> planned_;
};

}  // namespace epochcost::meter
