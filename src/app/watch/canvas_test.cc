#include "app/watch/canvas.h"

#include <gtest/gtest.h>

#include <vector>

namespace epochcost::app::watch {
namespace {

TEST(Canvas, CutsWhatDoesNotFitAndCountsChineseAsTwoCells) {
  Canvas canvas(6, 1, false);
  EXPECT_EQ(canvas.Put(0, 0, "花费¥9"), 6);
  EXPECT_EQ(canvas.Text(), "花费¥9\n");
  Canvas narrow(5, 1, false);
  narrow.Put(0, 0, "花费花费");
  EXPECT_EQ(narrow.Text(), "花费\n") << "half a character is none";
}

TEST(Canvas, FillsABarToTheEighthOfACell) {
  Canvas canvas(4, 2, false);
  canvas.Bar(0, 0, 4, 625'000, Tone::kPlain);
  EXPECT_EQ(canvas.Text(), "██▌░\n\n");
  Canvas ascii(4, 1, true);
  ascii.Bar(0, 0, 4, 625'000, Tone::kPlain);
  EXPECT_EQ(ascii.Text(), "##..\n");
}

TEST(Canvas, DrawsValuesAsAnAreaFromTheBottom) {
  const std::vector<double> values = {0, 1, 2, 3, 4};
  Canvas canvas(3, 1, false);
  canvas.Area(0, 0, 3, 1, values, 4, Tone::kPlain);
  EXPECT_EQ(canvas.Text(), " ⣠⣾\n") << "the newest on the right, two to a cell";
  Canvas ascii(3, 2, true);
  ascii.Area(0, 0, 3, 2, values, 4, Tone::kPlain);
  EXPECT_EQ(ascii.Text(), "  #\n ##\n");
}

TEST(Canvas, PutsATitleIntoTheUpperEdgeOfAFrame) {
  Canvas canvas(12, 3, false);
  canvas.Box(0, 0, 12, 3, "cost");
  EXPECT_EQ(canvas.Text(), "┌─ cost ───┐\n│          │\n└──────────┘\n");
}

TEST(Canvas, LeavesAloneWhatLiesOutside) {
  Canvas canvas(3, 1, false);
  canvas.Put(-1, 0, "ab");
  canvas.Put(0, 7, "x");
  canvas.PutRight(3, 0, "z");
  EXPECT_EQ(canvas.Text(), "b z\n");
}

}  // namespace
}  // namespace epochcost::app::watch
