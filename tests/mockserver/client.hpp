#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "common/error.hpp"
#include "mockserver/server/server.hpp"

namespace hopcost::mockserver {

/// One HTTP reply as a test looks at it.
struct Reply {
  int status = 0;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;

  [[nodiscard]] nlohmann::json json() const { return nlohmann::json::parse(body); }
  /// The data of every server-sent event.
  [[nodiscard]] std::vector<std::string> events() const;
  /// The same without the last, which must be "[DONE]", parsed.
  [[nodiscard]] std::vector<nlohmann::json> chunks() const;
};

/// A plain blocking client that sends exactly the bytes it is given. Throws where nothing comes
/// within some seconds, so that no test hangs.
class Client {
 public:
  explicit Client(std::uint16_t port);
  ~Client();
  Client(Client&& other) noexcept;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void send(std::string_view bytes);
  /// The next reply; what comes behind it is kept for the next call.
  Reply read_reply(bool to_head = false);
  Reply exchange(std::string_view bytes);
  /// Bytes as they are, until there are `count` in hand; none are taken away.
  std::string_view peek(std::size_t count);
  /// Whether the server has closed, with nothing left to read.
  bool at_end();
  struct Rest {
    std::string bytes;
    bool reset = false;  ///< ended by RST, not by FIN
  };
  /// All that still comes, and how the server ends the connection.
  Rest read_to_end();
  /// What has come so far, without waiting; it is taken away.
  std::string available();
  /// Sends FIN while still reading.
  void half_close();

 private:
  /// False at the end of the connection.
  bool receive();

  int socket_ = -1;
  std::string held_;
};

/// A running server on a free port of 127.0.0.1.
class TestServer {
 public:
  explicit TestServer(ServerOptions options = {});
  /// With the defaults changed as the YAML text says.
  explicit TestServer(std::string_view scenario) : TestServer(options_of(scenario)) {}
  [[nodiscard]] static ServerOptions options_of(std::string_view scenario);
  [[nodiscard]] Client connect() const { return Client(server_.port()); }
  [[nodiscard]] std::uint16_t port() const { return server_.port(); }
  void stop() { server_.stop(); }

  [[nodiscard]] nlohmann::json stats() const;
  /// Asks for stats until `holds` does; the last ones, whether it did or not.
  template <class Holds>
  nlohmann::json stats_when(Holds holds) const {
    auto now = stats();
    for (int i = 0; i < 5000 && !holds(now); ++i) now = stats();
    return now;
  }

 private:
  Server server_;
};

/// Tells when the server has read what a test sent: so that two sends are surely two reads. Only
/// one connection besides may be in use.
class ReadWatch {
 public:
  explicit ReadWatch(const TestServer& server);
  /// Returns once `count` more bytes have been read.
  void wait_for(std::size_t count);

 private:
  [[nodiscard]] std::size_t bytes_read_by_others();

  Client client_;
  std::size_t own_bytes_ = 0;
  std::size_t seen_ = 0;
};

/// A whole request, with Host and, where there is a body, Content-Length.
std::string request(std::string_view method, std::string_view target, std::string_view body = {},
                    std::string_view extra_header_lines = {});
/// POST /v1/chat/completions of `body`.
std::string chat(const nlohmann::json& body);
/// A small valid body: one user message, "hello big world".
nlohmann::json chat_body();
std::string error_param(const Reply& reply);

}  // namespace hopcost::mockserver
