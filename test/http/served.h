#pragma once
// A ledger in a folder of its own, and a server over it.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "api/http/server.h"
#include "client.h"
#include "store/sqlite/made_up_ledger.h"
#include "store/sqlite/sqlite_store.h"

namespace epochcost::http_test {

using Json = nlohmann::json;
namespace made_up = store::sqlite::made_up;

class Served {
 public:
  explicit Served(api::http::ServerOptions options = {},
                  const std::string& place = std::filesystem::temp_directory_path().string())
      : folder_(place) {
    store_ = store::sqlite::Open(folder_.File("ledger.db"),
                                 store::sqlite::OpenMode::kReadWriteCreate, made_up::kPatience)
                 .value();
    options.token = kToken;
    options.token_file = folder_.File("tokens.json");
    options.look_interval = std::chrono::milliseconds{5};
    options_ = options;
  }
  ~Served() { server_.reset(); }

  static constexpr const char* kToken = "ect_0123456789abcdef";

  [[nodiscard]] store::Store& Ledger() { return *store_; }
  [[nodiscard]] std::string File(const std::string& name) const { return folder_.File(name); }
  // From now on the ledger cannot be opened.
  void Lock() { is_locked_ = true; }

  void Start() {
    auto server = api::http::Server::Start(MakePorts(), options_);
    ASSERT_TRUE(server) << Describe(server.error());
    server_ = *std::move(server);
  }
  [[nodiscard]] const api::http::Server& Get() const { return *server_; }
  [[nodiscard]] std::uint16_t Port() const { return server_->Port(); }

  // A request with the token, over a connection of its own.
  [[nodiscard]] Reply Ask(const std::string& target, const std::string& headers = "",
                          const std::string& method = "GET", const std::string& body = "") const {
    Client client(Port());
    std::string text =
        fmt::format("{} {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n{}", method, target, Port(), headers);
    if (headers.find("Authorization") == std::string::npos &&
        headers.find("Cookie") == std::string::npos) {
      text += fmt::format("Authorization: Bearer {}\r\n", kToken);
    }
    if (!body.empty()) text += fmt::format("Content-Length: {}\r\n", body.size());
    client.Send(text + "\r\n" + body);
    return client.Receive();
  }
  [[nodiscard]] Json AskJson(const std::string& target) const {
    const Reply reply = Ask(target);
    EXPECT_EQ(reply.status, 200) << target << reply.body;
    return Json::parse(reply.body, nullptr, false);
  }

 private:
  api::http::Ports MakePorts() {
    api::http::Ports ports;
    ports.open_ledger = [this]() -> Result<std::unique_ptr<store::Store>> {
      if (is_locked_) return Fail(ErrorCode::kUnavailable, "the ledger is locked", "busy", "wait");
      return store::sqlite::Open(folder_.File("ledger.db"), store::sqlite::OpenMode::kReadOnly,
                                 made_up::kPatience);
    };
    ports.bill = [](store::Store&, RunCost& cost, UtcTime) -> Result<void> {
      cost.billed = cost.total;
      return {};
    };
    ports.billed = [](store::Store&, std::span<const store::RunStanding* const> standings,
                      UtcTime) -> Result<std::vector<std::optional<Money>>> {
      std::vector<std::optional<Money>> billed;
      for (const store::RunStanding* standing : standings) billed.emplace_back(standing->total);
      return billed;
    };
    ports.formula = [](const EpochCost&, const PriceSheet&) { return std::string("formula"); };
    ports.forecasts = [](store::Store&, const RunCost&) -> Result<api::http::Outlooks> {
      return api::http::Outlooks{.now = std::nullopt, .why_not = "none yet", .kept = {}};
    };
    ports.estimate = [](const std::map<std::string, std::string>&) -> Result<std::string> {
      return "{}";
    };
    ports.presets = []() -> Result<std::string> { return "{}"; };
    ports.doctor = []() -> Result<std::string> { return "{}"; };
    ports.verdicts = [this](const RunId&) -> Result<api::http::AlertVerdicts> { return verdicts_; };
    ports.judge = [this](const RunId&, const std::string& alert,
                         const api::http::AlertVerdict& verdict) -> Result<void> {
      verdicts_[alert] = verdict;
      return {};
    };
    ports.version = "test";
    ports.clock = &clock_;
    return ports;
  }

  made_up::Folder folder_;
  std::unique_ptr<store::Store> store_;
  std::atomic<bool> is_locked_ = false;
  api::http::AlertVerdicts verdicts_;
  SystemClock clock_;
  api::http::ServerOptions options_;
  std::unique_ptr<api::http::Server> server_;
};

}  // namespace epochcost::http_test
