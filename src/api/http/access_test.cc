#include "api/http/access.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace epochcost::api::http {
namespace {

class SetClock final : public Clock {
 public:
  [[nodiscard]] UtcTime Utc() const override { return now; }
  [[nodiscard]] BootTime Boot() const override { return {}; }
  [[nodiscard]] std::int64_t MonotonicNs() const override { return 0; }
  UtcTime now{1'795'000'000'000'000'000};
};

constexpr Nanos kHour{std::int64_t{3600} * kNanosPerSecond};

std::string CookieIn(const std::string& set_cookie) {
  return set_cookie.substr(0, set_cookie.find(';'));
}

TEST(Access, KnowsASessionUntilItIsNotUsedForTwelveHours) {
  SetClock clock;
  Access access({.token = "ect_a", .cookie = "c"}, clock);
  const std::string cookie = CookieIn(access.BeginSession("ect_a").value());
  for (int i = 0; i < 3; ++i) {
    clock.now = clock.now + kHour;
    EXPECT_TRUE(access.Identify({.cookie = cookie}));
  }
  clock.now = clock.now + Nanos{13 * kHour.Count()};
  EXPECT_FALSE(access.Identify({.cookie = cookie}));
  EXPECT_FALSE(access.Identify({.cookie = cookie})) << "an expired cookie was replayed";
}

TEST(Access, EndsTheSessionsOfATokenThatIsRemoved) {
  std::string path = std::filesystem::temp_directory_path().string() + "/tokens-XXXXXX";
  close(mkstemp(path.data()));
  SetClock clock;
  ASSERT_TRUE(WriteTokens(path, {{"a", Sha256("ect_b"), ProjectId{"p"}, clock.now, std::nullopt}}));
  Access access({.token = "ect_a", .token_file = path, .cookie = "c"}, clock);
  const std::string cookie = CookieIn(access.BeginSession("ect_b").value());
  EXPECT_EQ(access.Identify({.cookie = cookie})->project, ProjectId{"p"});
  ASSERT_TRUE(WriteTokens(path, {}));
  clock.now = clock.now + kHour;
  EXPECT_FALSE(access.Identify({.cookie = cookie}));
  std::filesystem::remove(path);
}

TEST(Access, SetsTheSecureFlagUnderTls) {
  SetClock clock;
  Access access({.token = "ect_a", .cookie = "c", .is_tls = true}, clock);
  EXPECT_TRUE(access.BeginSession("ect_a")->ends_with("; Secure"));
}

TEST(Access, IsAskedByItsOwnNamesWhateverThePort) {
  SetClock clock;
  const Access access({.token = "a", .cookie = "c", .hosts = {"localhost", "[::1]"}}, clock);
  EXPECT_TRUE(access.CheckOrigin({.host = "localhost:8000"}));
  EXPECT_TRUE(access.CheckOrigin({.host = "[::1]:8000"}));
  EXPECT_TRUE(access.CheckOrigin({.host = "[::1]"}));
  EXPECT_FALSE(access.CheckOrigin({.host = "localhost.evil.example"}));
  EXPECT_FALSE(access.CheckOrigin({.host = ""}));
}

TEST(Tokens, AreKeptAsHashes) {
  EXPECT_EQ(Sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Tokens, OfADamagedFileLetNobodyIn) {
  std::string path = std::filesystem::temp_directory_path().string() + "/tokens-XXXXXX";
  close(mkstemp(path.data()));
  for (const char* const text :
       {"", "[", "{}", R"({"tokens":[{}]})", R"({"tokens":[{"name":"a","sha256":"b"}]})"}) {
    std::ofstream(path) << text;
    EXPECT_FALSE(ReadTokens(path)) << text;
  }
  std::filesystem::remove(path);
  EXPECT_TRUE(ReadTokens(path).value().empty());
}

}  // namespace
}  // namespace epochcost::api::http
