// The server as its clients meet it: over a socket, with a ledger behind it.

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "api/http/tokens.h"
#include "served.h"

namespace epochcost::http_test {
namespace {

using made_up::ACommit;
using made_up::ALine;
using made_up::ARun;
using made_up::Lines;

// One run of three epochs that has ended.
void AddRun(Served& served, const Run& run, std::int64_t epochs = 3) {
  ASSERT_TRUE(served.Ledger().BeginRun(run));
  Commit commit = ACommit(run, "boot-" + run.id.Value());
  for (std::int64_t seq = 1; seq <= epochs * 10; ++seq) {
    commit.sealed.push_back(ALine(seq, commit, {ScopeKind::kEpoch, (seq - 1) / 10}));
    if (seq % 10 == 0) commit.progress.closed.push_back({ScopeKind::kEpoch, (seq - 1) / 10});
  }
  commit.contiguous_seq = epochs * 10;
  commit.notices.push_back({NoticeKind::kGap, UtcTime{5'000}, "a gap", "none"});
  ASSERT_TRUE(served.Ledger().Append(commit));
  ASSERT_TRUE(
      served.Ledger().EndRun(run.id, UtcTime{epochs * 10'000 + 1'000}, RunState::kFinished, 0));
}

class HttpServer : public ::testing::Test {
 protected:
  void SetUp() override {
    AddRun(served_, ARun());
    served_.Start();
  }
  static constexpr const char* kRun = "/api/v1/runs/0123456789ab";
  Served served_;
};

TEST_F(HttpServer, TellsWhatARunCost) {
  const Json run = served_.AskJson(kRun);
  EXPECT_EQ(run["total"]["amount"], (Json{{"nano", "210"}, {"currency", "CNY"}}));
  EXPECT_EQ(run["epochs"]["closed"], 3);
  const Json epochs = served_.AskJson(std::string(kRun) + "/epochs?limit=2");
  EXPECT_EQ(epochs["items"].size(), 2U);
  EXPECT_EQ(epochs["next"], "2");
  EXPECT_EQ(epochs["items"][1]["amount"]["nano"], "70");
  const Json last = served_.AskJson(std::string(kRun) + "/epochs?limit=2&cursor=2");
  EXPECT_EQ(last["items"].size(), 1U);
  EXPECT_TRUE(last["next"].is_null());
}

TEST_F(HttpServer, ListsRunsByWhatIsAsked) {
  auto other = ARun("00ff00ff00ff", "other");
  other.name = "<script>alert(1)</script>";
  AddRun(served_, other, 1);
  while (served_.AskJson("/api/v1/runs")["totals"][0]["nano"] != "280") {
  }
  const Json dear = served_.AskJson("/api/v1/runs?sort=-amount&limit=1");
  EXPECT_EQ(dear["items"][0]["run"]["id"], "0123456789ab");
  const Json cheap = served_.AskJson("/api/v1/runs?sort=-amount&limit=1&cursor=0123456789ab");
  EXPECT_EQ(cheap["items"][0]["run"]["id"], "00ff00ff00ff");
  EXPECT_EQ(served_.AskJson("/api/v1/runs?project=other")["total"], 1);
  EXPECT_EQ(served_.AskJson("/api/v1/runs?text=SCRIPT")["total"], 1);
  EXPECT_EQ(served_.AskJson("/api/v1/runs?text=nothing")["total"], 0);
}

TEST_F(HttpServer, ThinsASeriesToWhatAScreenHolds) {
  const Json series = served_.AskJson(std::string(kRun) + "/series?points=6");
  EXPECT_LE(series["t_ms"].size(), 6U);
  EXPECT_EQ(series["t_ms"].size(), series["cumulative_nano"].size());
  EXPECT_EQ(series["cumulative_nano"].back(), 210);
}

TEST_F(HttpServer, FillsTheFormulaIn) {
  const Json formula = served_.AskJson(std::string(kRun) + "/formula/1");
  EXPECT_EQ(formula["total"]["nano"], "70");
  EXPECT_EQ(formula["terms"][0]["term"], "cpu");
  EXPECT_EQ(formula["terms"][0]["parts"][0]["source"], "cgroup-cpu-stat");
  EXPECT_EQ(served_.Ask(std::string(kRun) + "/formula/9").status, 404);
  EXPECT_EQ(served_.Ask(std::string(kRun) + "/formula/epoch-x").status, 400);
}

TEST_F(HttpServer, KeepsWhatIsSaidOfAnAlert) {
  const Json alerts = served_.AskJson(std::string(kRun) + "/alerts");
  const std::string id = alerts["items"][0]["id"];
  const std::string address = fmt::format("{}/alerts/{}/feedback", kRun, id);
  const std::string json = "Content-Type: application/json\r\n";
  EXPECT_EQ(served_.Ask(address, json, "POST", R"({"verdict":"planned"})").status, 200);
  EXPECT_EQ(served_.AskJson(std::string(kRun) + "/alerts")["items"][0]["feedback"]["verdict"],
            "planned");
  EXPECT_EQ(served_.Ask(address, json, "POST", R"({"verdict":"perhaps"})").status, 400);
  EXPECT_EQ(served_.Ask(address, json, "POST", "[").status, 400);
  EXPECT_EQ(served_.Ask(address, "", "POST", R"({"verdict":"planned"})").status, 415);
  EXPECT_EQ(
      served_
          .Ask(std::string(kRun) + "/alerts/0/feedback", json, "POST", R"({"verdict":"planned"})")
          .status,
      404);
}

TEST(Alerts, AreRankedByTheMoneyTheyAreAbout) {
  Served served;
  const auto run = ARun("00aa00aa00aa");
  ASSERT_TRUE(served.Ledger().BeginRun(run));
  Commit commit = ACommit(run, "ranked");
  for (std::int64_t seq = 1; seq <= 10; ++seq) {  // 7 nano-units a second, from the first on
    commit.sealed.push_back(ALine(seq, commit));
    UsageLine& usage = commit.sealed.back().usage;
    usage.t0 = UtcTime{seq * kNanosPerSecond};
    usage.t1 = UtcTime{(seq + 1) * kNanosPerSecond};
  }
  commit.contiguous_seq = 10;
  const auto at = [](std::int64_t second) { return UtcTime{second * kNanosPerSecond}; };
  commit.notices = {{NoticeKind::kCommitFailed, at(3), "written late", ""},
                    {NoticeKind::kGap, at(4), "a gap", "", Nanos{2 * kNanosPerSecond}},
                    {NoticeKind::kPriceChanged, at(5), "a price", ""},
                    {NoticeKind::kBudget, at(6), "the budget", ""},
                    {NoticeKind::kBudget, at(11), "passed at the end", ""}};
  ASSERT_TRUE(served.Ledger().Append(commit));
  ASSERT_TRUE(served.Ledger().EndRun(run.id, at(11), RunState::kFinished, 0));
  served.Start();
  const Json alerts = served.AskJson("/api/v1/runs/00aa00aa00aa/alerts");
  const auto shown = [&alerts](std::size_t i) {
    const Json& alert = alerts["items"].at(i);
    const Json& impact = alert["impact"];
    return fmt::format("{} {}", alert["detail"].get<std::string>(),
                       impact.is_null() ? "-" : impact["nano"].get<std::string>());
  };
  EXPECT_EQ(shown(0), "the budget 35");
  EXPECT_EQ(shown(1), "a gap 14");
  EXPECT_EQ(shown(2), "passed at the end -");
  EXPECT_EQ(shown(3), "written late -");
  EXPECT_EQ(shown(4), "a price -");
}

TEST_F(HttpServer, AnswersThreeOhFourToWhoHasIt) {
  const Reply first = served_.Ask(kRun);
  const Reply second = served_.Ask(kRun, "If-None-Match: " + first.Header("ETag") + "\r\n");
  EXPECT_EQ(second.status, 304);
  EXPECT_TRUE(second.body.empty());
}

TEST_F(HttpServer, SaysWhatIsWrongAsAProblem) {
  for (const auto& [target, status] : std::vector<std::pair<std::string, int>>{
           {"/api/v1/runs/ffffffffffff", 404},
           {"/api/v1/nothing", 404},
           {"/api/v1/runs?limit=0", 400},
           {"/api/v1/runs?limit=99999999999999999999", 400},
           {"/api/v1/runs?lmit=5", 400},
           {"/api/v1/runs?sort=colour", 400},
           {"/api/v1/runs?cursor=nowhere", 400},
           {"/api/v1/runs?state=asleep", 400},
           {std::string(kRun) + "/series?points=1", 400},
           {std::string(kRun) + "/series?from=yesterday", 400},
           {std::string(kRun) + "/series?from=2027-01-02&to=2027-01-01", 400},
           {std::string(kRun) + "/composition?groups=2001", 400},
           {std::string(kRun) + "/composition?from=5&to=4", 400},
           {"/api/../../../etc/passwd", 400},
           {"/api/%2e%2e/%2e%2e/etc/passwd", 400},
           {"/assets/..%2f..%2fetc/passwd", 400},
           {"/missing.js", 404}}) {
    const Reply reply = served_.Ask(target);
    EXPECT_EQ(reply.status, status) << target;
    EXPECT_EQ(reply.Header("Content-Type"), "application/problem+json") << target;
    const Json problem = Json::parse(reply.body, nullptr, false);
    EXPECT_TRUE(problem.contains("title") && problem["status"] == status) << reply.body;
  }
}

TEST_F(HttpServer, NamesTheMethodsThatAnAddressTakes) {
  const Reply reply = served_.Ask(kRun, "", "DELETE");
  EXPECT_EQ(reply.status, 405);
  EXPECT_EQ(reply.Header("Allow"), "GET, HEAD");
}

TEST_F(HttpServer, LetsNobodyInWithoutAToken) {
  EXPECT_EQ(served_.Ask("/api/v1/runs", "Authorization: Bearer wrong\r\n").status, 401);
  EXPECT_EQ(served_.Ask("/api/v1/runs", "Cookie: a=b\r\n").status, 401);
  EXPECT_EQ(served_.Ask("/metrics", "Cookie: a=b\r\n").status, 401);
  EXPECT_EQ(served_.Ask("/healthz", "Cookie: a=b\r\n").status, 200);
}

TEST_F(HttpServer, RefusesPagesOfOtherSitesAndOtherNames) {
  EXPECT_EQ(served_.Ask(kRun, "Origin: http://evil.example\r\n").status, 403);
  EXPECT_EQ(served_.Ask(kRun, "Origin: null\r\n").status, 403);
  EXPECT_EQ(served_.Ask(kRun, "Sec-Fetch-Site: cross-site\r\n").status, 403);
  EXPECT_EQ(
      served_.Ask(kRun, fmt::format("Origin: http://127.0.0.1:{}\r\n", served_.Port())).status,
      200);
  Client client(served_.Port());
  client.Send("GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  EXPECT_EQ(client.Receive().status, 421);
}

// The cookie that the printed address gives.
std::string Enter(const Served& served) {
  const Reply entered = served.Ask(fmt::format("/?token={}", Served::kToken), "Cookie: none=1\r\n");
  EXPECT_EQ(entered.status, 303);
  EXPECT_EQ(entered.Header("Location"), "/");
  const std::string cookie = entered.Header("Set-Cookie");
  EXPECT_NE(cookie.find("HttpOnly; SameSite=Strict"), std::string::npos);
  return "Cookie: " + cookie.substr(0, cookie.find(';')) + "\r\n";
}

TEST_F(HttpServer, TurnsThePrintedTokenIntoACookie) {
  const std::string cookie = Enter(served_);
  EXPECT_EQ(served_.Ask(kRun, cookie).status, 200);
  EXPECT_EQ(served_.Ask("/?token=wrong", "Cookie: none=1\r\n").status, 401);
}

TEST_F(HttpServer, WantsTheSessionsWordWithAPostByCookie) {
  const std::string cookie = Enter(served_);
  const Json session = Json::parse(served_.Ask("/api/v1/session", cookie).body);
  const std::string id = served_.AskJson(std::string(kRun) + "/alerts")["items"][0]["id"];
  const std::string address = fmt::format("{}/alerts/{}/feedback", kRun, id);
  const std::string headers = cookie + "Content-Type: application/json\r\n";
  const std::string said = R"({"verdict":"acknowledged"})";
  EXPECT_EQ(served_.Ask(address, headers, "POST", said).status, 403);
  const std::string word = session["csrf"];
  EXPECT_EQ(
      served_.Ask(address, headers + "X-EpochCost-CSRF: " + word + "\r\n", "POST", said).status,
      200);
}

TEST_F(HttpServer, ShowsAScopedTokenItsProjectOnly) {
  AddRun(served_, ARun("00ff00ff00ff", "other"), 1);
  const std::string token = api::http::NewToken();
  const std::string expired = api::http::NewToken();
  ASSERT_TRUE(api::http::WriteTokens(
      served_.File("tokens.json"),
      {{"one", api::http::Sha256(token), ProjectId{"other"}, UtcTime{1}, std::nullopt},
       {"old", api::http::Sha256(expired), std::nullopt, UtcTime{1}, UtcTime{2}}}));
  while (served_.AskJson("/api/v1/runs")["total"] != 2) {
  }
  const std::string bearer = "Authorization: Bearer " + token + "\r\n";
  const Json runs = Json::parse(served_.Ask("/api/v1/runs", bearer).body);
  EXPECT_EQ(runs["total"], 1);
  EXPECT_EQ(runs["projects"], Json{"other"});
  EXPECT_EQ(served_.Ask(kRun, bearer).status, 404);
  EXPECT_EQ(served_.Ask("/api/v1/doctor", bearer).status, 403);
  EXPECT_EQ(served_.Ask("/metrics", bearer).body.find("proj_123"), std::string::npos);
  EXPECT_EQ(served_.Ask(kRun, "Authorization: Bearer " + expired + "\r\n").status, 401);
}

TEST_F(HttpServer, SurvivesRequestsThatAreNone) {
  for (const std::string& bytes :
       {std::string("\r\n\r\n\r\n"), std::string("GET\r\n\r\n"),
        std::string("GET / HTTP/9.9\r\n\r\n"), std::string(64, '\0'),
        std::string("GET / HTTP/1.1\r\nA: b\r\nContent-Length: x\r\n\r\n"),
        std::string("GET / HTTP/1.1\r\nContent-Length: 1\r\n"
                    "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")}) {
    Client client(served_.Port());
    client.Send(bytes);
    client.HalfClose();
    const Reply reply = client.Receive();
    EXPECT_TRUE(reply.status == 0 || reply.status >= 400) << reply.status;
  }
  EXPECT_EQ(served_.Ask("/healthz").status, 200);
}

TEST_F(HttpServer, RefusesHeadsAndBodiesThatAreTooLarge) {
  Client head(served_.Port());
  head.Send("GET / HTTP/1.1\r\nA: " + std::string(20'000, 'a') + "\r\n\r\n");
  EXPECT_EQ(head.Receive().status, 431);
  Client body(served_.Port());
  body.Send("POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000\r\n\r\n");
  EXPECT_EQ(body.Receive().status, 413);
}

TEST_F(HttpServer, CarriesAStrictPolicyOnEverything) {
  for (const char* const target : {"/healthz", "/", "/api/v1/runs", "/missing.js"}) {
    const Reply reply = served_.Ask(target);
    EXPECT_TRUE(reply.Header("Content-Security-Policy").starts_with("default-src 'self'"))
        << target;
    EXPECT_EQ(reply.Header("X-Content-Type-Options"), "nosniff") << target;
  }
}

TEST(HttpServerLimits, GiveASlowClientTheTimeOfOneRequest) {
  Served served({.request_time = std::chrono::milliseconds{200}});
  served.Start();
  Client slow(served.Port());
  slow.Send("GET /healthz HTTP/1.1\r\nHo");
  EXPECT_TRUE(slow.IsClosedWithin(10'000));
  Client silent(served.Port());
  EXPECT_EQ(served.Ask("/healthz").status, 200);
}

TEST(HttpServerLimits, CloseTheConnectionThatIsOneTooMany) {
  Served served({.most_connections = 1});
  served.Start();
  Client first(served.Port());
  first.Send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(first.Receive().status, 200);
  Client second(served.Port());
  EXPECT_TRUE(second.IsClosedWithin(10'000));
}

TEST(HttpServerLimits, RefuseToListenBeyondThisMachineWithoutACertificate) {
  Served served({.address = "0.0.0.0"});
  api::http::ServerOptions options{.address = "0.0.0.0"};
  SystemClock clock;
  api::http::Ports ports;
  ports.clock = &clock;
  const auto server = api::http::Server::Start(ports, options);
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().code, ErrorCode::kInvalidInput);
}

TEST(HttpServerFaults, TellThatTheLedgerIsLocked) {
  Served served;
  served.Lock();
  served.Start();
  EXPECT_EQ(served.Ask("/readyz").status, 503);
  EXPECT_EQ(served.Ask("/healthz").status, 200);
  const Reply prices = served.Ask("/api/v1/prices");
  EXPECT_EQ(prices.status, 503);
  EXPECT_EQ(Json::parse(prices.body)["hint"], "wait");
}

TEST(HttpEvents, TellWhatChangesAndResumeBehindTheLastSeen) {
  Served served;
  const auto run = ARun();
  ASSERT_TRUE(served.Ledger().BeginRun(run));
  served.Start();
  const auto open = [&served](const std::string& last) {
    auto client = std::make_unique<Client>(served.Port());
    client->Send(
        fmt::format("GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                    "Authorization: Bearer {}\r\n{}\r\n",
                    Served::kToken, last));
    return client;
  };
  const auto first = open("");
  EXPECT_NE(first->ReadUntil("event: hello").find("text/event-stream"), std::string::npos);
  ASSERT_TRUE(served.Ledger().Append(Lines(1, 4)));
  const std::string told = first->ReadUntil("\"amount\":{\"nano\":\"28\"");
  EXPECT_NE(told.find("event: run"), std::string::npos);
  const std::size_t id = told.rfind("id: ") + 4;
  const std::string last = told.substr(id, told.find('\n', id) - id);
  ASSERT_TRUE(served.Ledger().EndRun(run.id, UtcTime{9'000}, RunState::kFinished, 0));
  EXPECT_NE(first->ReadUntil("\"state\":\"finished\"").find("event: run"), std::string::npos);
  const auto second = open("Last-Event-ID: " + last + "\r\n");
  EXPECT_NE(second->ReadUntil("\"state\":\"finished\"").find("\"resumed\":true"),
            std::string::npos);
  const auto stranger = open("Last-Event-ID: other-5\r\n");
  EXPECT_NE(stranger->ReadUntil("\"resumed\":false").find("event: hello"), std::string::npos);
}

}  // namespace
}  // namespace epochcost::http_test
