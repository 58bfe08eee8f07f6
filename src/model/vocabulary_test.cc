#include "model/vocabulary.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace epochcost {
namespace {

TEST(Vocabulary, FindsEachResourceByItsName) {
  for (const ResourceInfo& info : Resources()) {
    EXPECT_EQ(ParseResource(info.name), info.resource);
    EXPECT_EQ(Info(info.resource).name, info.name);
  }
  EXPECT_FALSE(ParseResource("water").has_value());
}

TEST(Vocabulary, FindsEachSourceByItsName) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(kLastSource); ++i) {
    const auto kind = static_cast<SourceKind>(i);
    EXPECT_EQ(Info(kind).source, kind);
    EXPECT_EQ(ParseSource(Info(kind).name), kind);
    EXPECT_TRUE(names.insert(Info(kind).name).second);
  }
}

TEST(Vocabulary, WorseQualityWins) {
  EXPECT_EQ(Worse(Quality::kMeasured, Quality::kModelled), Quality::kModelled);
  EXPECT_EQ(Worse(Quality::kAssumed, Quality::kModelled), Quality::kAssumed);
  EXPECT_EQ(ParseQuality("modelled"), Quality::kModelled);
  EXPECT_EQ(ParseScopeKind("checkpoint"), ScopeKind::kCheckpoint);
  EXPECT_FALSE(ParseScopeKind("lunch").has_value());
}

}  // namespace
}  // namespace epochcost
