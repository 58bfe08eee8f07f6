#include "api/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "api/charts.h"
#include "api/made_up_run.h"

namespace epochcost::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::size_t Count(const std::string& text, std::string_view what) {
  std::size_t count = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

TEST(Report, AsksNothingOfTheNetwork) {
  const std::string html = ReportHtml(testing::MadeUpRun());
  EXPECT_EQ(Count(html, "http"), Count(html, "http-equiv"));
  for (const char* const what :
       {"src=", "href=", "url(", "@import", "<script", "<link", "<iframe"}) {
    EXPECT_THAT(html, Not(HasSubstr(what)));
  }
  EXPECT_THAT(html, HasSubstr("default-src 'none'"));
}

TEST(Report, HostileNamesAreText) {
  RunCost cost = testing::MadeUpRun();
  const std::string hostile = "</title><img src=x onerror=alert(1)>\"'&\u202E\xFF\x01";
  cost.run.name = cost.run.command.front() = hostile;
  cost.run.project = ProjectId{hostile};
  cost.notices.front().detail = cost.notices.front().hint = hostile;
  cost.sheets.front().name = SheetName{hostile};
  cost.sheets.front().source = cost.sheets.front().provider = cost.sheets.front().region = hostile;
  const std::string html = ReportHtml(cost);
  EXPECT_THAT(html, Not(HasSubstr("<img")));
  EXPECT_THAT(html, Not(HasSubstr("</title><img")));
  EXPECT_THAT(html, Not(HasSubstr("\u202E")));
  EXPECT_THAT(html, HasSubstr("&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;\uFFFD"));
}

TEST(Report, ANameOfTenKilobytesIsShownWithoutHarm) {
  RunCost cost = testing::MadeUpRun();
  cost.run.name = std::string(10'240, 'x');
  EXPECT_THAT(ReportHtml(cost), HasSubstr("<h1>xxx"));
}

TEST(Report, EverySentenceIsThereInBothLanguages) {
  RunCost cost = testing::MadeUpRun(1'000);
  cost.sheets.front().rented.at(1) = Rented{1000};
  cost.provisional.nano = 1;
  const std::string html = ReportHtml(cost);
  const std::regex pair(
      "<span class=\"en\" lang=\"en\">([^<]*)</span><span class=\"zh\" "
      "lang=\"zh-CN\">([^<]*)</span>");
  std::size_t pairs = 0;
  for (std::sregex_iterator at(html.begin(), html.end(), pair), end; at != end; ++at, ++pairs) {
    EXPECT_NE((*at)[1].str(), (*at)[2].str());
  }
  EXPECT_GT(pairs, 40U);
}

TEST(Report, TenThousandEpochsStaySmallAndSayWhatIsLeftOut) {
  const std::string html = ReportHtml(testing::MadeUpRun(10'000));
  EXPECT_THAT(html, HasSubstr("… 9600 rows are left out here; the CSV has them all"));
  EXPECT_LT(html.size(), 400'000U);
  EXPECT_LE(Count(html, "<g>"), kBarsShown);
  EXPECT_THAT(html, HasSubstr("class=\"whisker\""));
}

TEST(Report, ARunWithoutEpochsOrPricesHasAReportToo) {
  RunCost cost;
  EXPECT_EQ(CompositionSvg(cost), "");
  EXPECT_THAT(ReportHtml(cost), HasSubstr("¥0.00"));
}

TEST(Report, TheTableAndTheHeadlineShowTheSameTotal) {
  const RunCost cost = testing::MadeUpRun(5);
  const std::string total = Format(cost.total);
  EXPECT_THAT(ReportHtml(cost), HasSubstr("<b>" + total + "</b>"));
  EXPECT_THAT(ReportHtml(cost), HasSubstr("<td>" + total + "</td>"));
}

}  // namespace
}  // namespace epochcost::api
