#include "web/live_server.hpp"

#include <array>
#include <chrono>
#include <string_view>
#include <thread>
#include <utility>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/asio.hpp"
#include "web/page.hpp"

namespace hopcost::web {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

using Stream = beast::basic_stream<Tcp, Executor>;
using Request = http::request<http::empty_body>;
using Response = http::response<http::string_body>;

constexpr auto kPatience = std::chrono::seconds(10);
constexpr std::uint32_t kMostHead = 16U << 10U;

/// Whether a Host header names this server by an address, as localhost, or as it was told to
/// listen.
bool is_ours(std::string_view host, const std::string& listening_on) {
  if (host.starts_with('[')) return host.find(']') != std::string_view::npos;  // an IPv6 address
  host = host.substr(0, host.find(':'));
  if (host == "localhost" || host == listening_on) return true;
  error_code ec;
  asio::ip::make_address(std::string(host), ec);
  return !ec;
}

Response reply(const Request& request, http::status status, std::string_view type,
               std::string body) {
  Response response(status, request.version());
  response.set(http::field::content_type, type);
  response.set(http::field::cache_control, "no-store");
  response.set("X-Content-Type-Options", "nosniff");
  response.keep_alive(false);
  const bool head = request.method() == http::verb::head;
  response.body() = std::move(body);
  response.prepare_payload();
  if (head) response.body().clear();
  return response;
}

/// One connection, which is good for one request.
class Visit : public std::enable_shared_from_this<Visit> {
 public:
  Visit(Socket socket, const LiveSource& source, const std::string& host)
      : stream_(std::move(socket)), source_(source), host_(host) {
    parser_.header_limit(kMostHead);
    parser_.body_limit(0);
  }

  void begin() {
    stream_.expires_after(kPatience);
    http::async_read(stream_, buffer_, parser_,
                     [self = shared_from_this()](error_code ec, std::size_t) {
                       if (!ec) self->answer();
                     });
  }

 private:
  void answer() {
    response_ = response_to(parser_.get());
    stream_.expires_after(kPatience);
    http::async_write(stream_, response_, [self = shared_from_this()](error_code, std::size_t) {
      error_code ignored;
      self->stream_.socket().shutdown(Tcp::socket::shutdown_both, ignored);
    });
  }

  [[nodiscard]] Response response_to(const Request& request) const {
    constexpr std::string_view kText = "text/plain; charset=utf-8";
    const auto host = request[http::field::host];
    if (!is_ours({host.data(), host.size()}, host_)) {
      return reply(request, http::status::forbidden, kText, "not for this host\n");
    }
    if (request.method() != http::verb::get && request.method() != http::verb::head) {
      auto refused =
          reply(request, http::status::method_not_allowed, kText, "nothing here can be changed\n");
      refused.set(http::field::allow, "GET, HEAD");
      return refused;
    }
    const auto target = request.target();
    if (target == "/stamp") {
      return reply(request, http::status::ok, kText, source_.stamp());
    }
    if (target != "/") return reply(request, http::status::not_found, kText, "not found\n");
    auto data = source_.data();
    if (!data) {
      auto early =
          reply(request, http::status::service_unavailable, kText, data.error().to_string() + "\n");
      early.set("Refresh", "2");  // a browser looks again
      return early;
    }
    (*data)["live"] = source_.stamp();
    auto shown = page(*data);
    if (!shown) {
      return reply(request, http::status::internal_server_error, kText,
                   shown.error().to_string() + "\n");
    }
    return reply(request, http::status::ok, "text/html; charset=utf-8", with_polling(*shown));
  }

  /// The page itself asks nothing of any network; this one asks where it came from.
  static std::string with_polling(std::string page) {
    constexpr std::string_view kNothing = "default-src 'none';";
    const auto at = page.find(kNothing);
    if (at != std::string::npos) page.insert(at + kNothing.size(), " connect-src 'self';");
    return page;
  }

  Stream stream_;
  const LiveSource& source_;
  const std::string& host_;
  beast::flat_buffer buffer_;
  http::request_parser<http::empty_body> parser_;
  Response response_;
};

}  // namespace

struct LiveServer::Running {
  explicit Running(LiveSource what, std::string where)
      : source(std::move(what)), host(std::move(where)) {}
  ~Running() { context.stop(); }

  void accept() {
    acceptor.async_accept([this](error_code ec, Socket socket) {
      if (!ec) std::make_shared<Visit>(std::move(socket), source, host)->begin();
      if (acceptor.is_open()) accept();
    });
  }

  LiveSource source;
  std::string host;
  asio::io_context context{1};
  Acceptor acceptor{context};
  std::jthread thread;  ///< last: it is joined before what it uses is gone
};

Result<LiveServer> LiveServer::start(const HostPort& address, LiveSource source) {
  auto running = std::make_unique<Running>(std::move(source), address.host);
  error_code ec;
  Tcp::resolver resolver(running->context);
  const auto found = resolver.resolve(address.host, std::to_string(address.port), ec);
  const auto cannot = [&] {
    return fail(ErrorCode::unreachable, ec ? ec.message() : "no address",
                "--serve " + address.to_string());
  };
  if (ec || found.empty()) return cannot();
  const auto endpoint = found.begin()->endpoint();
  auto& acceptor = running->acceptor;
  acceptor.open(endpoint.protocol(), ec);
  if (!ec) acceptor.set_option(asio::socket_base::reuse_address(true), ec);
  if (!ec) acceptor.bind(endpoint, ec);
  if (!ec) acceptor.listen(asio::socket_base::max_listen_connections, ec);
  if (ec) return cannot();
  running->accept();
  running->thread = std::jthread([&context = running->context] { context.run(); });
  return LiveServer(std::move(running));
}

LiveServer::LiveServer(std::unique_ptr<Running> running) : running_(std::move(running)) {}
LiveServer::LiveServer(LiveServer&&) noexcept = default;
LiveServer& LiveServer::operator=(LiveServer&&) noexcept = default;
LiveServer::~LiveServer() = default;

std::string LiveServer::url() const {
  error_code ec;
  const auto endpoint = running_->acceptor.local_endpoint(ec);
  return fmt::format("http://{}/", HostPort{running_->host, endpoint.port()}.to_string());
}

}  // namespace hopcost::web
