#include "tests/mockserver/client.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>

#include "common/http_parser.hpp"
#include "common/sse.hpp"
#include "mockserver/scenario/load.hpp"

namespace hopcost::mockserver {
namespace {

struct Collector {
  Reply reply;

  void on_response(int status) { reply.status = status; }
  void on_field(http::field /*field*/, std::string_view name, std::string_view value) {
    std::string lower(name);
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
    reply.headers[lower] = value;
  }
  void on_header() {}
  void on_body(std::string_view bytes) { reply.body.append(bytes); }
};

}  // namespace

std::vector<std::string> Reply::events() const {
  std::vector<std::string> all;
  SseDecoder decoder;
  decoder.feed(body, [&](const SseEvent& event) { all.emplace_back(event.data); });
  if (decoder.inside_event()) throw std::runtime_error("the stream ends inside an event");
  return all;
}

std::vector<nlohmann::json> Reply::chunks() const {
  const auto all = events();
  if (all.empty() || all.back() != "[DONE]") throw std::runtime_error("no [DONE] at the end");
  std::vector<nlohmann::json> parsed;
  for (std::size_t i = 0; i + 1 < all.size(); ++i) {
    parsed.push_back(nlohmann::json::parse(all[i]));
  }
  return parsed;
}

Client::Client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval limit{20, 0};
  const int yes = 1;
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  sockaddr generic{};
  std::memcpy(&generic, &address, sizeof generic);
  if (::connect(socket_, &generic, sizeof generic) != 0) {
    ::close(socket_);
    throw std::runtime_error("cannot connect");
  }
}

Client::~Client() {
  if (socket_ >= 0) ::close(socket_);
}

Client::Client(Client&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), held_(std::move(other.held_)) {}

void Client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) throw std::runtime_error("cannot send");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool Client::receive() {
  char bytes[16384];
  const auto count = ::recv(socket_, bytes, sizeof bytes, 0);
  if (count < 0) throw std::runtime_error(fmt::format("recv: error {}", errno));
  held_.append(bytes, static_cast<std::size_t>(count));
  return count > 0;
}

Reply Client::read_reply(bool to_head) {
  Collector collector;
  ResponseParser<Collector> parser(collector);
  parser.body_limit(boost::none);
  if (to_head) parser.skip(true);
  error_code ec;
  for (;;) {
    held_.erase(0, parser.feed(held_, ec));
    if (ec) throw std::runtime_error("reply: " + ec.message());
    if (parser.is_done()) break;
    if (!receive()) {
      if (!parser.got_some()) throw std::runtime_error("no reply");
      parser.put_eof(ec);
      if (ec) throw std::runtime_error("the reply was cut short");
      break;
    }
  }
  return std::move(collector.reply);
}

Reply Client::exchange(std::string_view bytes) {
  send(bytes);
  return read_reply();
}

std::string_view Client::peek(std::size_t count) {
  while (held_.size() < count && receive()) {
  }
  return held_;
}

bool Client::at_end() {
  return held_.empty() && !receive();
}

Client::Rest Client::read_to_end() {
  Rest rest;
  char bytes[16384];
  for (;;) {
    const auto count = ::recv(socket_, bytes, sizeof bytes, 0);
    if (count < 0 && errno != ECONNRESET) {
      throw std::runtime_error(fmt::format("recv: error {}", errno));
    }
    if (count > 0) {
      held_.append(bytes, static_cast<std::size_t>(count));
      continue;
    }
    rest.reset = count < 0;
    rest.bytes = std::exchange(held_, {});
    return rest;
  }
}

std::string Client::available() {
  char bytes[16384];
  for (;;) {
    const auto count = ::recv(socket_, bytes, sizeof bytes, MSG_DONTWAIT);
    if (count <= 0) return std::exchange(held_, {});
    held_.append(bytes, static_cast<std::size_t>(count));
  }
}

void Client::half_close() {
  ::shutdown(socket_, SHUT_WR);
}

ServerOptions TestServer::options_of(std::string_view scenario) {
  auto changed = with_changes({}, scenario, ChangeFrom::command_line);
  if (!changed) throw std::runtime_error(changed.error().to_string());
  ServerOptions options;
  options.scenario = std::move(*changed);
  return options;
}

TestServer::TestServer(ServerOptions options)
    : server_([&options] {
        options.listen.port = 0;
        if (options.threads == 0) options.threads = 2;
        return options;
      }()) {
  if (const auto started = server_.start(); !started) {
    throw std::runtime_error(started.error().to_string());
  }
}

nlohmann::json TestServer::stats() const {
  return connect().exchange(request("GET", "/__admin/stats")).json();
}

ReadWatch::ReadWatch(const TestServer& server) : client_(server.connect()) {
  seen_ = bytes_read_by_others();
}

std::size_t ReadWatch::bytes_read_by_others() {
  const auto question = request("GET", "/__admin/stats");
  own_bytes_ += question.size();
  return client_.exchange(question).json().at("bytes_in").get<std::size_t>() - own_bytes_;
}

void ReadWatch::wait_for(std::size_t count) {
  seen_ += count;
  while (bytes_read_by_others() < seen_) {
  }
}

std::string request(std::string_view method, std::string_view target, std::string_view body,
                    std::string_view extra_header_lines) {
  std::string length;
  if (!body.empty()) length = fmt::format("Content-Length: {}\r\n", body.size());
  return fmt::format("{} {} HTTP/1.1\r\nHost: test\r\n{}{}\r\n{}", method, target, length,
                     extra_header_lines, body);
}

std::string chat(const nlohmann::json& body) {
  return request("POST", "/v1/chat/completions", body.dump());
}

nlohmann::json chat_body() {
  return {{"model", "mock-model"},
          {"messages", {{{"role", "user"}, {"content", "hello big world"}}}}};
}

std::string error_param(const Reply& reply) {
  const auto param = reply.json().at("error").at("param");
  return param.is_null() ? "" : param.get<std::string>();
}

}  // namespace hopcost::mockserver
