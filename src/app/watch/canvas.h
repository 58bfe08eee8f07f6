#pragma once
// A rectangle of cells that text is put into, before any terminal sees it.

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace epochcost::app::watch {

enum class Tone { kPlain, kStrong, kFaint, kGood, kBad, kWarning, kGpu, kCpu, kMemory, kNetwork };

// Cells are as wide as a terminal's: a Chinese character takes two. What does not fit is cut, never
// wrapped. Coordinates count from the top left, 0.
class Canvas {
 public:
  // `ascii`: no sign that a terminal may draw two cells wide, or not at all.
  Canvas(int width, int height, bool ascii);

  struct Cell {
    std::string sign = " ";  // empty: the second half of a wide one
    Tone tone = Tone::kPlain;
  };

  [[nodiscard]] int Width() const { return width_; }
  [[nodiscard]] int Height() const { return static_cast<int>(rows_.size()); }
  [[nodiscard]] bool IsAscii() const { return ascii_; }

  // Text from (x, y) on, at most `cells` wide; returns the column behind it.
  int Put(int x, int y, std::string_view text, Tone tone = Tone::kPlain, int cells = 1 << 20);
  // Text that ends before column `end`.
  void PutRight(int end, int y, std::string_view text, Tone tone = Tone::kPlain);
  // A frame with a title in its upper edge.
  void Box(int x, int y, int width, int height, std::string_view title);
  // A bar of `width` cells, `ppm` millionths of it filled.
  void Bar(int x, int y, int width, long ppm, Tone tone);
  // `values` as an area from the bottom, the newest on the right, two to a cell; `most` is its full
  // height. Values that are not there yet stay empty.
  void Area(int x, int y, int width, int height, std::span<const double> values, double most,
            Tone tone);

  [[nodiscard]] const std::vector<Cell>& Row(int y) const {
    return rows_.at(static_cast<std::size_t>(y));
  }
  // The rows as text, without tones or blanks at their ends.
  [[nodiscard]] std::string Text() const;

 private:
  int width_;
  bool ascii_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace epochcost::app::watch
