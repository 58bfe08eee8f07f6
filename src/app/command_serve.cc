// epochcost serve: the page and the HTTP interface, over the ledger as it grows.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>
#include <thread>

#include "api/http/server.h"
#include "app/context.h"
#include "app/page_ports.h"
#include "app/page_process.h"
#include "base/text.h"

namespace epochcost::app {
namespace {

constexpr std::uint16_t kUsualPort = 7431;

struct ServeOptions {
  std::string listen = "127.0.0.1";
  int port = -1;  // not said
  std::string certificate;
  std::string key;
  int fd = -1;     // of the page beside a run
  int idle_s = 0;  // ends when nobody looked for so long and no run goes on; 0: never
};

// The usual port; where another server has it, any that is free.
Result<std::unique_ptr<api::http::Server>> Start(const Context& context,
                                                 const ServeOptions& options) {
  api::http::ServerOptions server{.address = options.listen,
                                  .listening_fd = options.fd,
                                  .certificate = options.certificate,
                                  .key = options.key,
                                  .token_file = context.data_home + "/tokens.json"};
  if (options.fd >= 0) server.token = TakePageToken();
  server.port = options.port >= 0 ? static_cast<std::uint16_t>(options.port) : kUsualPort;
  auto started = api::http::Server::Start(PagePorts(context, EPOCHCOST_VERSION), server);
  if (started || options.port >= 0 || started.error().code != ErrorCode::kUnavailable)
    return started;
  server.port = 0;
  return api::http::Server::Start(PagePorts(context, EPOCHCOST_VERSION), server);
}

// Until a signal, or until nobody needs the page any more.
void Wait(const api::http::Server& server, int idle_s) {
  sigset_t ends;
  sigemptyset(&ends);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&ends, number);
  int idle = 0;
  for (;;) {
    constexpr timespec kSecond{1, 0};
    if (sigtimedwait(&ends, nullptr, &kSecond) > 0) return;
    const bool is_needed = server.Connections() > 0 || server.RunningRuns() > 0;
    idle = is_needed ? 0 : idle + 1;
    if (idle_s > 0 && idle >= idle_s) return;
  }
}

void Tell(const Context& context, const api::http::Server& server) {
  if (context.json) {
    std::cout << R"({"schema_version":1,"url":")" << server.Url() << R"(","port":)" << server.Port()
              << "}" << std::endl;
    return;
  }
  if (context.quiet) return;
  std::cerr << Say("the page: {}", server.Url()) << "\n"
            << Say("who has this address sees every run; Ctrl-C ends it") << "\n";
}

void Serve(Context& context, const ServeOptions& options) {
  sigset_t ends;
  sigemptyset(&ends);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&ends, number);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);  // the server's threads inherit it
  std::signal(SIGPIPE, SIG_IGN);
  const auto server = Start(context, options);
  if (!server) return Complain(context, server.error());
  if (options.fd < 0) Tell(context, **server);
  Wait(**server, options.idle_s);
}

}  // namespace

void AddServe(CLI::App& app, Context& context) {
  const auto options = std::make_shared<ServeOptions>();
  CLI::App* const serve =
      app.add_subcommand("serve", Say("The page: every run of the ledger, live"));
  serve->footer(
      Say("examples:\n"
          "  epochcost serve                               prints the address to open\n"
          "  ssh -L 7431:127.0.0.1:7431 node epochcost serve   a page of another machine\n"
          "  epochcost serve --listen 0.0.0.0 --cert cert.pem --key key.pem\n\n"
          "Beyond this machine it needs a certificate; epochcost token makes tokens that see one "
          "project."));
  serve->add_option("--listen", options->listen, Say("the IP address to listen at"))
      ->capture_default_str();
  serve
      ->add_option("--port", options->port,
                   Say("the port (7431, or any free one); 0: any free one"))
      ->check(CLI::Range(0, 65535));
  serve->add_option("--cert", options->certificate, Say("a certificate chain (PEM)"));
  serve->add_option("--key", options->key, Say("its private key (PEM)"));
  serve->add_flag("--json", context.json, Say("the address as one JSON object"));
  serve->add_option("--listening-fd", options->fd)->group("");
  serve->add_option("--idle-seconds", options->idle_s)->group("");
  serve->callback([&context, options] { Serve(context, *options); });
}

}  // namespace epochcost::app
