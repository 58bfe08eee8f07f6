// Boost 1.74's coroutines need <utility> before them.
#include <utility>
//
#include <sys/resource.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include <fmt/format.h>
#include <netinet/tcp.h>

#include <array>
#include <atomic>
#include <set>
#include <thread>

#include "api/http/follower.h"
#include "api/http/front.h"
#include "api/http/server.h"
#include "base/log.h"
#include "base/text.h"

namespace epochcost::api::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::uint32_t kLargestHead = 16 * 1024;
constexpr std::uint64_t kLargestBody = 65'536;
constexpr std::size_t kEventsAtOnce = 256;
constexpr int kWokenAtOnce = 32;
constexpr int kWorkers = 2;
constexpr std::chrono::milliseconds kAfterFullTable{100};

std::string_view View(boost::beast::string_view text) { return {text.data(), text.size()}; }

// As many descriptors as this user may have.
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)setrlimit(RLIMIT_NOFILE, &limit);
}

class AsioServer final : public Server {
 public:
  AsioServer(Ports ports, ServerOptions options)
      : ports_(std::move(ports)),
        options_(std::move(options)),
        events_(RandomHex(8)),
        library_(ports_, runs_, [this](std::function<void()> job) { asio::post(workers_, job); }),
        follower_(ports_, runs_, events_, options_.look_interval),
        workers_(kWorkers),
        acceptor_(io_) {}

  ~AsioServer() override {
    follower_.Stop();
    events_.OnNew({});
    io_.stop();
    if (thread_.joinable()) thread_.join();
    workers_.stop();
    workers_.join();
  }

  Result<void> Begin() {
    if (const auto open = Listen(); !open) return open;
    if (const auto secure = ReadCertificate(); !secure) return secure;
    if (options_.token.empty()) options_.token = NewToken();
    AccessOptions access{.token = options_.token,
                         .token_file = options_.token_file,
                         .cookie = fmt::format("epochcost_session_{}", Port()),
                         .is_tls = IsTls()};
    if (acceptor_.local_endpoint().address().is_loopback()) {
      access.hosts = {"127.0.0.1", "localhost", "[::1]"};
    }
    front_.emplace(desk_, Access(std::move(access), *ports_.clock));
    RaiseDescriptorLimit();
    follower_.ReadNow();
    events_.OnNew([this] { asio::post(io_, [this] { WakeStreams(); }); });
    asio::co_spawn(io_, AcceptAll(), asio::detached);
    follower_.Start();
    thread_ = std::thread([this] { io_.run(); });
    return {};
  }

  [[nodiscard]] std::uint16_t Port() const override { return acceptor_.local_endpoint().port(); }
  [[nodiscard]] std::string Address() const override {
    const auto endpoint = acceptor_.local_endpoint();
    const std::string host = endpoint.address().is_v6() ? "[" + endpoint.address().to_string() + "]"
                                                        : endpoint.address().to_string();
    return fmt::format("{}://{}:{}/", IsTls() ? "https" : "http", host, endpoint.port());
  }
  [[nodiscard]] std::string Url() const override { return Address() + "?token=" + options_.token; }
  [[nodiscard]] std::size_t Connections() const override { return connections_; }
  [[nodiscard]] std::size_t RunningRuns() const override {
    constexpr Nanos kRecently{60 * kNanosPerSecond};
    const UtcTime now = ports_.clock->Utc();
    std::size_t running = 0;
    for (const RunId& id : runs_.Running()) {
      const RunEntryPtr entry = runs_.Find(id);
      if (entry && now - entry->standing.as_of < kRecently) ++running;
    }
    return running;
  }

 private:
  using Request = beast::http::request<beast::http::string_body>;
  using TlsStream = beast::ssl_stream<beast::tcp_stream>;

  // Counts a client for as long as it is there.
  class Counted {
   public:
    explicit Counted(std::atomic<std::size_t>& count) : count_(count) { ++count_; }
    ~Counted() { --count_; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;

   private:
    std::atomic<std::size_t>& count_;
  };

  [[nodiscard]] bool IsTls() const { return tls_.has_value(); }

