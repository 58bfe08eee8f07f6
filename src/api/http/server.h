#pragma once
// The HTTP server: the interface of openapi.json, the page's files, the stream of events.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "api/http/ports.h"
#include "base/result.h"

namespace epochcost::api::http {

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any that is free
  int listening_fd = -1;   // a socket that listens already, instead of address and port; taken over
  std::string certificate;  // PEM files; with both, TLS
  std::string key;
  std::string token;       // sees everything; empty: made
  std::string token_file;  // further tokens, see access.h
  std::size_t most_connections = 8192;
  std::size_t most_streams = 5000;
  std::chrono::milliseconds request_time{10'000};  // from the first byte of a request to its last
  std::chrono::milliseconds idle_time{75'000};     // between requests
  std::chrono::milliseconds write_time{20'000};    // for a client to take an answer
  std::chrono::milliseconds heartbeat{15'000};     // of a stream without events
  std::chrono::milliseconds look_interval{50};     // how often the ledger is asked
};

// Serves from threads of its own, from Start() until it is destroyed.
class Server {
 public:
  // Errors: kInvalidInput, an address, certificate or key that cannot be, or an address beyond this
  // machine without TLS; kUnavailable, the port is taken; kIo.
  static Result<std::unique_ptr<Server>> Start(Ports ports, ServerOptions options);
  virtual ~Server() = default;

  [[nodiscard]] virtual std::uint16_t Port() const = 0;
  // "http://127.0.0.1:7431/", and the same with the token that opens it.
  [[nodiscard]] virtual std::string Address() const = 0;
  [[nodiscard]] virtual std::string Url() const = 0;
  // Clients that are connected now.
  [[nodiscard]] virtual std::size_t Connections() const = 0;
  // Runs that go on: a meter committed something in the last minute.
  [[nodiscard]] virtual std::size_t RunningRuns() const = 0;
};

}  // namespace epochcost::api::http
