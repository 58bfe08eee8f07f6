#include "api/compare_picture.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/escape.h"
#include "api/figures.h"
#include "api/report_style.h"
#include "base/text.h"

namespace epochcost::api {
namespace {

constexpr int kWidth = 960;
constexpr int kRowHeight = 58;
constexpr int kLeft = 16;
constexpr int kTop = 44;
constexpr int kBarLeft = 16;
constexpr int kBarWidth = 640;
constexpr Wide kScale = 100;  // coordinates are in 1/100 pixel until they are written

// Lightness as well as hue tells the bars apart; what does not fit is hatched besides.
constexpr std::string_view kStyle =
    "<style>text{font:14px system-ui,\"PingFang SC\",\"Noto Sans CJK SC\",sans-serif;fill:#16181d}"
    ".faint{fill:#565d6b;font-size:12px}.bad{fill:#a11212;font-size:12px}.bar{fill:#23307a}"
    ".off{fill:url(#hatch);stroke:#565d6b}.line{stroke:#16181d;stroke-width:2}"
    "rect.page{fill:#fff}</style>"
    "<defs><pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" "
    "patternTransform=\"rotate(45)\"><rect width=\"6\" height=\"6\" fill=\"#fff\"/>"
    "<line x1=\"0\" y1=\"0\" x2=\"0\" y2=\"6\" stroke=\"#565d6b\" stroke-width=\"2\"/></pattern>"
    "</defs>";

std::string Pixel(Wide hundredths) { return DecimalQuotient(hundredths, kScale, 2); }

Wide Length(Wide value, Wide most) {
  return most <= 0 || value <= 0 ? 0 : value * kBarWidth * kScale / most;
}

std::string Whiskers(const PricedEstimate& priced, Wide most, int y) {
  const std::string low = Pixel(kBarLeft * kScale + Length(priced.whole_run_low.nano, most));
  const std::string high = Pixel(kBarLeft * kScale + Length(priced.whole_run_high.nano, most));
  return fmt::format(
      "<line class=\"line\" x1=\"{0}\" x2=\"{1}\" y1=\"{2}\" y2=\"{2}\"/>"
      "<line class=\"line\" x1=\"{0}\" x2=\"{0}\" y1=\"{3}\" y2=\"{4}\"/>"
      "<line class=\"line\" x1=\"{1}\" x2=\"{1}\" y1=\"{3}\" y2=\"{4}\"/>",
      low, high, y, y - 5, y + 5);
}

std::string BarOf(const Compared& row, Wide most, int y) {
  const PricedEstimate& priced = *row.priced;
  const Estimate& e = priced.estimate;
  const bool fits = e.obstacles.empty();
  std::string svg = fmt::format("<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"16\"/>",
                                fits ? "bar" : "off", kBarLeft, y + 8,
                                Pixel(Length(priced.whole_run.nano, most)));
  svg += Whiskers(priced, most, y + 16);
  svg += fmt::format("<text x=\"{}\" y=\"{}\">{}</text>", kBarLeft + kBarWidth + 24, y + 14,
                     ForHtml(Format(priced.whole_run)));
  svg += fmt::format("<text class=\"faint\" x=\"{}\" y=\"{}\">{}</text>", kBarLeft + kBarWidth + 24,
                     y + 30,
                     ForHtml(Say("{} h · {} GB of memory", ThreeDigits(e.run_hours.value),
                                 ThreeDigits(e.peak_memory_gb.value))));
  if (!fits) {
    svg += fmt::format("<text class=\"bad\" x=\"{}\" y=\"{}\">{}</text>", kBarLeft, y + 38,
                       ForHtml(Say("does not run: {}", e.obstacles.front().what)));
  }
  return svg;
}

std::string RowOf(const Compared& row, Wide most, int y) {
  std::string svg = fmt::format(
      "<text x=\"{}\" y=\"{}\">{}</text>", kLeft, y,
      ForHtml(row.priced ? fmt::format("{} · {}", row.machine, row.priced->estimate.strategy)
                         : row.machine));
  if (row.priced) return svg + BarOf(row, most, y);
  return svg + fmt::format("<text class=\"bad\" x=\"{}\" y=\"{}\">{}</text>", kLeft, y + 20,
                           ForHtml(fmt::format("{}: {}", row.refused->what, row.refused->why)));
}

}  // namespace

std::string CompareSvg(const std::vector<Compared>& rows) {
  Wide most = 1;
  for (const Compared& row : rows) {
    if (row.priced) most = std::max(most, row.priced->whole_run_high.nano);
  }
  const int height = kTop + kRowHeight * static_cast<int>(rows.size()) + 8;
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"{0}\" height=\"{1}\" "
      "viewBox=\"0 0 {0} {1}\"><title>{2}</title>{3}<rect class=\"page\" width=\"{0}\" "
      "height=\"{1}\"/><text x=\"{4}\" y=\"20\" class=\"faint\">{2}</text>",
      kWidth, height, ForHtml(Say("whole run, with its 80 % interval")), kStyle, kLeft);
  int y = kTop;
  for (const std::size_t i : OrderOf(rows)) {
    svg += RowOf(rows[i], most, y);
    y += kRowHeight;
  }
  return svg + "</svg>\n";
}

std::string CompareHtml(const std::vector<Compared>& rows) {
  std::string html = fmt::format(
      "<!doctype html>\n<html><head><meta charset=\"utf-8\"><title>{0}</title><style>{1}</style>"
      "</head><body><div class=\"page\"><h1>{0}</h1><div class=\"scroll\">{2}</div>"
      "<h2>{3}</h2><div class=\"scroll\"><pre>{4}</pre></div></div></body></html>\n",
      ForHtml(Say("One training on many machines")), kReportStyle, CompareSvg(rows),
      ForHtml(std::string(Translate("Every machine"))), ForHtml(CompareText(rows, {})));
  return html;
}

}  // namespace epochcost::api