  Result<void> Listen() {
    error_code error;
    if (options_.listening_fd >= 0) {
      (void)acceptor_.assign(tcp::v4(), options_.listening_fd, error);
      if (error) return Fail(ErrorCode::kIo, Say("cannot listen"), error.message());
    } else {
      const auto address = asio::ip::make_address(options_.address, error);
      if (error) {
        return Fail(ErrorCode::kInvalidInput, Say("cannot listen at {}", options_.address),
                    Say("it is no IP address"), Say("such as 127.0.0.1 or 0.0.0.0"));
      }
      const tcp::endpoint endpoint(address, options_.port);
      (void)acceptor_.open(endpoint.protocol(), error);
      if (!error) (void)acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
      if (!error) (void)acceptor_.bind(endpoint, error);
      if (!error) (void)acceptor_.listen(1024, error);
      if (error) {
        return Fail(
            error == asio::error::address_in_use ? ErrorCode::kUnavailable : ErrorCode::kIo,
            Say("cannot listen at {}", fmt::format("{}:{}", options_.address, options_.port)),
            error.message(), Say("take another port: --port 0 takes any that is free"));
      }
    }
    const bool is_secure = !options_.certificate.empty() && !options_.key.empty();
    if (!acceptor_.local_endpoint().address().is_loopback() && !is_secure) {
      return Fail(
          ErrorCode::kInvalidInput, Say("cannot listen at {}", options_.address),
          Say("others could read the tokens on their way here"),
          Say("name a certificate: --cert cert.pem --key key.pem; or forward a port of this "
              "machine by ssh"));
    }
    return {};
  }

  Result<void> ReadCertificate() {
    if (options_.certificate.empty() && options_.key.empty()) return {};
    tls_.emplace(asio::ssl::context::tls_server);
    error_code error;
    tls_->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_sslv2 |
                      asio::ssl::context::no_sslv3 | asio::ssl::context::no_tlsv1 |
                      asio::ssl::context::no_tlsv1_1);
    (void)tls_->use_certificate_chain_file(options_.certificate, error);
    if (error) {
      return Fail(ErrorCode::kInvalidInput,
                  Say("cannot read the certificate {}", options_.certificate), error.message(), "");
    }
    (void)tls_->use_private_key_file(options_.key, asio::ssl::context::pem, error);
    if (error) {
      return Fail(ErrorCode::kInvalidInput, Say("cannot read the key {}", options_.key),
                  error.message(), "");
    }
    return {};
  }

