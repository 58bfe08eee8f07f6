#pragma once

#include <optional>

#include "app/watch/canvas.h"

namespace epochcost::app::watch {

// Whether the terminal draws box signs one cell wide: asked by writing one and reading the cursor's
// place back; some terminals of East Asian locales draw two. False where it does not answer in 200
// ms, is not UTF-8, or is the Linux console.
[[nodiscard]] bool DrawsBoxesInOneCell();

// The screen, taken over by ncurses from construction to destruction. One at a time, one thread. On
// a signal that ends the program the terminal is given back first.
class Terminal {
 public:
  // `colour`: tones become colours, where the terminal has them; else bold and dim.
  explicit Terminal(bool colour);
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  [[nodiscard]] int Width() const;
  [[nodiscard]] int Height() const;
  void Show(const Canvas& canvas);
  // A key as a character; 0 where the size changed; nothing where none was pressed within the time.
  [[nodiscard]] std::optional<int> Key(int milliseconds);
  // Whether a signal asked the program to end.
  [[nodiscard]] static bool IsEnding();
};

}  // namespace epochcost::app::watch
