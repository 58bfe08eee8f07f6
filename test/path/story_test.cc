// Each *.story of this folder is a test. With EPOCHCOST_REWRITE_STORIES set, what came out is
// written into the file, to be read and judged before it is committed.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "story.h"

namespace epochcost::story {
namespace {

constexpr std::string_view kRule = "----\n";

std::vector<std::string> Stories() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(EPOCHCOST_SOURCE_DIR "/test/path")) {
    if (entry.path().extension() == ".story") names.push_back(entry.path().stem());
  }
  std::ranges::sort(names);
  return names;
}

class Story : public testing::TestWithParam<std::string> {};

TEST_P(Story, IsToldAsWritten) {
  const std::string path = EPOCHCOST_SOURCE_DIR "/test/path/" + GetParam() + ".story";
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::size_t rule = text.find(kRule);
  ASSERT_NE(rule, std::string::npos) << path << " has no line ----";

  const auto read = Read(text.substr(0, rule));
  ASSERT_TRUE(read) << Describe(read.error());
  ASSERT_FALSE(read->sheets.empty()) << path << " has no sheet";
  const auto told = Tell(*read);
  ASSERT_TRUE(told) << Describe(told.error());

  if (std::getenv("EPOCHCOST_REWRITE_STORIES") != nullptr) {
    std::ofstream(path) << text.substr(0, rule) << kRule << *told;
  }
  EXPECT_EQ(*told, text.substr(rule + kRule.size()));
}

INSTANTIATE_TEST_SUITE_P(Path, Story, testing::ValuesIn(Stories()),
                         [](const auto& each) { return each.param; });

}  // namespace
}  // namespace epochcost::story
