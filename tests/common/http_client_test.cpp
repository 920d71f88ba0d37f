#include "common/http_client.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <thread>
#include <utility>

#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include "common/asio.hpp"
#include "tests/catch.hpp"

using namespace hopcost;

namespace {

/// Accepts one connection on a thread of its own, reads up to the end of a request's head and
/// `body` bytes more, answers with given bytes, then waits for the peer to close. `received` is
/// good after `finish`.
class OneShotServer {
 public:
  explicit OneShotServer(std::string answer, std::size_t body = 0)
      : answer_(std::move(answer)),
        acceptor_(context_.get_executor(), Tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
        port_(acceptor_.local_endpoint().port()),
        thread_([this, body] { serve(body); }) {}
  ~OneShotServer() { finish(); }
  OneShotServer(const OneShotServer&) = delete;
  OneShotServer& operator=(const OneShotServer&) = delete;

  [[nodiscard]] HostPort address() const { return {"127.0.0.1", port_}; }

  std::string finish() {
    if (thread_.joinable()) thread_.join();
    return received_;
  }

 private:
  void serve(std::size_t body) {
    error_code ec;
    Socket socket(context_.get_executor());
    acceptor_.accept(socket, ec);
    acceptor_.close();
    if (ec) return;
    const auto head = asio::read_until(socket, asio::dynamic_buffer(received_), "\r\n\r\n", ec);
    while (!ec && received_.size() < head + body) {
      std::array<char, 512> piece{};
      const auto got = socket.read_some(asio::buffer(piece), ec);
      received_.append(piece.data(), got);
    }
    if (!ec && !answer_.empty()) {
      asio::write(socket, asio::buffer(answer_), ec);
      socket.shutdown(Tcp::socket::shutdown_send, ec);
    }
    std::array<char, 64> rest{};
    while (!ec) socket.read_some(asio::buffer(rest), ec);
  }

  std::string answer_;
  std::string received_;
  asio::io_context context_;
  Acceptor acceptor_;
  std::uint16_t port_;
  std::thread thread_;
};

HttpExchange get(const HostPort& address, Nanos timeout = 60 * kSecond) {
  HttpExchange exchange;
  exchange.address = address;
  exchange.target = "/health";
  exchange.timeout = timeout;
  return exchange;
}

}  // namespace

TEST_CASE("an exchange returns the status and the body") {
  OneShotServer server("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
  const auto reply = http_exchange(get(server.address()));
  REQUIRE(reply.has_value());
  CHECK(reply->status == 200);
  CHECK(reply->body == "hello");
  const auto received = server.finish();
  CHECK(received.starts_with("GET /health HTTP/1.1\r\n"));
  CHECK(received.find("Host: " + server.address().to_string() + "\r\n") != std::string::npos);
}

TEST_CASE("an exchange sends its method, headers and JSON body") {
  OneShotServer server(
      "HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
      7);
  auto exchange = get(server.address());
  exchange.method = "PUT";
  exchange.headers = {{"X-One", "1"}, {"Authorization", "Bearer k"}};
  exchange.body = "{\"a\":1}";
  const auto reply = http_exchange(exchange);
  REQUIRE(reply.has_value());
  CHECK(reply->status == 503);
  CHECK(reply->body == "abcde");
  const auto received = server.finish();
  CHECK(received.starts_with("PUT /health HTTP/1.1\r\n"));
  for (const char* line : {"X-One: 1\r\n", "Authorization: Bearer k\r\n", "Content-Length: 7\r\n",
                           "Content-Type: application/json\r\n"}) {
    INFO(line);
    CHECK(received.find(line) != std::string::npos);
  }
  CHECK(received.ends_with("\r\n\r\n{\"a\":1}"));
}

TEST_CASE("a reply that ends with the connection is complete") {
  OneShotServer server("HTTP/1.1 200 OK\r\n\r\nuntil the end");
  const auto reply = http_exchange(get(server.address()));
  REQUIRE(reply.has_value());
  CHECK(reply->body == "until the end");
}

TEST_CASE("a reply keeps its headers in their order, and how much of the body each read brought") {
  const auto held = std::string(3000, 'x');
  OneShotServer server("HTTP/1.1 200 OK\r\nX-B: 1\r\nX-A: 2\r\nTransfer-Encoding: chunked\r\n\r\n" +
                       std::string("3\r\nabc\r\nbb8\r\n") + held + "\r\n0\r\n\r\n");
  const auto reply = http_exchange(get(server.address()));
  REQUIRE(reply.has_value());
  CHECK(reply->headers[0] == std::pair<std::string, std::string>("X-B", "1"));
  CHECK(reply->headers[1] == std::pair<std::string, std::string>("X-A", "2"));
  CHECK(reply->body == "abc" + held);
  REQUIRE_FALSE(reply->reads.empty());
  CHECK(std::ranges::is_sorted(reply->reads));
  CHECK(reply->reads.back() == reply->body.size());
}

TEST_CASE("a refused connection is an error that names the URL") {
  const auto port = find_free_port("127.0.0.1");
  REQUIRE(port.has_value());
  const HostPort nobody{"127.0.0.1", *port};
  const auto reply = http_exchange(get(nobody));
  REQUIRE_FALSE(reply.has_value());
  CHECK(reply.error().exit_code() == 69);
  CHECK(reply.error().where == "http://" + nobody.to_string() + "/health");
  CHECK(reply.error().message.starts_with("connect: "));
}

TEST_CASE("a server that never answers is given up after the timeout, not before") {
  OneShotServer server("");
  const Nanos start = now_ns();
  const auto reply = http_exchange(get(server.address(), 100 * kMillisecond));
  CHECK(now_ns() - start >= 100 * kMillisecond);
  REQUIRE_FALSE(reply.has_value());
  CHECK(reply.error().exit_code() == 69);
  CHECK(reply.error().message.find("timeout") != std::string::npos);
}

TEST_CASE("a reply that breaks off or is not HTTP is an error") {
  for (const char* answer : {"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort",
                             "HTTP/1.1 200 OK\r\nConte", "SSH-2.0-OpenSSH_9.2\r\n\r\n",
                             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    OneShotServer server(answer);
    const auto reply = http_exchange(get(server.address()));
    INFO(answer);
    REQUIRE_FALSE(reply.has_value());
    CHECK(reply.error().exit_code() == 69);
    CHECK(reply.error().message.starts_with("read: "));
  }
}

TEST_CASE("a free port can be listened on, and is taken while somebody does") {
  const auto port = find_free_port("127.0.0.1");
  REQUIRE(port.has_value());
  const HostPort address{"127.0.0.1", *port};
  CHECK_FALSE(port_is_taken(address));
  {
    asio::io_context context;
    Acceptor acceptor(context.get_executor(),
                      Tcp::endpoint(asio::ip::address_v4::loopback(), *port));
    CHECK(port_is_taken(address));
  }
  CHECK_FALSE(port_is_taken(address));
}

TEST_CASE("a free port is sought on addresses only") {
  const auto refused = find_free_port("localhost");
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().exit_code() == 64);
  CHECK(port_is_taken({"not an address", 80}));
}