  asio::awaitable<void> AcceptAll() {
    for (;;) {
      error_code error;
      tcp::socket socket =
          co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error));
      if (error == asio::error::operation_aborted) co_return;
      if (error) {  // the table of files is full: who is there already is served
        asio::steady_timer pause(io_, kAfterFullTable);
        co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
        continue;
      }
      if (connections_ >= options_.most_connections) continue;  // closed as it goes out of scope
      (void)socket.set_option(tcp::no_delay(true), error);
      (void)socket.set_option(asio::socket_base::keep_alive(true), error);
      const int patience = static_cast<int>(options_.write_time.count());
      (void)setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &patience,
                       sizeof patience);
      if (IsTls()) {
        asio::co_spawn(io_, ServeTls(std::move(socket)), asio::detached);
      } else {
        asio::co_spawn(io_, ServePlain(std::move(socket)), asio::detached);
      }
    }
  }

  asio::awaitable<void> ServePlain(tcp::socket socket) {
    const Counted counted(connections_);
    beast::tcp_stream stream(std::move(socket));
    co_await Serve(stream);
    error_code ignored;
    (void)stream.socket().shutdown(tcp::socket::shutdown_both, ignored);
  }

  asio::awaitable<void> ServeTls(tcp::socket socket) {
    const Counted counted(connections_);
    TlsStream stream(std::move(socket), *tls_);
    error_code error;
    beast::get_lowest_layer(stream).expires_after(options_.request_time);
    co_await stream.async_handshake(asio::ssl::stream_base::server,
                                    asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    co_await Serve(stream);
    beast::get_lowest_layer(stream).expires_after(options_.request_time);
    co_await stream.async_shutdown(asio::redirect_error(asio::use_awaitable, error));
  }

  // One client, request after request.
  template <class Stream>
  asio::awaitable<void> Serve(Stream& stream) {
    beast::flat_buffer buffer;
    for (bool goes_on = true; goes_on;) {
      error_code error;
      if (buffer.size() == 0) {
        beast::get_lowest_layer(stream).expires_after(options_.idle_time);
        const std::size_t read = co_await stream.async_read_some(
            buffer.prepare(8192), asio::redirect_error(asio::use_awaitable, error));
        if (error) co_return;
        buffer.commit(read);
      }
      beast::http::request_parser<beast::http::string_body> parser;
      parser.header_limit(kLargestHead);
      parser.body_limit(kLargestBody);
      beast::get_lowest_layer(stream).expires_after(options_.request_time);
      co_await beast::http::async_read(stream, buffer, parser,
                                       asio::redirect_error(asio::use_awaitable, error));
      if (error) {
        co_await Refuse(stream, error);
        co_return;
      }
      goes_on = co_await Reply(stream, parser.release());
    }
  }

  template <class Stream>
  asio::awaitable<void> Refuse(Stream& stream, error_code error) {
    const error_code ended = beast::http::error::end_of_stream;
    const bool is_of_the_request = error.category() == ended.category();
    if (!is_of_the_request || error == ended || error == beast::http::error::partial_message) {
      co_return;
    }
    int status = 400;
    if (error == beast::http::error::header_limit) status = 431;
    if (error == beast::http::error::body_limit) status = 413;
    const Answer answer = Problem(
        status, {ErrorCode::kInvalidInput, Say("the request cannot be read"), error.message(), ""});
    (void)co_await Write(stream, answer, Manner{.is_kept_alive = false});
  }

  static Incoming IncomingOf(Request& request) {
    const auto field = [&request](beast::string_view name) { return View(request[name]); };
    return {.method = View(request.method_string()),
            .target = View(request.target()),
            .content_type = field("Content-Type"),
            .accept_language = field("Accept-Language"),
            .body = std::move(request.body()),
            .from = CredentialsOf(request)};
  }

  static Credentials CredentialsOf(const Request& request) {
    const auto field = [&request](beast::string_view name) { return View(request[name]); };
    return {.authorization = field("Authorization"),
            .cookie = field("Cookie"),
            .host = field("Host"),
            .origin = field("Origin"),
            .fetch_site = field("Sec-Fetch-Site"),
            .csrf = field("X-EpochCost-CSRF")};
  }

  // Whether another request may follow.
  template <class Stream>
  asio::awaitable<bool> Reply(Stream& stream, Request request) {
    Outcome outcome = front_->Receive(IncomingOf(request));
    if (outcome.is_stream) {
      co_await Follow(stream, request, outcome.visitor);
      co_return false;
    }
    if (!outcome.answer) outcome.answer = co_await Work(outcome);
    const Answer& answer = *outcome.answer;
    const Manner manner{.is_gzip_accepted = AcceptsGzip(View(request["Accept-Encoding"])),
                        .is_head = request.method() == beast::http::verb::head,
                        .is_kept_alive = request.keep_alive(),
                        .is_not_modified = answer.status == 200 &&
                                           NamesEtag(View(request["If-None-Match"]), answer.etag)};
    co_return co_await Write(stream, answer, manner) && manner.is_kept_alive;
  }

  // Runs the job in a worker; goes on in the server's thread.
  asio::awaitable<AnswerPtr> Work(const Outcome& outcome) {
    auto answer = std::make_shared<Answer>();
    asio::steady_timer done(io_, asio::steady_timer::time_point::max());
    asio::post(workers_, [this, &outcome, answer, &done] {
      *answer = outcome.job();
      asio::post(io_, [&done] { done.cancel(); });
    });
    error_code cancelled;
    co_await done.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    co_return front_->Keep(outcome, std::move(*answer));
  }

  template <class Stream>
  asio::awaitable<bool> Write(Stream& stream, const Answer& answer, Manner manner) {
    const std::string head = HeadOf(answer, manner, Date());
    const std::string_view body = BodyOf(answer, manner);
    const std::array<asio::const_buffer, 2> bytes = {asio::buffer(head),
                                                     asio::buffer(body.data(), body.size())};
    error_code error;
    beast::get_lowest_layer(stream).expires_after(options_.write_time);
    co_await asio::async_write(stream, bytes, asio::redirect_error(asio::use_awaitable, error));
    co_return !error;
  }

  template <class Stream>
  asio::awaitable<bool> WriteText(Stream& stream, const std::string& text) {
    error_code error;
    beast::get_lowest_layer(stream).expires_after(options_.write_time);
    co_await asio::async_write(stream, asio::buffer(text),
                               asio::redirect_error(asio::use_awaitable, error));
    co_return !error;
  }

  // The stream of events, until the client goes or may no longer read it.
  template <class Stream>
  asio::awaitable<void> Follow(Stream& stream, const Request& request, const Visitor& visitor) {
    if (streams_ >= options_.most_streams) {
      (void)co_await Write(stream,
                           Problem({ErrorCode::kUnavailable, Say("too many pages follow already"),
                                    Say("at most {} may", options_.most_streams), ""}),
                           Manner{.is_kept_alive = false});
      co_return;
    }
    const Counted counted(streams_);
    EventLog::Place place = events_.PlaceOf(View(request["Last-Event-ID"]));
    if (!co_await WriteText(stream, StreamHead() + Hello(place))) co_return;
    asio::steady_timer timer(io_);
    std::string text;
    for (;;) {
      const auto events = events_.After(place, visitor.project, kEventsAtOnce);
      text.clear();
      if (!events) text = Hello({place.number, false});
      if (events) {
        for (const auto& event : *events) text += event->text;
      }
      if (text.empty()) {
        if (!co_await WaitForEvents(timer)) {
          if (!front_->MayStay(CredentialsOf(request))) co_return;
          text = ": alive\n\n";
        }
      }
      if (!text.empty() && !co_await WriteText(stream, text)) co_return;
    }
  }

  // Whether something new is there; false after a heartbeat's time.
  asio::awaitable<bool> WaitForEvents(asio::steady_timer& timer) {
    error_code error;
    timer.expires_after(options_.heartbeat);
    waiting_.insert(&timer);
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
    waiting_.erase(&timer);
    co_return error == asio::error::operation_aborted;
  }

  // A few at a time, so that thousands of followers keep nobody else waiting. What comes while a
  // round is on its way starts another one behind it: the slower the round, the more events each
  // follower gets at once.
  void WakeStreams() {
    wakes_again_ = is_waking_;
    if (!std::exchange(is_waking_, true)) WakeSome(nullptr);
  }

  void WakeSome(asio::steady_timer* behind) {
    auto next = waiting_.upper_bound(behind);
    for (int woken = 0; woken < kWokenAtOnce && next != waiting_.end(); ++woken, ++next) {
      behind = *next;
      behind->cancel();
    }
    if (next != waiting_.end()) return asio::post(io_, [this, behind] { WakeSome(behind); });
    is_waking_ = false;
    if (std::exchange(wakes_again_, false)) asio::post(io_, [this] { WakeStreams(); });
  }

  std::string StreamHead() {
    Answer answer;
    answer.content_type = "text/event-stream";
    answer.caching = Caching::kNever;
    std::string head = HeadOf(answer, Manner{.is_kept_alive = false}, Date());
    // It has no length: it ends with the connection.
    const std::size_t length = head.find("Content-Length: ");
    head.erase(length, head.find("\r\n", length) + 2 - length);
    return head + "retry: 1000\n\n";
  }

  std::string Hello(const EventLog::Place& place) {
    const Json json = {{"version", ports_.version},
                       {"now", ExactUtc(ports_.clock->Utc())},
                       {"resumed", place.is_resumed}};
    return fmt::format("id: {}\nevent: hello\ndata: {}\n\n", events_.IdOf(place.number),
                       json.dump());
  }

  const std::string& Date() {
    const std::int64_t now = ports_.clock->Utc().ns / kNanosPerSecond;
    if (now != date_of_) {
      date_of_ = now;
      date_ = HttpDate(now);
    }
    return date_;
  }

  Ports ports_;
  ServerOptions options_;
  Register runs_;
  EventLog events_;
  Library library_;
  Follower follower_;
  asio::thread_pool workers_;
  std::optional<asio::ssl::context> tls_;
  Desk desk_{ports_, runs_, events_, library_};
  std::optional<Front> front_;
  std::set<asio::steady_timer*> waiting_;
  bool is_waking_ = false;
  bool wakes_again_ = false;
  std::atomic<std::size_t> connections_ = 0;
  std::atomic<std::size_t> streams_ = 0;
  std::string date_;
  std::int64_t date_of_ = -1;
  // Goes first: the clients that it still holds use all of the above.
  asio::io_context io_{1};
  tcp::acceptor acceptor_;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::Start(Ports ports, ServerOptions options) {
  auto server = std::make_unique<AsioServer>(std::move(ports), std::move(options));
  if (const auto begun = server->Begin(); !begun) return tl::unexpected(begun.error());
  return server;
}

}  // namespace epochcost::api::http
