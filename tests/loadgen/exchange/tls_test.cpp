// Sessions over TLS, against a server with a certificate made here.

#include <filesystem>
#include <memory>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string>
#include <thread>
#include <unistd.h>

#include <boost/asio/buffers_iterator.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>

#include "common/asio.hpp"
#include "loadgen/run.hpp"
#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::loadgen;

namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

std::filesystem::path scratch_file(const char* name) {
  return std::filesystem::temp_directory_path() /
         ("hopcost-tls-" + std::to_string(::getpid()) + "-" + name);
}

/// A key and a certificate that signs itself, for one name such as "IP:127.0.0.1", as PEM files.
class Identity {
 public:
  explicit Identity(const std::string& name)
      : key_path_(scratch_file("key.pem")), certificate_path_(scratch_file("cert.pem")) {
    const Key key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const Certificate certificate(X509_new(), X509_free);
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3'600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3'600);
    X509_set_pubkey(certificate.get(), key.get());
    auto* subject = X509_get_subject_name(certificate.get());
    const std::string common = "hopcost test";
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(common.data()), -1, -1, 0);
    X509_set_issuer_name(certificate.get(), subject);
    auto* extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, name.c_str());
    X509_add_ext(certificate.get(), extension, -1);
    X509_EXTENSION_free(extension);
    X509_sign(certificate.get(), key.get(), EVP_sha256());
    write(key_path_, [&](FILE* out) {
      PEM_write_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
    write(certificate_path_, [&](FILE* out) { PEM_write_X509(out, certificate.get()); });
  }
  ~Identity() {
    std::filesystem::remove(key_path_);
    std::filesystem::remove(certificate_path_);
  }
  Identity(const Identity&) = delete;
  Identity& operator=(const Identity&) = delete;

  [[nodiscard]] std::string key() const { return key_path_.string(); }
  [[nodiscard]] std::string certificate() const { return certificate_path_.string(); }

 private:
  template <class Put>
  static void write(const std::filesystem::path& path, const Put& put) {
    FILE* out = std::fopen(path.c_str(), "w");
    REQUIRE(out != nullptr);
    put(out);
    std::fclose(out);
  }

  std::filesystem::path key_path_;
  std::filesystem::path certificate_path_;
};

constexpr std::string_view kBody =
    R"({"choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}]})";

/// Answers every request of every connection; a connection at a time.
class TlsServer {
 public:
  explicit TlsServer(const Identity& identity)
      : tls_(asio::ssl::context::tls_server),
        acceptor_(context_, Tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
    tls_.use_certificate_chain_file(identity.certificate());
    tls_.use_private_key_file(identity.key(), asio::ssl::context::pem);
    thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
  }
  ~TlsServer() {
    thread_.request_stop();
    // Wakes the accept.
    asio::io_context context;
    Tcp::socket socket(context);
    error_code ignored;
    socket.connect(acceptor_.local_endpoint(), ignored);
  }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  [[nodiscard]] std::string url() const {
    return "https://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }

 private:
  void serve(const std::stop_token& stop) {
    while (true) {
      error_code ec;
      asio::ssl::stream<Tcp::socket> stream(context_, tls_);
      acceptor_.accept(stream.next_layer(), ec);
      if (ec || stop.stop_requested()) return;
      stream.handshake(asio::ssl::stream_base::server, ec);
      while (!ec) answer(stream, ec);
    }
  }

  static void answer(asio::ssl::stream<Tcp::socket>& stream, error_code& ec) {
    asio::streambuf in;
    const auto head = asio::read_until(stream, in, "\r\n\r\n", ec);
    if (ec) return;
    const std::string text(asio::buffers_begin(in.data()), asio::buffers_end(in.data()));
    const auto at = text.find("Content-Length: ");
    const auto size = std::stoul(text.substr(at + 16));
    if (in.size() < head + size) {
      asio::read(stream, in, asio::transfer_exactly(head + size - in.size()), ec);
    }
    const auto reply = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
                       std::to_string(kBody.size()) + "\r\n\r\n" + std::string(kBody);
    asio::write(stream, asio::buffer(reply), ec);
  }

  asio::io_context context_;
  asio::ssl::context tls_;
  Tcp::acceptor acceptor_;
  std::jthread thread_;
};

Options options_for(const TlsServer& server) {
  Options options;
  options.targets = {*parse_api_base(server.url(), Schemes::http_and_https)};
  options.max_requests = 20;
  options.warmup = 0;
  options.duration = 20 * kSecond;  // the number of requests ends the run
  return options;
}

}  // namespace

TEST_CASE("https: one verified connection carries all requests of a user") {
  const Identity identity("IP:127.0.0.1");
  const TlsServer server(identity);
  auto options = options_for(server);
  options.ca_file = identity.certificate();
  const auto result = run(options);
  REQUIRE(result);
  CHECK(result->counters.ok == 20);
  CHECK(result->counters.connections == 1);
  CHECK(result->metrics[Metric::connect].count() == 1);
}

TEST_CASE("https: a certificate that nobody vouches for is refused, unless that is asked for") {
  const Identity identity("IP:127.0.0.1");
  const TlsServer server(identity);
  auto options = options_for(server);
  const auto refused = run(options);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::unreachable);
  INFO(refused.error().message);
  CHECK(refused.error().message.find("certificate is refused: self-signed") != std::string::npos);
  options.insecure = true;
  const auto result = run(options);
  REQUIRE(result);
  CHECK(result->counters.ok == 20);
}

TEST_CASE("https: a certificate for another name is refused") {
  const Identity identity("DNS:elsewhere.example");
  const TlsServer server(identity);
  auto options = options_for(server);
  options.ca_file = identity.certificate();
  CHECK_FALSE(run(options));
  options.ca_file = identity.key();
  const auto unreadable = run(options);
  REQUIRE_FALSE(unreadable);
  CHECK(unreadable.error().code == ErrorCode::usage);
}

TEST_CASE("https: a plain server is no TLS server, and says so") {
  const Identity identity("IP:127.0.0.1");
  const TlsServer server(identity);
  auto options = options_for(server);
  options.targets[0].tls = false;  // plain HTTP to a TLS port
  options.max_requests = 1;
  const auto result = run(options);
  REQUIRE(result);
  CHECK(result->counters.ok == 0);
  CHECK(result->counters.failed() == 1);
}
