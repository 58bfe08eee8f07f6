// openapi.json is the contract: what it says and what the server does are the same.

#include <gtest/gtest.h>

#include <set>

#include "api/http/call.h"
#include "api/http/embedded.h"

namespace epochcost::api::http {
namespace {

Json Contract() { return Json::parse(epochcost::embedded::kOpenApi); }

std::set<std::string> Described(const Json& contract) {
  std::set<std::string> routes;
  for (const auto& [path, methods] : contract["paths"].items()) {
    for (const auto& [method, operation] : methods.items()) {
      routes.insert((method == "post" ? "POST " : "GET ") + path);
    }
  }
  return routes;
}

TEST(Contract, DescribesEveryRouteAndNoOther) {
  std::set<std::string> served;
  for (const Route& route : Routes()) {
    served.insert(std::string(route.method) + " " + std::string(route.pattern));
  }
  EXPECT_EQ(served, Described(Contract()));
}

TEST(Contract, NamesTheParametersThatAreTaken) {
  const Json contract = Contract();
  for (const Route& route : Routes()) {
    const Json& operation =
        contract["paths"][std::string(route.pattern)][route.method == "POST" ? "post" : "get"];
    std::set<std::string> described;
    for (Json parameter : operation.value("parameters", Json::array())) {
      if (parameter.contains("$ref")) {
        const std::string reference = parameter["$ref"];
        parameter =
            contract["components"]["parameters"][reference.substr(reference.rfind('/') + 1)];
      }
      if (parameter["in"] == "query") described.insert(parameter["name"].get<std::string>());
    }
    const std::set<std::string> taken(route.query.begin(), route.query.end());
    EXPECT_EQ(taken, described) << route.pattern;
  }
}

TEST(Contract, SaysWhatIsOpenToAll) {
  const Json contract = Contract();
  for (const Route& route : Routes()) {
    const Json& operation =
        contract["paths"][std::string(route.pattern)][route.method == "POST" ? "post" : "get"];
    EXPECT_EQ(route.is_open, operation.contains("security")) << route.pattern;
  }
}

TEST(Routing, FindsTheRouteAndWhatItsPathNames) {
  const Match match = FindRoute("GET", {"api", "v1", "runs", "7f3a", "formula", "eval-3"});
  ASSERT_NE(match.route, nullptr);
  EXPECT_EQ(match.arguments, (std::vector<std::string>{"7f3a", "eval-3"}));
  EXPECT_EQ(FindRoute("GET", {"api", "v1", "runs", "7f3a", "formula"}).allow, "");
  EXPECT_EQ(FindRoute("PUT", {"api", "v1", "runs"}).route, nullptr);
  EXPECT_EQ(FindRoute("PUT", {"api", "v1", "runs"}).allow, "GET, HEAD");
  EXPECT_NE(FindRoute("HEAD", {"api", "v1", "runs"}).route, nullptr);
}

}  // namespace
}  // namespace epochcost::api::http
