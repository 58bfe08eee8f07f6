#include "app/watch/canvas.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.h"

namespace epochcost::app::watch {
namespace {

// The bytes of the first character of UTF-8 text.
std::size_t LengthOfFirst(std::string_view text) {
  std::size_t length = 1;
  while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80)
    ++length;
  return length;
}

std::string Utf8(char32_t sign) {
  return {static_cast<char>(0xE0 | (sign >> 12)), static_cast<char>(0x80 | ((sign >> 6) & 0x3F)),
          static_cast<char>(0x80 | (sign & 0x3F))};
}

struct Frame {
  const char *top_left, *top_right, *bottom_left, *bottom_right, *across, *down;
};
constexpr Frame kLines = {"┌", "┐", "└", "┘", "─", "│"};
constexpr Frame kAscii = {"+", "+", "+", "+", "-", "|"};

}  // namespace

Canvas::Canvas(int width, int height, bool ascii)
    : width_(std::max(1, width)),
      ascii_(ascii),
      rows_(static_cast<std::size_t>(std::max(1, height)),
            std::vector<Cell>(static_cast<std::size_t>(std::max(1, width)))) {}

int Canvas::Put(int x, int y, std::string_view text, Tone tone, int cells) {
  if (y < 0 || y >= Height()) return x;
  std::vector<Cell>& row = rows_[static_cast<std::size_t>(y)];
  const int end = std::min(width_, cells > width_ ? width_ : x + cells);
  while (!text.empty()) {
    const std::string_view sign = text.substr(0, LengthOfFirst(text));
    text.remove_prefix(sign.size());
    const int wide = DisplayWidth(sign);
    if (wide == 0) continue;
    if (x + wide > end) break;
    if (x >= 0) {
      row[static_cast<std::size_t>(x)] = {std::string(sign), tone};
      if (wide == 2) row[static_cast<std::size_t>(x) + 1] = {"", tone};
    }
    x += wide;
  }
  return x;
}

void Canvas::PutRight(int end, int y, std::string_view text, Tone tone) {
  Put(std::max(0, end - DisplayWidth(text)), y, text, tone);
}

void Canvas::Box(int x, int y, int width, int height, std::string_view title) {
  if (width < 2 || height < 2) return;
  const Frame& frame = ascii_ ? kAscii : kLines;
  for (int column = x + 1; column < x + width - 1; ++column) {
    Put(column, y, frame.across, Tone::kFaint);
    Put(column, y + height - 1, frame.across, Tone::kFaint);
  }
  for (int row = y + 1; row < y + height - 1; ++row) {
    Put(x, row, frame.down, Tone::kFaint);
    Put(x + width - 1, row, frame.down, Tone::kFaint);
  }
  Put(x, y, frame.top_left, Tone::kFaint);
  Put(x + width - 1, y, frame.top_right, Tone::kFaint);
  Put(x, y + height - 1, frame.bottom_left, Tone::kFaint);
  Put(x + width - 1, y + height - 1, frame.bottom_right, Tone::kFaint);
  if (title.empty() || width < 6) return;
  const int after = Put(x + 2, y, " ", Tone::kFaint, width - 4);
  const int end = Put(after, y, title, Tone::kStrong, width - 6);
  Put(end, y, " ", Tone::kFaint);
}

void Canvas::Bar(int x, int y, int width, long ppm, Tone tone) {
  constexpr std::array<const char*, 8> kEighths = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const long eighths = std::clamp(ppm, 0L, 1'000'000L) * width * 8 / 1'000'000;
  const int full = static_cast<int>(eighths / 8);
  for (int cell = 0; cell < width; ++cell) {
    if (cell < full) {
      Put(x + cell, y, ascii_ ? "#" : "█", tone);
    } else if (cell == full && eighths % 8 != 0 && !ascii_) {
      Put(x + cell, y, kEighths.at(static_cast<std::size_t>(eighths % 8)), tone);
    } else {
      Put(x + cell, y, ascii_ ? "." : "░", Tone::kFaint);
    }
  }
}

void Canvas::Area(int x, int y, int width, int height, std::span<const double> values, double most,
                  Tone tone) {
  if (width <= 0 || height <= 0 || !(most > 0)) return;
  const int columns = width * 2;
  const int levels = height * 4;
  std::vector<int> filled(static_cast<std::size_t>(columns), 0);
  const int known = std::min(columns, static_cast<int>(values.size()));
  for (int i = 0; i < known; ++i) {
    const double value = values[values.size() - static_cast<std::size_t>(known - i)];
    if (!(value > 0)) continue;
    const double level = std::ceil(value / most * levels);
    const int column = columns - known + i;
    filled[static_cast<std::size_t>(column)] = static_cast<int>(std::min<double>(level, levels));
  }
  // Dots of a braille cell from the bottom up, left and right column.
  constexpr std::array<char32_t, 4> kLeft = {0x40, 0x04, 0x02, 0x01};
  constexpr std::array<char32_t, 4> kRight = {0x80, 0x20, 0x10, 0x08};
  constexpr std::array<const char*, 5> kShades = {" ", ".", ":", "+", "#"};
  for (int row = 0; row < height; ++row) {
    const int base = (height - 1 - row) * 4;
    for (int cell = 0; cell < width; ++cell) {
      const int left = filled[static_cast<std::size_t>(cell) * 2];
      const int right = filled[static_cast<std::size_t>(cell) * 2 + 1];
      if (ascii_) {
        const int level = std::clamp(std::max(left, right) - base, 0, 4);
        if (level > 0) Put(x + cell, y + row, kShades.at(static_cast<std::size_t>(level)), tone);
        continue;
      }
      char32_t dots = 0;
      for (int level = 0; level < 4; ++level) {
        if (left > base + level) dots |= kLeft.at(static_cast<std::size_t>(level));
        if (right > base + level) dots |= kRight.at(static_cast<std::size_t>(level));
      }
      if (dots != 0) Put(x + cell, y + row, Utf8(0x2800 + dots), tone);
    }
  }
}

std::string Canvas::Text() const {
  std::string text;
  for (const std::vector<Cell>& row : rows_) {
    std::string line;
    for (const Cell& cell : row) line += cell.sign;
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace epochcost::app::watch
